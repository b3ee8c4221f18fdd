//! One process of the function, at the other end of its keeper.

use std::env;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as Pair;
use std::process::Stdio;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{ChildStderr, ChildStdout, Command};

use crate::keeper::{MODE, News, TERMINATE};
use crate::settings::Settings;

/// A process and all that it starts. Dropping it ends all of them.
#[derive(Debug)]
pub(crate) struct Child {
    id: u32,
    keeper: tokio::process::Child,
    orders: OwnedWriteHalf,
    news: Lines<BufReader<OwnedReadHalf>>,
}

/// What it writes.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) stdout: Option<ChildStdout>,
    pub(crate) stderr: Option<ChildStderr>,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Exited(i32),
    Killed(i32),
    /// Its keeper was killed before it, and then it too.
    Lost,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exited with code {code}"),
            Self::Killed(signal) => match Signal::try_from(*signal) {
                Ok(name) => write!(f, "was ended by {name}"),
                Err(_) => write!(f, "was ended by signal {signal}"),
            },
            Self::Lost => f.write_str("lost its keeper"),
        }
    }
}

impl Child {
    /// Starts a process that finds the Runtime API at an address.
    ///
    /// # Errors
    ///
    /// If there is no process, with words that say why.
    pub(crate) async fn start(settings: &Settings, api: SocketAddr) -> Result<(Self, Output), String> {
        match Self::with_keeper(settings, api) {
            Ok((mut child, output)) => match child.news().await {
                Some(News::Started(id)) => {
                    child.id = id;
                    Ok((child, output))
                }
                news => {
                    child.reap().await;
                    Err(match news {
                        Some(News::NotStarted(reason)) => reason,
                        _ => "its keeper ended at once".into(),
                    })
                }
            },
            Err(error) => Err(error.to_string()),
        }
    }

    fn with_keeper(settings: &Settings, api: SocketAddr) -> io::Result<(Self, Output)> {
        let (ours, theirs) = Pair::pair()?;
        ours.set_nonblocking(true)?;
        let mut command = Command::new(env::current_exe()?);
        command.arg(MODE).arg(&settings.program).args(&settings.arguments);
        command.envs(settings.variables()).env("AWS_LAMBDA_RUNTIME_API", api.to_string());
        command.current_dir(&settings.task_root);
        // Signals from a terminal are for us.
        command.process_group(0);
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut keeper = command.spawn()?;
        let output = Output { stdout: keeper.stdout.take(), stderr: keeper.stderr.take() };
        let (news, orders) = UnixStream::from_std(ours)?.into_split();
        Ok((Self { id: 0, keeper, orders, news: BufReader::new(news).lines() }, output))
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Sends SIGTERM to it and to what it started.
    pub(crate) async fn terminate(&mut self) {
        // A keeper that is gone has nothing left to end.
        let _ = self.orders.write_all(&[TERMINATE]).await;
    }

    /// Sends SIGKILL to it and to what it started.
    pub(crate) async fn kill(&mut self) {
        let _ = self.orders.shutdown().await;
    }

    /// Resolves when it has ended and nothing of it is left. Nothing is lost if this is given up.
    pub(crate) async fn ended(&mut self) -> Ending {
        match self.news().await {
            Some(News::Exited(code)) => Ending::Exited(code),
            Some(News::Killed(signal)) => Ending::Killed(signal),
            _ => {
                let group = i32::try_from(self.id).ok().filter(|id| *id > 1).map(Pid::from_raw);
                if let Some(group) = group {
                    // Nobody else is there to do it.
                    let _ = killpg(group, Signal::SIGKILL);
                }
                Ending::Lost
            }
        }
    }

    /// Takes leave of the keeper, which ends by itself.
    pub(crate) async fn reap(mut self) {
        drop(self.orders);
        let _ = self.keeper.wait().await;
    }

    async fn news(&mut self) -> Option<News> {
        News::read(&self.news.next_line().await.ok()??)
    }
}
