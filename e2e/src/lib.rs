//! What the tests of this crate share: the repository, programs that they run, a network of their own and a client.
//!
//! `e2e/run` installs what they need and runs them all. What needs a network of its own is there on Linux only.

mod repository;
pub use repository::{built, built_example, repository, scratch, tool};
mod command;
pub use command::{Finished, program};
mod server;
pub use server::{Ended, Server, Signal};
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
pub use network::{in_own_network, many_files};
mod template;
pub use template::{
    TEMPLATES, alone, cargo_alone_in, cargo_in, copy_template, function_target, installed, kept, kept_template, patches,
};
mod func;
pub use func::{Func, bare_clone, clone_url};
mod client;
pub use client::{Answer, Broken, Client, Protocol, Stream};
pub mod queue_proxy;

use std::future::Future;
use std::time::Duration;

/// Long enough for any machine. Nothing of a test takes this long unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for something that must happen.
///
/// # Panics
///
/// If it does not happen within [`PATIENCE`].
pub async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    let outcome = tokio::time::timeout(PATIENCE, future).await;
    outcome.unwrap_or_else(|_| panic!("{what}: nothing for {PATIENCE:?}"))
}

/// Asks again and again until there is an answer.
///
/// # Panics
///
/// If there is none within [`PATIENCE`].
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            // Only so that the asking leaves the machine to those who are asked.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon(what, asking).await
}
