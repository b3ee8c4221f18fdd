//! A function with state: it is opened once, shared by all requests, asked how it is, and closed at the end.

use std::env;
use std::sync::{Arc, Mutex, PoisonError};

use kn_func_runtime::{Context, Error, Lifecycle, Result, async_trait, kn_function};

struct App {
    tickets: Mutex<u32>,
}

impl App {
    /// Before the function listens. An error ends the start.
    async fn open() -> Result<Self> {
        let tickets = env::var("TICKETS").unwrap_or("100".into());
        match tickets.parse() {
            Ok(number) => Ok(Self::selling(number)),
            Err(_) => Err(Error::internal(format!("TICKETS is no number: {tickets}"))),
        }
    }

    fn selling(number: u32) -> Self {
        let tickets = Mutex::new(number);
        Self { tickets }
    }

    fn left(&self) -> u32 {
        *self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Lifecycle for App {
    /// Whether requests may come.
    async fn ready(&self) -> Result<()> {
        match self.left() {
            0 => Err(Error::unavailable("sold out")),
            _ => Ok(()),
        }
    }

    /// Whether the process is worth keeping; if not, Kubernetes starts it anew.
    async fn alive(&self) -> Result<()> {
        match self.tickets.is_poisoned() {
            true => Err(Error::unavailable("tickets are lost")),
            false => Ok(()),
        }
    }

    /// After the last request.
    async fn stop(&self) -> Result<()> {
        tracing::info!(left = self.left(), "closed");
        Ok(())
    }
}

#[kn_function(init = App::open)]
async fn main(app: Arc<App>, _: Context) -> Result<String> {
    let lost = |_| Error::internal("tickets are lost");
    let sold_out = || Error::unavailable("sold out");
    let mut tickets = app.tickets.lock().map_err(lost)?;
    *tickets = tickets.checked_sub(1).ok_or_else(sold_out)?;
    Ok(format!("a ticket for you, {tickets} left\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tickets_are_sold_until_there_are_none() {
        let app = Arc::new(App::selling(1));

        let ticket = super::main(app.clone(), Context::get("/")).await;
        assert_eq!(ticket.unwrap(), "a ticket for you, 0 left\n");

        let none = super::main(app.clone(), Context::get("/")).await;
        assert_eq!(none.unwrap_err().status(), 503);
        assert_eq!(app.ready().await.unwrap_err().message(), "sold out");
    }
}
