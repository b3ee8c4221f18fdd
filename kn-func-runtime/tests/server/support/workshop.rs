//! The function that the tests call: what it does is in the path.

use std::sync::Arc;

#[cfg(feature = "metrics")]
use kn_func_runtime::metrics::{self, prometheus_client::metrics::counter::Counter};
use kn_func_runtime::{Body, Context, Error, Function, IntoResponse, Lifecycle, Response, Result, async_trait};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

/// What the paths share: a gate that `/open` opens for one of those who wait at it.
pub(crate) struct Workshop {
    gate: Arc<Semaphore>,
    trouble: Trouble,
    #[cfg(feature = "metrics")]
    opened: Counter,
}

/// What the hooks do.
#[derive(Default, Clone, Copy, PartialEq)]
pub(crate) enum Trouble {
    #[default]
    None,
    /// `ready`, `alive` and `stop` panic.
    Panics,
    /// `stop` fails.
    StopFails,
    /// `stop` never ends.
    StopHangs,
}

pub(crate) fn function() -> Function {
    with_trouble(Trouble::None)
}

pub(crate) fn with_trouble(trouble: Trouble) -> Function {
    let workshop = Workshop {
        gate: Arc::new(Semaphore::new(0)),
        trouble,
        #[cfg(feature = "metrics")]
        opened: opened(),
    };
    Function::with_state(workshop, work)
}

/// A metric of the function's own: how often the gate was opened.
#[cfg(feature = "metrics")]
fn opened() -> Counter {
    let opened = Counter::default();
    metrics::register(|registry| registry.register("workshop_opened", "Openings of the gate", opened.clone()));
    opened
}

async fn work(workshop: Arc<Workshop>, ctx: Context) -> Result<Response> {
    let gate = workshop.gate.clone();
    Ok(match ctx.uri().path() {
        "/open" => {
            gate.add_permits(1);
            #[cfg(feature = "metrics")]
            workshop.opened.inc();
            ().into_response()
        }
        "/wait" => {
            let _on_drop = OnDrop("waiting is over");
            pass(gate).await;
            "waited".into_response()
        }
        "/stream" => Body::stream(|mut client| async move {
            client.send("one ").await?;
            pass(gate).await;
            client.send("two").await
        })
        .into_response(),
        "/stream/fail" => Body::stream(|mut client| async move {
            client.send("one ").await?;
            pass(gate).await;
            Err(Error::internal("the stream has no more"))
        })
        .into_response(),
        "/stream/panic" => Body::stream(|mut client| async move {
            client.send("one ").await?;
            pass(gate).await;
            panic!("the stream panics")
        })
        .into_response(),
        "/spawn" => {
            ctx.spawn(async {
                pass(gate).await;
                tracing::info!("spawned work is done");
            });
            ().into_response()
        }
        "/spawn/block" => {
            let for_ever = || loop {
                std::thread::park();
            };
            ctx.spawn(async move { spawn_blocking(for_ever).await.unwrap() });
            ().into_response()
        }
        "/block" => {
            tracing::info!("blocking");
            loop {
                std::thread::park();
            }
        }
        "/spawn/panic" => {
            ctx.spawn(async { panic!("the work panics") });
            ().into_response()
        }
        "/panic" => panic!("the function panics"),
        "/fail" => return Err(Error::internal("the function fails")),
        "/echo" => ctx.body().clone().into_response(),
        _ => "hello".into_response(),
    })
}

/// Waits at the gate; the log says that somebody does.
async fn pass(gate: Arc<Semaphore>) {
    tracing::info!("waiting");
    gate.acquire_owned().await.map(OwnedSemaphorePermit::forget).unwrap();
}

/// Says in the log when it is dropped.
struct OnDrop(&'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        tracing::info!("{}", self.0);
    }
}

#[async_trait]
impl Lifecycle for Workshop {
    async fn ready(&self) -> Result<()> {
        assert!(self.trouble != Trouble::Panics, "ready panics");
        Ok(())
    }

    async fn alive(&self) -> Result<()> {
        assert!(self.trouble != Trouble::Panics, "alive panics");
        Ok(())
    }

    async fn stop(&self) -> Result<()> {
        tracing::info!("stopping");
        match self.trouble {
            Trouble::None => Ok(()),
            Trouble::Panics => panic!("stop panics"),
            Trouble::StopFails => Err(Error::internal("stop fails")),
            Trouble::StopHangs => std::future::pending().await,
        }
    }
}
