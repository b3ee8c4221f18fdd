//! State that is opened once and shared by all requests, and the hooks of its life.
//!
//! `cargo run -p state`, then `curl localhost:8080` and `curl localhost:8080/health/readiness`; stop it with Ctrl+C

mod file;
mod password;

use std::env;
use std::sync::{Arc, Mutex, PoisonError};

use kn_func_runtime::{Context, Error, Lifecycle, Result, async_trait, kn_function};
use password::Password;

/// Tickets for sale: `TICKETS` says how many, 3 if it is not set. With a `PASSWORD_FILE` only for those who say the password in it.
/// What is in a `NOTICE_FILE` stands below each ticket.
struct Office {
    left: Mutex<u32>,
    password: Option<Password>,
    notice: Option<String>,
}

impl Office {
    /// Finished before the server listens. An error ends the start with one line and exit code 2.
    async fn open() -> Result<Self> {
        let tickets = env::var("TICKETS").unwrap_or_else(|_| "3".into());
        let left = tickets.parse();
        let left =
            left.map_err(|_| Error::internal(format!("TICKETS is `{tickets}`; expected a number of tickets")))?;
        let password = file::named_by("PASSWORD_FILE")?.map(Password::new);
        let notice = file::named_by("NOTICE_FILE")?;
        Ok(Self { password, notice, ..Self::with_tickets(left) })
    }

    fn with_tickets(left: u32) -> Self {
        Self { left: Mutex::new(left), password: None, notice: None }
    }

    fn left(&self) -> u32 {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Lifecycle for Office {
    /// `GET /health/readiness`: an error keeps new requests away, they may go to other instances.
    async fn ready(&self) -> Result<()> {
        if self.left() > 0 { Ok(()) } else { Err(Error::unavailable("sold out")) }
    }

    /// `GET /health/liveness`: an error makes Kubernetes start the container anew.
    async fn alive(&self) -> Result<()> {
        if self.left.is_poisoned() { Err(Error::unavailable("the number of tickets is lost")) } else { Ok(()) }
    }

    /// After the last request: flush and close what is open.
    async fn stop(&self) -> Result<()> {
        tracing::info!(left = self.left(), "office closed");
        Ok(())
    }
}

#[kn_function(init = Office::open)]
async fn main(office: Arc<Office>, ctx: Context) -> Result<String> {
    if let Some(password) = &office.password {
        password.check(&ctx)?;
    }
    let mut left = office.left.lock().map_err(|_| Error::internal("a request panicked while it held the tickets"))?;
    *left = left.checked_sub(1).ok_or_else(|| Error::unavailable("sold out"))?;
    let notice = office.notice.iter().map(|notice| format!("{notice}\n")).collect::<String>();
    Ok(format!("one ticket for you, {left} left\n{notice}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kn_func_runtime::{Function, TestClient};

    #[tokio::test]
    async fn tickets_are_sold_until_there_are_none() {
        let office = Arc::new(Office::with_tickets(1));
        let sold = super::main(office.clone(), Context::get("/")).await.unwrap();
        assert_eq!(sold, "one ticket for you, 0 left\n");
        let error = super::main(office, Context::get("/")).await.unwrap_err();
        assert_eq!(error.status(), 503);
    }

    #[tokio::test]
    async fn a_notice_stands_below_each_ticket() {
        let notice = Some("Doors open at seven.\nNo dogs.".into());
        let office = Office { notice, ..Office::with_tickets(1) };
        let sold = super::main(office.into(), Context::get("/")).await.unwrap();
        assert_eq!(sold, "one ticket for you, 0 left\nDoors open at seven.\nNo dogs.\n");
    }

    #[tokio::test]
    async fn nobody_is_sent_to_an_office_that_is_sold_out() {
        let client = TestClient::new(Function::with_state(Office::with_tickets(1), super::main));
        assert_eq!(client.get("/health/readiness").send().await.status(), 200);
        client.get("/").send().await;
        let reply = client.get("/health/readiness").send().await;
        assert_eq!((reply.status().as_u16(), reply.text()), (503, "sold out"));
        assert_eq!(client.get("/health/liveness").send().await.status(), 200);
    }

    #[tokio::test]
    async fn an_office_that_lost_count_is_not_alive() {
        let office = Arc::new(Office::with_tickets(1));
        let clerk = office.clone();
        let fainted = std::thread::spawn(move || {
            let _left = clerk.left.lock();
            panic!("the clerk faints");
        });
        fainted.join().unwrap_err();
        assert_eq!(office.alive().await.unwrap_err().status(), 503);
    }
}
