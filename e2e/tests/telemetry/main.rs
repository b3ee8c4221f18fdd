//! Traces, metrics and logs of `examples/observed`, behind the real queue-proxy, as the real OpenTelemetry Collector gets them.
//!
//! Each test has a network of its own, because all ports are fixed.

#![cfg(target_os = "linux")]

mod collector;
mod function;
mod metrics;
mod traces;
