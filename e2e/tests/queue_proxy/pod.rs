//! A pod: a function, and the real queue-proxy in front of it.

use std::path::PathBuf;

use kn_func_e2e::queue_proxy::{QueueProxy, VARIABLES};
use kn_func_e2e::{Server, program};

/// A function that runs behind queue-proxy.
pub(crate) struct Pod {
    pub(crate) function: Server,
    pub(crate) proxy: Server,
}

impl Pod {
    /// The function of this crate, with Knative's defaults.
    pub(crate) async fn start() -> Self {
        Self::with(QueueProxy::default()).await
    }

    /// The function of this crate.
    pub(crate) async fn with(proxy: QueueProxy) -> Self {
        Self::of(function(&[]), proxy).await
    }

    /// Another function, that has been started.
    pub(crate) async fn of(mut function: Server, proxy: QueueProxy) -> Self {
        function.address().await;
        Self { function, proxy: proxy.start().await }
    }
}

/// Starts the function of this crate with these variables besides Knative's.
pub(crate) fn function(variables: &[(&str, &str)]) -> Server {
    start(env!("CARGO_BIN_EXE_function").into(), variables)
}

/// Starts a function as a container gets it.
pub(crate) fn start(function: PathBuf, variables: &[(&str, &str)]) -> Server {
    let variables = VARIABLES.iter().chain(variables).copied();
    Server::start(program(function).env_clear().envs(variables))
}
