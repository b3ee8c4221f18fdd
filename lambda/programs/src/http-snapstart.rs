//! An HTTP handler with a resource that is let go before a snapshot and opened again after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lambda_http::{BoxFuture, Error, Request, SnapStartResource, service_fn, tracing};

struct Pool {
    is_restored: AtomicBool,
}

impl SnapStartResource for Pool {
    fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            tracing::info!("pool is closed before the snapshot");
            Ok(())
        })
    }

    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            self.is_restored.store(true, Ordering::Relaxed);
            tracing::info!("pool is open after the restore");
            Ok(())
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let pool = Arc::new(Pool { is_restored: AtomicBool::new(false) });
    let resource = pool.clone();
    let handler = service_fn(move |_: Request| {
        let is_restored = pool.is_restored.load(Ordering::Relaxed);
        async move { Ok::<_, Error>(if is_restored { "restored" } else { "never restored" }) }
    });
    lambda_http::runtime(handler).register_snapstart_resource(resource).run().await
}
