//! Drop-in for AWS's `lambda_runtime`: an unchanged Rust Lambda becomes a server for HTTP and CloudEvents on Knative.
//!
//! ```toml
//! lambda_runtime = { package = "kn-lambda-runtime", version = "0.1" }
//! ```
//!
//! Everything of AWS's crate is here under its own name. What would talk to AWS serves instead: [`run`], [`Runtime`] and their
//! like listen as every function on [`kn_func_runtime`] does, with its environment, health paths, drain, limits and log. A handler
//! need be neither `Send`, `Clone` nor `'static`, and yet requests are served concurrently, all on the task that awaits `run`;
//! `KN_LAMBDA_CONCURRENCY=1` gives Lambda's one at a time. [`kn_lambda_gateway`] says what a request becomes and which variables
//! there are.
//!
//! ```no_run
//! use kn_lambda_runtime::{Error, LambdaEvent, run, service_fn};
//! use serde_json::{Value, json};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Error> {
//!     let greeting = String::from("hello");
//!     let greeting = &greeting;
//!     run(service_fn(|event: LambdaEvent<Value>| async move {
//!         let name = event.payload["name"].as_str().unwrap_or("world").to_owned();
//!         Ok::<_, Error>(json!({ "message": format!("{greeting}, {name}") }))
//!     }))
//!     .await
//! }
//! ```

// Values: one request on its way through a service.
#[doc(hidden)]
pub mod exchange;
mod intake;
mod places;
mod stream;

// Services: the handler, and what drives it.
mod drive;
mod handler;

// Doors: what AWS's crate has.
mod graceful;
#[cfg(feature = "graceful-shutdown")]
pub use graceful::spawn_graceful_shutdown_handler;
mod run;
pub use run::run;
#[cfg(feature = "concurrency-tokio")]
pub use run::run_concurrent;
mod runtime;
pub use runtime::Runtime;
#[cfg(feature = "tracing")]
pub mod tracing;

// What is named above wins over what comes from here.
pub use lambda_runtime::*;
