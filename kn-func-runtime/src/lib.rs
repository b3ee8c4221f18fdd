//! Function runtime for Knative: write one function, get a production server for HTTP and CloudEvents.

// Words: what everything else speaks of.
mod error;
pub use error::{BoxError, Error, Result};
mod body;
mod panic;
pub use body::{Body, BodySender, Request, Response};

// Seams: what a function may take and return.
mod input;
pub use input::FromRequest;
mod output;
pub use output::IntoResponse;

// Values: what functions take and give.
pub mod event;
pub use event::{AttributesReader, AttributesWriter, Event, EventBuilder, EventBuilderV10, EventExt, Reply};
mod context;
mod scope;
pub use context::{Context, ContextBuilder};
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

// Doors: the ways in from outside.
#[cfg(feature = "logging")]
mod logging;
mod run;
pub use run::run;
mod testing;
pub use testing::{TestClient, TestReply, TestRequest};

pub use async_trait::async_trait;
pub use bytes::Bytes;
#[doc = include_str!("kn_function.md")]
#[doc(inline)]
pub use kn_func_macros::kn_function;
