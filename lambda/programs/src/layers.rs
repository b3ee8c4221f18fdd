//! A runtime with layers, one of AWS's and one that is written here, which sees the invocation itself.

use std::task::{Context, Poll};

use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::{Layer, Service};
use lambda_runtime::tracing::init_default_subscriber;
use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use serde_json::{Value, json};
use tracing::{info, instrument};

/// Says what comes in, and tells the handler how often.
struct Count;

#[derive(Clone)]
struct Counted<S> {
    inner: S,
    invocations: u32,
}

impl<S> Layer<S> for Count {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Counted { inner, invocations: 0 }
    }
}

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for Counted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut invocation: LambdaInvocation) -> Self::Future {
        self.invocations += 1;
        let LambdaInvocation { parts, body, context } = &mut invocation;
        let headers = parts.headers.contains_key("lambda-runtime-aws-request-id");
        info!(bytes = body.len(), headers, "invoked");
        context.tenant_id = Some(format!("tenant {}", self.invocations));
        self.inner.call(invocation)
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    init_default_subscriber();
    let runtime = Runtime::new(service_fn(answer)).layer(TracingLayer::new()).layer(Count);
    runtime.run().await
}

#[instrument(skip_all)]
async fn answer(event: LambdaEvent<Value>) -> Result<Value, Error> {
    info!("inside");
    Ok(json!({ "tenant": event.context.tenant_id, "payload": event.payload }))
}
