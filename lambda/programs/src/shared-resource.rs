//! A handler that borrows what `main` owns, which no other thread may touch.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot::{self, Sender};

#[derive(Deserialize)]
struct Guest {
    name: String,
    #[serde(default)]
    meet: bool,
}

#[derive(Serialize)]
struct Welcome {
    visits: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<String>,
}

#[derive(Default)]
struct Desk {
    visits: Cell<usize>,
    waiting: RefCell<Option<(String, Sender<String>)>>,
}

impl Desk {
    fn visit(&self) -> usize {
        self.visits.set(self.visits.get() + 1);
        self.visits.get()
    }

    /// Waits until a second guest has come, unless this is the second one. Each learns the other's name.
    async fn meet(&self, name: &str) -> Result<String, Error> {
        if let Some((other, tell)) = self.waiting.take() {
            return match tell.send(name.to_owned()) {
                Ok(()) => Ok(other),
                Err(_) => Err(format!("{other} has left").into()),
            };
        }
        let (tell, told) = oneshot::channel();
        self.waiting.replace(Some((name.to_owned(), tell)));
        let waits = Waits { desk: self, name };
        tracing::info!(name, "waits");
        let other = told.await?;
        std::mem::forget(waits);
        Ok(other)
    }
}

/// Lambda never takes a request back. Where the caller may go away, its place is free again.
struct Waits<'a> {
    desk: &'a Desk,
    name: &'a str,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.desk.waiting.take();
        tracing::info!(name = self.name, "left");
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let desk = Rc::new(Desk::default());
    let desk = &desk;
    let handler = move |event: LambdaEvent<Guest>| async move {
        let desk = Rc::clone(desk);
        let Guest { name, meet } = event.payload;
        let visits = desk.visit();
        let met = if meet { Some(desk.meet(&name).await?) } else { None };
        Ok::<_, Error>(Welcome { visits, met })
    };
    run(service_fn(handler)).await
}
