//! `func invoke` and the assertions of func's own end-to-end tests, against the programs of the templates.

mod cloudevents;
mod emojis;
mod http;
mod lambda;
mod lifecycle;
mod readme;
mod state;

use std::path::Path;

use kn_func_e2e::{Server, program};

/// Starts a program with nothing but these variables, at a free port of loopback.
fn serve(path: &Path, variables: &[(&str, &str)]) -> Server {
    let mut command = program(path);
    command.env_clear().env("LISTEN_ADDRESS", "127.0.0.1:0").env("LOG_FORMAT", "json");
    Server::start(command.envs(variables.iter().copied()))
}
