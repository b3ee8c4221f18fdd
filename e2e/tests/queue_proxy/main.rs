//! The contract with Knative Serving, with the real queue-proxy in front of a function.
//!
//! Each test has a network of its own, because the ports of queue-proxy are fixed.

#![cfg(target_os = "linux")]

mod concurrency;
mod drain;
mod headers;
mod keep_alive;
mod pod;
mod protocols;
mod readiness;
mod timeouts;
