//! A function with state: it is opened once, shared by all requests, asked how it is, and closed at the end.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use kn_func_runtime::{Context, Error, Lifecycle, Result, async_trait, kn_function};
use tokio::net::TcpStream;

struct App {
    visits: AtomicU64,
    database: Option<String>,
}

impl App {
    /// Before the function listens. An error ends the start.
    async fn open() -> Result<Self> {
        match env::var("DATABASE") {
            Ok(address) if !address.contains(':') => Err(Error::internal("DATABASE has no port")),
            address => Ok(Self::new(address.ok())),
        }
    }

    fn new(database: Option<String>) -> Self {
        let visits = AtomicU64::new(0);
        Self { visits, database }
    }
}

#[async_trait]
impl Lifecycle for App {
    /// Whether requests may come: not while what they need is out of reach.
    async fn ready(&self) -> Result<()> {
        if let Some(address) = &self.database {
            let lost = |_| Error::unavailable(format!("no connection to {address}"));
            TcpStream::connect(address).await.map_err(lost)?;
        }
        Ok(())
    }

    /// Whether the process is worth keeping: a new one would not bring the database back.
    async fn alive(&self) -> Result<()> {
        Ok(())
    }

    /// After the last request.
    async fn stop(&self) -> Result<()> {
        tracing::info!(visits = self.visits.load(Relaxed), "closed");
        Ok(())
    }
}

#[kn_function(init = App::open)]
async fn main(app: Arc<App>, _: Context) -> String {
    let earlier = app.visits.fetch_add(1, Relaxed);
    format!("visit {}\n", earlier + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn visits_are_counted_and_none_is_asked_for_without_the_database() {
        let app = Arc::new(App::new(Some("127.0.0.1:0".into())));

        let visit = async || super::main(app.clone(), Context::get("/")).await;
        assert_eq!(visit().await, "visit 1\n");
        assert_eq!(visit().await, "visit 2\n");

        let lost = app.ready().await.unwrap_err();
        assert_eq!(lost.message(), "no connection to 127.0.0.1:0");
    }
}
