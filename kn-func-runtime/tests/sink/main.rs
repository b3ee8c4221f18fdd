//! The sink against real receivers that fail in every way: what is tried again, what comes back, what is sent, who is trusted.

#![allow(missing_docs)]

mod environment;
mod retries;
mod support;
mod tls;
mod token;
mod wire;

/// The process that some tests start: this same program, see [`environment`].
#[test]
fn child() {
    environment::send_if_told();
}
