//! Where a program runs, and how it is asked.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::Full;
use kn_func_e2e::{Broken, Client, Protocol, Server, Stream, built, program, until};
use serde_json::Value;

/// Both protocols, one after the other.
pub(crate) const PROTOCOLS: [Protocol; 2] = [Protocol::Http1, Protocol::H2c];

/// What makes a program a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// The drop-ins, which it was compiled with.
    DropIn,
    /// `kn-lambda-bootstrap`, which runs what was compiled with AWS's crates.
    Runner,
}

/// A program that listens.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) server: Server,
    pub(crate) client: Client,
    address: std::net::SocketAddr,
}

/// A whole answer, whatever its body is.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Host {
    /// How a program is started, with nothing of this test's environment.
    pub(crate) fn command(self, name: &str, arguments: &[&str]) -> Command {
        let mut command = match self {
            Self::DropIn => program(drop_in(name)),
            Self::Runner => {
                let mut runner = program(runner());
                runner.arg(of_aws(name));
                runner
            }
        };
        command.args(arguments).env_clear();
        for (name, value) in self.variables(name) {
            command.env(name, value);
        }
        command
    }

    /// Loopback only, any free port, and what the program's shape needs.
    fn variables(self, name: &str) -> Vec<(&'static str, &'static str)> {
        let mut variables = vec![("ADDRESS", "127.0.0.1"), ("PORT", "0")];
        if self == Self::Runner {
            // What a program remembers, all its callers see.
            variables.push(("KN_LAMBDA_PROCESSES", "1"));
            // The drop-ins know what a program takes; the runner has to be told.
            if name.starts_with("http-") {
                variables.push(("KN_LAMBDA_EVENT", "apigw-v2"));
            }
        }
        variables
    }
}

impl Running {
    /// Starts a program over the drop-ins.
    pub(crate) async fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = Host::DropIn.command(name, &[]);
        Self::of(command.envs(variables.iter().copied())).await
    }

    /// Starts a command and waits until it listens.
    pub(crate) async fn of(command: &mut Command) -> Self {
        let mut server = Server::start(command);
        let address = server.address().await;
        Self { server, client: Client::new(address), address }
    }

    /// A client that speaks this.
    pub(crate) fn speaking(&self, protocol: Protocol) -> Client {
        Client::speaking(protocol, self.address)
    }

    /// Posts JSON.
    pub(crate) async fn post(&self, payload: &str) -> Reply {
        post(&self.client, &[], payload).await
    }

    /// Posts JSON with headers.
    pub(crate) async fn post_with(&self, headers: &[(&str, &str)], payload: &str) -> Reply {
        post(&self.client, headers, payload).await
    }

    /// A `GET`.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        ask(&self.client, Method::GET, path, &[], "").await
    }

    /// A `GET` with headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        ask(&self.client, Method::GET, path, headers, "").await
    }

    /// Waits until it refuses to be ready.
    pub(crate) async fn drains(&self) {
        until("readiness to be refused", async || {
            let request = self.client.request(Method::GET, "/health/readiness").body(Full::default()).ok()?;
            let reply = self.client.try_send(request).await.ok()?;
            (reply.status() == 503).then_some(())
        })
        .await;
    }
}

impl Reply {
    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_else(|error| panic!("the answer is no text: {error}"))
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON: {error}: {}", self.text()))
    }

    /// A header as text; all of its values, separated by a bar.
    pub(crate) fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        values.collect::<Vec<_>>().join(" | ")
    }

    /// Status and body.
    pub(crate) fn said(&self) -> (u16, &str) {
        (self.status.as_u16(), self.text())
    }
}

/// Posts JSON.
pub(crate) async fn post(client: &Client, headers: &[(&str, &str)], payload: &str) -> Reply {
    let mut headers = headers.to_vec();
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("content-type", "application/json"));
    }
    ask(client, Method::POST, "/", &headers, payload.to_owned()).await
}

/// Asks, and waits for the whole answer.
pub(crate) async fn ask(
    client: &Client,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Reply {
    let what = format!("{method} {path}");
    let stream = open(client, method, path, headers, body).await;
    whole(stream).await.unwrap_or_else(|broken| panic!("{what}: {broken}"))
}

/// Asks, and waits for the head of the answer.
pub(crate) async fn open(
    client: &Client,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Stream {
    let what = format!("{method} {path}");
    let mut request = client.request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body.into())).unwrap_or_else(|error| panic!("{what}: {error}"));
    client.open(request).await.unwrap_or_else(|broken| panic!("{what}: {broken}"))
}

/// The rest of an answer.
pub(crate) async fn whole(mut stream: Stream) -> Result<Reply, Broken> {
    let (status, headers) = (stream.status(), stream.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = stream.chunk().await? {
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, headers, body: body.into() })
}

/// A program over the drop-ins. All are in one folder.
fn drop_in(name: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_kn-echo")).with_file_name(format!("kn-{name}"))
}

/// A program over AWS's crates. All are in one folder.
fn of_aws(name: &str) -> PathBuf {
    static LAST: LazyLock<PathBuf> = LazyLock::new(|| built("aws-*"));
    LAST.with_file_name(format!("aws-{name}"))
}

fn runner() -> &'static Path {
    static RUNNER: LazyLock<PathBuf> = LazyLock::new(|| built("kn-lambda-bootstrap"));
    &RUNNER
}
