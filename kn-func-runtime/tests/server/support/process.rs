//! A server in a process of its own: this same program, told by a variable to be the server.

use std::env;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::process::{ExitCode, Stdio};

use kn_func_runtime::{Error, Event, Function, run};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use super::workshop::{self, Trouble};
use super::{Client, soon};

/// Which program the child is.
const PROGRAM: &str = "KN_TEST_PROGRAM";

/// In the child, runs the program and ends the process; elsewhere does nothing.
pub(crate) fn be_the_child() {
    let Ok(program) = env::var(PROGRAM) else { return };
    // The test harness has begun a line.
    println!();
    let code = match program.as_str() {
        "workshop" => run(async || Ok(workshop::function())),
        "panicking hooks" => run(async || Ok(workshop::with_trouble(Trouble::Panics))),
        "failing stop" => run(async || Ok(workshop::with_trouble(Trouble::StopFails))),
        "hanging stop" => run(async || Ok(workshop::with_trouble(Trouble::StopHangs))),
        "init blocks" => run(async || {
            tracing::info!("starting");
            loop {
                std::thread::park();
            }
        }),
        "job waits" => run(async || {
            Ok(Function::new(async |_: Event| {
                println!("working");
                pending::<()>().await;
            }))
        }),
        #[cfg(feature = "otel")]
        "log begins early" => {
            kn_func_runtime::init_logging().unwrap();
            run(async || {
                Ok(Function::new(async |_: kn_func_runtime::Context| {
                    tracing::info_span!("look around").in_scope(|| "hello")
                }))
            })
        }
        "init waits" => run(async || {
            tracing::info!("starting");
            pending().await
        }),
        "init fails" => run(async || Err(Error::internal("there is no\ndatabase"))),
        "init panics" => run(async || panic!("no database:\n  none at all")),
        other => panic!("there is no program `{other}`"),
    };
    let number = (0..=u8::MAX).find(|number| ExitCode::from(*number) == code);
    std::process::exit(number.map_or(-1, i32::from));
}

/// A child that listens.
pub(crate) struct Process {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: ChildStderr,
    log: Vec<String>,
    pub(crate) addrs: Vec<SocketAddr>,
}

/// What a child left.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// The lines of the log that nobody had waited for.
    pub(crate) log: Vec<String>,
    pub(crate) stderr: String,
}

/// Starts a program and waits until it listens.
pub(crate) async fn start(program: &str, vars: &[(&str, &str)]) -> Process {
    let mut process = launch(command(program, vars));
    process.listens().await;
    process
}

/// Starts a program that never listens.
pub(crate) fn start_in_vain(program: &str, vars: &[(&str, &str)]) -> Process {
    launch(command(program, vars))
}

/// Starts a program that cannot write to stderr.
pub(crate) fn start_without_stderr(program: &str, vars: &[(&str, &str)]) -> Process {
    launch(in_shell(r#"exec "$0" "$@" 2>/dev/full"#, &command(program, vars)))
}

/// Starts a program that may open so many files, and waits until it listens.
pub(crate) async fn start_with_files(program: &str, most: u32) -> Process {
    let script = format!(r#"ulimit -n {most}; exec "$0" "$@""#);
    let mut process = launch(in_shell(&script, &command(program, &[])));
    process.listens().await;
    process
}

/// Starts a program that is passed a file as systemd does, and waits until it listens.
pub(crate) async fn start_on(file: OwnedFd, program: &str) -> Process {
    let mut process = start_on_in_vain(file, program);
    process.listens().await;
    process
}

/// Starts a program that is passed a file and never listens.
pub(crate) fn start_on_in_vain(file: OwnedFd, program: &str) -> Process {
    let script = r#"exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@""#;
    let mut shell = in_shell(script, &command(program, &[]));
    shell.stdin(file);
    piped(shell)
}

fn command(program: &str, vars: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture", "--test-threads=1"]);
    // The environment is that of the test alone.
    command.env_clear().env(PROGRAM, program).env("LISTEN_ADDRESS", "127.0.0.1:").envs(vars.iter().copied());
    command
}

fn in_shell(script: &str, command: &Command) -> Command {
    let inner = command.as_std();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(script).arg(inner.get_program()).args(inner.get_args());
    shell.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

fn launch(mut command: Command) -> Process {
    command.stdin(Stdio::null());
    piped(command)
}

fn piped(mut command: Command) -> Process {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let stderr = child.stderr.take().unwrap();
    Process { child, stdout, stderr, log: Vec::new(), addrs: Vec::new() }
}

impl Process {
    /// Waits until it listens.
    pub(crate) async fn listens(&mut self) {
        let line = self.says("listening").await;
        let (_, addrs) = line.split_once('[').unwrap_or_else(|| panic!("no addresses in `{line}`"));
        let (addrs, _) = addrs.rsplit_once(']').unwrap_or_else(|| panic!("no addresses in `{line}`"));
        self.addrs = addrs.split(", ").map(|addr| addr.parse().unwrap()).collect();
        for addr in self.addrs.iter_mut().filter(|addr| addr.ip().is_unspecified()) {
            addr.set_ip(Ipv4Addr::LOCALHOST.into());
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addrs[0]
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("the process runs")
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.addr()).await
    }

    /// Waits for a line of the log that has this in it.
    pub(crate) async fn says(&mut self, what: &str) -> String {
        loop {
            let line = soon(what, self.stdout.next_line()).await.unwrap();
            match line {
                Some(line) if line.contains(what) => return line,
                Some(line) => self.note(line),
                None => panic!("the log ended without `{what}`: {:#?}", self.log),
            }
        }
    }

    /// Waits for a line of the log that has this in it, and reads it as JSON.
    pub(crate) async fn logs(&mut self, what: &str) -> Value {
        let line = self.says(what).await;
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("`{line}` is no JSON: {error}"))
    }

    /// Keeps a line, unless it is of the child's test harness.
    fn note(&mut self, line: String) {
        if !["", "running 1 test", "test child ... "].contains(&line.as_str()) {
            self.log.push(line);
        }
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends a signal by its name, such as `TERM`.
    pub(crate) async fn signal(&self, name: &str) {
        let kill = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.id())).status();
        assert!(soon("a signal to be sent", kill).await.unwrap().success());
    }

    /// Waits for the end of the process.
    pub(crate) async fn ended(mut self) -> Ended {
        while let Some(line) = soon("the end of the log", self.stdout.next_line()).await.unwrap() {
            self.note(line);
        }
        let mut stderr = String::new();
        soon("the end of stderr", self.stderr.read_to_string(&mut stderr)).await.unwrap();
        let status = soon("the end of the process", self.child.wait()).await.unwrap();
        Ended { code: status.code(), log: self.log, stderr }
    }
}
