//! An HTTP handler that borrows what `main` owns.

use std::sync::atomic::{AtomicUsize, Ordering};

use lambda_http::{Body, Error, Request, Response, run, service_fn, tracing};
use tokio::sync::Barrier;

/// As the client of a database would be: made once, used by every request.
struct Desk {
    visits: AtomicUsize,
    table_for_two: Barrier,
}

impl Desk {
    fn visit(&self) -> usize {
        self.visits.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Waits until a second guest has come.
    async fn meet(&self) -> &'static str {
        if self.table_for_two.wait().await.is_leader() { "came second" } else { "came first" }
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let desk = Desk { visits: AtomicUsize::new(0), table_for_two: Barrier::new(2) };
    let desk = &desk;
    let handler = move |request: Request| async move {
        let answer = match request.uri().path() {
            "/meet" => desk.meet().await.to_owned(),
            _ => format!("visit {}", desk.visit()),
        };
        Ok::<_, Error>(Response::new(Body::from(answer)))
    };
    run(service_fn(handler)).await?;
    Ok(())
}
