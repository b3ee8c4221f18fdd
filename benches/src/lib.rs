//! What the comparisons share: servers in processes of their own, a client that loads them, and a table of what was measured.

use std::process::ExitCode;

mod client;
pub use client::{Load, REQUEST, answer};
mod server;
pub use server::{Server, binary, build, pin, run};
mod table;
pub use table::Table;

/// Anything that may go wrong.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Prints what a comparison gave, or why it gave nothing.
pub fn print(outcome: Result<Table>) -> ExitCode {
    match outcome {
        Ok(table) => {
            print!("{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
