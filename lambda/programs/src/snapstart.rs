//! A runtime with two resources that are let go before a snapshot and opened again after it.

use std::sync::Arc;

use lambda_runtime::{BoxFuture, Error, LambdaEvent, Runtime, SnapStartResource, service_fn, tracing};
use serde_json::{Value, json};

struct Resource(&'static str);

impl SnapStartResource for Resource {
    fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            tracing::info!("{} closed", self.0);
            Ok(())
        })
    }

    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            // A restored process must not serve with what it could not open again.
            if std::env::var("UNOPENED").is_ok_and(|name| name == self.0) {
                return Err(format!("{} cannot be opened", self.0).into());
            }
            tracing::info!("{} open", self.0);
            Ok(())
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let runtime = Runtime::new(service_fn(async |event: LambdaEvent<Value>| Ok::<_, Error>(event.payload)));
    let is_snapstart = runtime.is_snapstart();
    tracing::info!("{}", json!({ "snapstart": is_snapstart }));
    let runtime = runtime.register_snapstart_resource(Arc::new(Resource("credentials")));
    runtime.register_snapstart_resource(Arc::new(Resource("pool"))).run().await
}
