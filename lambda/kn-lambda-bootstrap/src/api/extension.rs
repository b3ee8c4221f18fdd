//! As much of the Lambda Extensions API as a program without extensions needs: AWS's Rust runtime registers one, which subscribes to
//! nothing, so that Lambda sends it SIGTERM.

use bytes::Bytes;
use http::header::HeaderValue;
use http::request::Parts;
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};
use std::future::pending;
use uuid::Uuid;

use super::answer::discard;
use super::reply::{accepted, fault, with_json};
use super::{Api, EXTENSION, Reply};

/// Names of events, in JSON.
const REGISTRATION_LIMIT: usize = 64 * 1024;

impl Api {
    pub(super) async fn extension(&self, path: &str, head: Parts, body: Incoming) -> Reply {
        match (&head.method, path) {
            (&Method::POST, "register") => self.register(body).await,
            // Its process gets SIGTERM, and nothing else ever happens to it.
            (&Method::GET, "event/next") => pending().await,
            (&Method::POST, "init/error" | "exit/error") => {
                discard(body).await;
                accepted()
            }
            _ => fault(StatusCode::NOT_FOUND, "NotFound", format!("there is no {EXTENSION}{path} here")),
        }
    }

    async fn register(&self, body: Incoming) -> Reply {
        let Ok(body) = Limited::new(body, REGISTRATION_LIMIT).collect().await else {
            return fault(StatusCode::BAD_REQUEST, "InvalidRequest", "the registration cannot be read");
        };
        if let Some(event) = subscribed_to_invocations(&body.to_bytes()) {
            let words = format!("extensions get no {event} events here; expected no events or SHUTDOWN");
            return fault(StatusCode::FORBIDDEN, "Extension.NotSupported", words);
        }
        let identity = &self.function;
        let json = json!({
            "functionName": identity.name,
            "functionVersion": identity.version,
            "handler": identity.handler,
        });
        let mut reply = with_json(StatusCode::OK, json.to_string());
        if let Ok(id) = HeaderValue::try_from(Uuid::new_v4().to_string()) {
            reply.headers_mut().insert("lambda-extension-identifier", id);
        }
        reply
    }
}

/// The event that it would wait for in vain.
fn subscribed_to_invocations(registration: &Bytes) -> Option<String> {
    let registration: Value = serde_json::from_slice(registration).ok()?;
    let mut events = registration.get("events")?.as_array()?.iter().filter_map(Value::as_str);
    events.find(|event| *event != "SHUTDOWN").map(ToOwned::to_owned)
}
