//! Drop-in for AWS's `lambda_http`: an unchanged Rust Lambda becomes a server for HTTP on Knative.
//!
//! ```toml
//! lambda_http = { package = "kn-lambda-http", version = "0.1" }
//! ```
//!
//! Everything of AWS's crate is here under its own name. What would talk to AWS serves instead: [`run`] and its like listen as every
//! function on [`kn_func_runtime`] does, with its environment, health paths, drain, limits and log. No JSON is in between: the
//! request becomes a [`Request`] and the answer a response. A handler need be neither `Send`, `Clone` nor `'static`, and yet
//! requests are served concurrently, all on the task that awaits `run`; `KN_LAMBDA_CONCURRENCY=1` gives Lambda's one at a time.
//!
//! A request has its query parameters, the path parameters that `KN_LAMBDA_ROUTE` gives, the request context of an HTTP API
//! ([`RequestContext::ApiGatewayV2`](request::RequestContext)), and a Lambda context. [`kn_lambda_gateway`] has the table of variables.
//!
//! ```no_run
//! use kn_lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};
//!
//! async fn hello(request: Request) -> Result<Response<Body>, Error> {
//!     let parameters = request.query_string_parameters();
//!     let name = parameters.first("name").unwrap_or("world");
//!     Ok(Response::new(format!("hello, {name}").into()))
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Error> {
//!     run(service_fn(hello)).await
//! }
//! ```

// Values: requests and responses, theirs and ours.
mod incoming;
mod outgoing;

// Services: the handler.
mod handler;

// Doors: what AWS's crate has.
mod run;
pub use run::{run, run_with_streaming_response, runtime, streaming_runtime};
#[cfg(feature = "concurrency-tokio")]
pub use run::{
    run_concurrent, run_with_streaming_response_concurrent, runtime_concurrent, streaming_runtime_concurrent,
};

pub use kn_lambda_runtime as lambda_runtime;
#[cfg(feature = "tracing")]
pub use kn_lambda_runtime::tracing;

// What is named above wins over what comes from here.
pub use lambda_http::*;
