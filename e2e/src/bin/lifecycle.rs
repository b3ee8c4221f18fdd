//! The function of func's own tests of lifecycles: it says what its hooks saw, and tells a recorder of its end.

use std::env;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use kn_func_e2e::Client;
use kn_func_runtime::{Context, Error, Lifecycle, Result, async_trait, kn_function};

struct Life {
    config: String,
    ready: AtomicBool,
    alive: AtomicBool,
    nonce: u128,
}

impl Life {
    async fn start() -> Result<Self> {
        Ok(Self {
            config: env::var("TEST_CONFIG_VALUE").unwrap_or_default(),
            ready: AtomicBool::new(false),
            alive: AtomicBool::new(true),
            nonce: SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos(),
        })
    }
}

#[async_trait]
impl Lifecycle for Life {
    async fn ready(&self) -> Result<()> {
        if self.ready.load(Ordering::SeqCst) { Ok(()) } else { Err(Error::unavailable("warming up")) }
    }

    async fn alive(&self) -> Result<()> {
        if self.alive.load(Ordering::SeqCst) { Ok(()) } else { Err(Error::unavailable("unhealthy")) }
    }

    async fn stop(&self) -> Result<()> {
        if let Ok(recorder) = env::var("RECORDER") {
            Client::new(recorder.parse::<SocketAddr>()?).post("/", "stop-rust").await;
        }
        Ok(())
    }
}

#[kn_function(init = Life::start)]
async fn main(life: Arc<Life>, ctx: Context) -> String {
    match ctx.uri().path() {
        "/set-ready" => {
            life.ready.store(true, Ordering::SeqCst);
            "READY".into()
        }
        "/set-unhealthy" => {
            life.alive.store(false, Ordering::SeqCst);
            "UNHEALTHY".into()
        }
        _ => {
            let (ready, alive) = (life.ready.load(Ordering::SeqCst), life.alive.load(Ordering::SeqCst));
            format!("START_OK:{} READY={ready} ALIVE={alive} NONCE={}", life.config, life.nonce)
        }
    }
}
