//! A Lambda function as users bring it, behind the runner.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use kn_func_e2e::{Answer, Client, Ended, Server, built, program, repository, scratch, soon};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

/// Whose runtime client asks for work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// `awslambdaric`, with the functions of `e2e/lambda-clients/python/handler.py`.
    Python,
    /// `aws-lambda-ric`, with those of `e2e/lambda-clients/node/index.mjs`.
    Node,
    /// `lambda_runtime`, with the example `lambda-emojis` as it is.
    Rust,
}

/// All of them.
pub(crate) const LANGUAGES: [Language; 3] = [Language::Python, Language::Node, Language::Rust];

/// Those with functions that do as they are told, and not only the guide's.
pub(crate) const SCRIPTS: [Language; 2] = [Language::Python, Language::Node];

static RUNNER: LazyLock<PathBuf> = LazyLock::new(|| built("kn-lambda-bootstrap"));
static RUST: LazyLock<PathBuf> = LazyLock::new(|| built("aws-lambda-emojis"));

/// A function that is served.
pub(crate) struct Lambda {
    pub(crate) server: Server,
    pub(crate) client: Client,
    _task_root: Option<TempDir>,
}

impl Lambda {
    /// Starts the guide's function in one process.
    pub(crate) async fn guide(language: Language) -> Self {
        Self::start(language, "handler", &[]).await
    }

    /// Starts a function by the name of its handler.
    pub(crate) async fn start(language: Language, handler: &str, variables: &[(&str, &str)]) -> Self {
        let (mut runner, task_root) = Self::runner(language, handler);
        let mut server = Server::start(runner.envs(variables.iter().copied()));
        let client = Client::new(server.address().await);
        Self { server, client, _task_root: task_root }
    }

    /// The runner of a function that does not start, to its end.
    pub(crate) async fn failure(language: Language, handler: &str) -> Ended {
        let (mut runner, _task_root) = Self::runner(language, handler);
        Server::start(&mut runner).ended().await
    }

    fn runner(language: Language, handler: &str) -> (Command, Option<TempDir>) {
        let mut runner = program(&*RUNNER);
        runner.env("LISTEN_ADDRESS", "127.0.0.1:0").env("KN_LAMBDA_PROCESSES", "1").env("K_SERVICE", "emojis");
        // Python would leave files beside its source.
        runner.env("PYTHONDONTWRITEBYTECODE", "1");
        let mut task_root = None;
        let folder = match language {
            Language::Python => {
                let handler = format!("handler.{handler}");
                runner
                    .arg(installed("python/bin/python"))
                    .args(["-m", "awslambdaric", &handler])
                    .env("_HANDLER", handler);
                repository().join("e2e/lambda-clients/python")
            }
            Language::Node => {
                let handler = format!("index.{handler}");
                runner.arg(installed("node/node_modules/.bin/aws-lambda-ric")).arg(&handler).env("_HANDLER", handler);
                repository().join("e2e/lambda-clients/node")
            }
            // Found as Lambda finds it: a file with this name.
            Language::Rust => {
                let folder = task_root.insert(scratch()).path();
                symlink(&*RUST, folder.join("bootstrap")).expect("a folder can be written to");
                folder.to_owned()
            }
        };
        runner.current_dir(&folder).env("LAMBDA_TASK_ROOT", folder);
        (runner, task_root)
    }

    /// Posts JSON, as the guide's `curl` does.
    pub(crate) async fn post(&self, body: impl Into<Bytes>) -> Answer {
        self.client.send(self.request(body)).await
    }

    /// What `post` sends.
    pub(crate) fn request(&self, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
        let request = self.client.request(http::Method::POST, "/").header("content-type", "application/json");
        request.body(Full::new(body.into())).expect("it is a request")
    }

    /// The processes that run the function, by id: those below the runner that have started no other.
    pub(crate) fn processes(&self) -> BTreeSet<u32> {
        let family = descendants(self.server.id());
        family.keys().copied().filter(|id| !family.values().any(|parent| parent == id)).collect()
    }

    /// Asks the runner to stop and waits until it does, by itself and with nothing left behind.
    pub(crate) async fn stop(self) -> Ended {
        self.server.signal(kn_func_e2e::Signal::SIGTERM);
        self.ended().await
    }

    /// Waits until the runner has stopped, by itself and with nothing left behind.
    pub(crate) async fn ended(self) -> Ended {
        let family = descendants(self.server.id());
        let ended = self.server.ended().await;
        assert_eq!(ended.code, Some(0), "{:#?}", ended.log);
        for process in family.into_keys() {
            assert!(parent_of(process).is_none(), "process {process} is left: {:#?}", ended.log);
        }
        ended
    }
}

/// Whom a `waiting` or `streamed` function asks for a word.
pub(crate) struct Prompter(TcpListener);

impl Prompter {
    pub(crate) async fn new() -> Self {
        Self(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has free ports"))
    }

    /// The event that tells a function where to ask.
    pub(crate) fn event(&self) -> String {
        let port = self.0.local_addr().expect("it is bound").port();
        format!(r#"{{"port": {port}}}"#)
    }

    /// Waits until a function asks.
    pub(crate) async fn asked(&self) -> Asked {
        Asked(soon("a function that asks", self.0.accept()).await.expect("a function can connect").0)
    }
}

/// A function that waits for its word.
pub(crate) struct Asked(TcpStream);

impl Asked {
    pub(crate) async fn say(mut self, word: &str) {
        soon("a word to leave", self.0.write_all(word.as_bytes())).await.expect("the function listens");
    }
}

/// A program that `e2e/lambda-clients/install` installs.
fn installed(name: &str) -> PathBuf {
    let path = repository().join("target/e2e/lambda-clients").join(name);
    assert!(path.exists(), "there is no {}; e2e/run installs it", path.display());
    path
}

/// The processes that a process has started, and those that they have, with the parent of each.
fn descendants(ancestor: u32) -> BTreeMap<u32, u32> {
    let processes = fs::read_dir("/proc").expect("Linux tells of processes");
    let ids = processes.filter_map(|process| process.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let mut others: BTreeMap<_, _> = ids.filter_map(|id| Some((id, parent_of(id)?))).collect();
    let mut found = BTreeMap::new();
    loop {
        let (new, rest): (BTreeMap<_, _>, _) =
            others.into_iter().partition(|(_, parent)| *parent == ancestor || found.contains_key(parent));
        if new.is_empty() {
            return found;
        }
        found.extend(new);
        others = rest;
    }
}

/// None if it does not run.
fn parent_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before it may have spaces and brackets of its own.
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    match words.next()? {
        "Z" => None,
        _ => words.next()?.parse().ok(),
    }
}
