//! An HTTP handler below a layer that sees the whole Lambda event, run by `lambda_runtime`.

use std::task::{Context, Poll};

use lambda_http::request::LambdaRequest;
use lambda_http::tower::{Service, ServiceBuilder};
use lambda_http::{Adapter, Body, Error, LambdaEvent, Request, RequestExt, Response, service_fn, tracing};
use lambda_runtime::Runtime;
use lambda_runtime::layers::TracingLayer;

#[derive(Clone)]
struct Log<S>(S);

impl<S: Service<LambdaEvent<LambdaRequest>>> Service<LambdaEvent<LambdaRequest>> for Log<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, event: LambdaEvent<LambdaRequest>) -> Self::Future {
        tracing::info!(id = event.context.request_id, "an event");
        self.0.call(event)
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let service = ServiceBuilder::new().layer_fn(Log).layer_fn(Adapter::from).service(service_fn(answer));
    Runtime::new(service).layer(TracingLayer::new()).run().await
}

async fn answer(request: Request) -> Result<Response<Body>, Error> {
    Ok(Response::new(format!("{} {}", request.method(), request.raw_http_path()).into()))
}
