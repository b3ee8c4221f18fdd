//! What the comparisons share: servers in processes of their own, a client that loads them, and a table of what was measured.

mod client;
pub use client::{Load, REQUEST, answer};
mod server;
pub use server::{Server, binary, build, pin, run};
mod table;
pub use table::Table;

/// Anything that may go wrong.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;
