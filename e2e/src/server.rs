//! Programs that serve until they are stopped.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};

use nix::sys::signal::kill;
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Child;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::soon;

pub use nix::sys::signal::Signal;

/// A program that runs, killed if the test ends before it does.
#[derive(Debug)]
pub struct Server {
    child: Child,
    lines: UnboundedReceiver<String>,
    log: Vec<String>,
}

/// What a program left that was stopped.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// All lines that it wrote, to stdout and stderr.
    pub log: Vec<String>,
}

impl Server {
    /// Starts a program. A tokio runtime must be running.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start(command: &mut Command) -> Self {
        let words = format!("{command:?}");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = tokio::process::Command::from(std::mem::replace(command, Command::new("")));
        let mut child =
            command.kill_on_drop(true).spawn().unwrap_or_else(|error| panic!("{words} cannot be started: {error}"));
        let (write, lines) = unbounded_channel();
        tokio::spawn(read(child.stdout.take(), write.clone()));
        tokio::spawn(read(child.stderr.take(), write));
        Self { child, lines, log: Vec::new() }
    }

    /// Waits until a function of ours listens, and says where, as loopback has it.
    ///
    /// # Panics
    ///
    /// If it ends instead, or does not say where it listens.
    pub async fn address(&mut self) -> SocketAddr {
        let line = self.says(r#""listening""#).await;
        let addresses = line.split_once('[').and_then(|(_, rest)| rest.rsplit_once(']'));
        let (addresses, _) = addresses.unwrap_or_else(|| panic!("no addresses in `{line}`"));
        let first = addresses.split(", ").next().unwrap_or_default();
        let mut address: SocketAddr = first.parse().unwrap_or_else(|_| panic!("`{first}` is no address in `{line}`"));
        address.set_ip(Ipv4Addr::LOCALHOST.into());
        address
    }

    /// Waits for a line that has this in it.
    ///
    /// # Panics
    ///
    /// If the program ends without it.
    pub async fn says(&mut self, what: &str) -> String {
        loop {
            let line = soon(what, self.lines.recv()).await;
            let line = line.unwrap_or_else(|| panic!("the program ended without `{what}`: {:#?}", self.log));
            self.log.push(line.clone());
            if line.contains(what) {
                return line;
            }
        }
    }

    /// Its process id.
    ///
    /// # Panics
    ///
    /// If it has ended.
    pub fn id(&self) -> u32 {
        self.child.id().expect("the program runs")
    }

    /// Whether it has not ended yet.
    ///
    /// # Panics
    ///
    /// If the system does not say.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("the system knows its children").is_none()
    }

    /// Sends it a signal.
    ///
    /// # Panics
    ///
    /// If it has ended.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.id()).expect("process ids are small");
        kill(Pid::from_raw(id), signal).expect("the program runs");
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// If it does not end.
    pub async fn ended(mut self) -> Ended {
        while let Some(line) = soon("the end of the log", self.lines.recv()).await {
            self.log.push(line);
        }
        let status = soon("the end of the program", self.child.wait()).await.expect("the system knows its children");
        Ended { code: status.code(), log: self.log }
    }

    /// Asks it to stop, as Kubernetes does, and waits for its end.
    ///
    /// # Panics
    ///
    /// If it does not end.
    pub async fn stop(self) -> Ended {
        self.signal(Signal::SIGTERM);
        self.ended().await
    }
}

async fn read(output: Option<impl AsyncRead + Unpin>, lines: UnboundedSender<String>) {
    let Some(output) = output else { return };
    let mut output = BufReader::new(output).lines();
    while let Ok(Some(line)) = output.next_line().await {
        // Who reads the log may have gone; the program may go on all the same.
        drop(lines.send(line));
    }
}
