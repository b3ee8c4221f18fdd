//! The runner, with a function that does what each event asks it to.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use kn_func_e2e::{Answer, Client, Ended, Server, built_example, program, until};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use serde_json::{Value, json};

/// A runner that serves.
pub(crate) struct Runner {
    pub(crate) server: Server,
    pub(crate) client: Client,
    address: SocketAddr,
}

impl Runner {
    /// Starts one with these variables and waits until it serves.
    pub(crate) async fn start(variables: &[(&str, &str)]) -> Self {
        Self::of(unruly(), variables).await
    }

    /// Starts one of another function.
    pub(crate) async fn of(function: &Path, variables: &[(&str, &str)]) -> Self {
        let mut server = Server::start(bare_command().arg(function).envs(variables.iter().copied()));
        let address = server.address().await;
        Self { server, client: Client::new(address), address }
    }

    /// Asks the function to do something.
    pub(crate) async fn ask(&self, event: &Value) -> Answer {
        self.client.post("/", event.to_string()).await
    }

    /// Where it serves.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it answers, which the time of a request may be too short for on a busy machine.
    pub(crate) async fn serves(&self) {
        until("an answer", async || (self.ask(&json!({})).await.status() == 200).then_some(())).await;
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(self) -> Ended {
        self.server.stop().await
    }
}

/// The command line of a runner of the unruly function.
pub(crate) fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = bare_command();
    command.arg(unruly()).envs(variables.iter().copied());
    command
}

/// A runner of nothing yet, alone in its environment.
pub(crate) fn bare_command() -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_kn-lambda-bootstrap"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).env("LISTEN_ADDRESS", "127.0.0.1:0").env("KN_LAMBDA_PROCESSES", "1");
    command
}

/// The program of the unruly function.
pub(crate) fn unruly() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| built_example("unruly"))
}

/// Waits until a process is no more. One that is dead and not reaped still is one.
pub(crate) async fn gone(process: u64) {
    until("the end of a process", async || (!lives(process)).then_some(())).await;
}

/// Whether there is a process.
pub(crate) fn lives(process: u64) -> bool {
    let id = i32::try_from(process).expect("process ids are small");
    kill(Pid::from_raw(id), None).is_ok()
}
