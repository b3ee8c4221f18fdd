//! The process between ours and the function's, which leaves nothing of it behind.
//!
//! It is this program once more. It starts the function's process in a process group of its own, adopts whatever that leaves
//! running, and ends all of it when the function's process ends, when it is told to, and when nobody is left to tell it: then its
//! stdin, a socket of the runner's, is at its end. So not even SIGKILL of the runner leaves an orphan.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// The first argument that makes this program a keeper; what follows is the command to run.
pub(crate) const MODE: &str = "--keep-process";

/// What the runner sends for SIGTERM. The end of the socket means SIGKILL.
pub(crate) const TERMINATE: u8 = b't';

/// What a keeper tells the runner, each on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// The process runs, with this id.
    Started(u32),
    /// There is no process, and why.
    NotStarted(String),
    /// The process ended by itself, with this code. Nothing of it is left.
    Exited(i32),
    /// A signal ended the process. Nothing of it is left.
    Killed(i32),
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started(id) => write!(f, "started {id}"),
            Self::NotStarted(reason) => write!(f, "not-started {reason}"),
            Self::Exited(code) => write!(f, "exited {code}"),
            Self::Killed(signal) => write!(f, "killed {signal}"),
        }
    }
}

impl News {
    /// Reads a line of a keeper's.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(' ')?;
        match word {
            "started" => rest.parse().ok().map(Self::Started),
            "not-started" => Some(Self::NotStarted(rest.to_owned())),
            "exited" => rest.parse().ok().map(Self::Exited),
            "killed" => rest.parse().ok().map(Self::Killed),
            _ => None,
        }
    }
}

/// Runs a command to its end; the runner is at the other end of stdin.
pub(crate) fn keep(mut words: impl Iterator<Item = OsString>) -> ExitCode {
    match words.next().map(|program| run(program, words)) {
        Some(Ok(())) => ExitCode::SUCCESS,
        // Whoever started this by hand learns what it is.
        Some(Err(error)) => fail(&format!("the keeper of a process needs a socket as its stdin: {error}")),
        None => fail("the keeper of a process needs a command"),
    }
}

fn fail(reason: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{reason}");
    ExitCode::from(2)
}

fn run(program: OsString, arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let mut runner = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    adopt_orphans();
    // In a group of its own, so that all of it can be signalled at once.
    let started = Command::new(program).args(arguments).stdin(Stdio::null()).process_group(0).spawn();
    let id = match started {
        Ok(child) => child.id(),
        Err(error) => return writeln!(runner, "{}", News::NotStarted(error.to_string())),
    };
    let pid = Pid::from_raw(i32::try_from(id).map_err(io::Error::other)?);
    // A runner that is gone already is seen at the end of its socket.
    let _ = writeln!(runner, "{}", News::Started(id));
    let running = Arc::new(Mutex::new(Some(pid)));
    let orders = (runner.try_clone()?, running.clone());
    thread::spawn(move || obey(orders.0, &orders.1));
    let news = until_end(pid);
    *running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    end_the_rest(pid);
    let _ = writeln!(runner, "{news}");
    Ok(())
}

/// From now on what descendants leave running are children of this process, and do not become anybody else's.
#[cfg(target_os = "linux")]
fn adopt_orphans() {
    // Without it only the process group is ended.
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

#[cfg(not(target_os = "linux"))]
fn adopt_orphans() {}

/// Passes signals on for as long as the runner is there.
fn obey(mut runner: UnixStream, running: &Mutex<Option<Pid>>) {
    let mut order = [0];
    loop {
        let signal = match runner.read(&mut order) {
            Ok(1) if order == [TERMINATE] => Signal::SIGTERM,
            Ok(1) => continue,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Ok(_) | Err(_) => Signal::SIGKILL,
        };
        // Held while the id is used, so that it is nobody else's by then.
        let running = running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pid) = *running {
            let _ = killpg(pid, signal);
            if signal == Signal::SIGKILL {
                // It may have left its group.
                let _ = kill(pid, signal);
            }
        }
        if signal == Signal::SIGKILL {
            return;
        }
    }
}

/// Waits for the process, and takes leave of those that it left behind and that end before it.
fn until_end(pid: Pid) -> News {
    loop {
        match waitpid(None, None) {
            Ok(WaitStatus::Exited(ended, code)) if ended == pid => return News::Exited(code),
            Ok(WaitStatus::Signaled(ended, signal, _)) if ended == pid => return News::Killed(signal as i32),
            Ok(_) | Err(Errno::EINTR) => {}
            // It was a child of ours until now.
            Err(_) => return News::Exited(-1),
        }
    }
}

/// Ends what a process left running: its group, and those that have left the group and became children of ours.
fn end_the_rest(pid: Pid) {
    let _ = killpg(pid, Signal::SIGKILL);
    loop {
        let left = children();
        for child in &left {
            let _ = kill(*child, Signal::SIGKILL);
        }
        // Who cannot be seen is not waited for.
        let patience = if left.is_empty() { Some(WaitPidFlag::WNOHANG) } else { None };
        match waitpid(None, patience) {
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return,
            Ok(_) | Err(_) => {}
        }
    }
}

/// The children of this process, where the kernel lists them.
fn children() -> Vec<Pid> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace().filter_map(|id| id.parse().ok().map(Pid::from_raw)).collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_are_read_as_they_were_written() {
        let all = [
            News::Started(7),
            News::NotStarted("No such file or directory (os error 2)".into()),
            News::Exited(101),
            News::Killed(9),
        ];
        for news in all {
            assert_eq!(News::read(&news.to_string()), Some(news));
        }
        assert_eq!(News::read("started"), None);
        assert_eq!(News::read("started soon"), None);
    }
}
