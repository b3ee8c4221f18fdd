//! Function runtime for Knative: write one function, get a production server for HTTP and CloudEvents.
//!
//! ```no_run
//! use kn_func_runtime::{Context, Json, Result, kn_function};
//! use serde_json::{Value, json};
//!
//! #[kn_function]
//! async fn main(ctx: Context) -> Result<Json<Value>> {
//!     let name = ctx.query_param("name").unwrap_or("world".into());
//!     Ok(Json(json!({ "hello": name })))
//! }
//! ```
//!
//! - [`FromRequest`] lists what a function may take, [`IntoResponse`] what it may return, [`Error`] how it fails.
//! - [`Lifecycle`] is for state that is opened once, and for health.
//! - [`event`] is CloudEvents over HTTP, [`Reply`] an answer that is an event.
//! - [`TestClient`] takes the whole way of a request without a socket; [`Context`] is made in one line.
//! - [`Config`] is the environment, [`run`] what the macro calls, [`serve`] for those who own `main`, [`Server`] for those who own the socket.
//!
//! # Features
//!
//! - `http2` (default): HTTP/2 with prior knowledge beside HTTP/1.1 on the same port.
//! - `logging` (default): JSON log lines on stdout, readable text on a terminal. Without it, `init` may install another subscriber of
//!   the `tracing` crate.
//! - `settings`: typed settings from variables and from mounted ConfigMaps and Secrets.
//! - `tower`: a function as a service of `tower`, for routers and layers, and such a service as a function.
//! - `sink`: events out, to a broker or wherever `K_SINK` says. See the module `sink`.
//! - `metrics`: what is counted, for Prometheus, on the port that `FUNC_METRICS_PORT` says. See the module `metrics`.

// Words: what everything else speaks of.
mod error;
pub use error::{BoxError, Error, Result};
mod body;
mod panic;
mod stream;
pub use body::{Body, Request, Response};
pub use stream::BodySender;

// Seams: what a function may take and return.
mod input;
pub use input::FromRequest;
mod output;
pub use output::IntoResponse;

// Values: what functions take and give.
pub mod event;
pub use event::{AttributesReader, AttributesWriter, Event, EventBuilder, EventBuilderV10, EventExt, Reply};
mod context;
mod host;
#[cfg(any(feature = "metrics", feature = "otel"))]
mod measure;
mod observer;
mod places;
mod scope;
mod trace;
pub use context::Context;
pub use trace::propagate;
mod builder;
pub use builder::ContextBuilder;
mod request;
pub use request::{RequestExt, RequestHandle};
mod json;
pub use json::Json;
mod sse;
pub use sse::{Sse, SseMessage, SseSender};

// Function: the user's code and its state, as one value.
mod lifecycle;
pub use lifecycle::Lifecycle;
mod function;
pub use function::Function;

// Invoker: one request in, one response out; knows no socket.
mod invoker;

// Server: environment, sockets, signals.
mod config;
pub use config::{Config, ConfigError};
mod server;
pub use server::Server;

// Client: requests out.
#[cfg(any(feature = "sink", feature = "otel"))]
mod client;

// Doors: the ways in from outside.
#[cfg(feature = "logging")]
mod logging;
#[cfg(feature = "logging")]
pub use logging::init_logging;
#[cfg(feature = "metrics")]
pub mod metrics;
mod once;
#[cfg(feature = "otel")]
pub mod otel;
mod run;
pub use run::{ServeError, run, serve};
#[cfg(feature = "settings")]
mod settings;
#[cfg(feature = "settings")]
pub use settings::{Followed, Settings, SettingsError};
#[cfg(feature = "sink")]
pub mod sink;
mod testing;
pub use testing::{TestClient, TestReply, TestRequest};
#[cfg(feature = "tower")]
mod tower;
#[cfg(feature = "tower")]
pub use tower::{BareFunction, FunctionService};
#[cfg(test)]
mod watching;

pub use async_trait::async_trait;
pub use bytes::{self, Bytes};
pub use http::{self, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
#[doc = include_str!("kn_function.md")]
#[doc(inline)]
pub use kn_func_macros::kn_function;

// Its examples use all features.
#[cfg(all(doctest, feature = "metrics", feature = "settings", feature = "sink", feature = "tower"))]
#[doc = include_str!("../README.md")]
struct Readme;
