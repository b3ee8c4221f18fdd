//! A server in a process of its own, and what the kernel says about it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use crate::Result;
use crate::client::REQUEST;

const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_micros(50);

/// The binary of this name that lies beside our own.
pub(crate) fn binary(name: &str) -> Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name(name))
}

/// A server that runs until this is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    pub(crate) first_answer: Duration,
}

impl Server {
    /// Starts a binary and waits for its first answer.
    pub(crate) fn start(binary: &Path) -> Result<Self> {
        Self::start_command(&mut Command::new(binary))
    }

    /// Starts a binary that counts its instructions.
    pub(crate) fn start_counted(binary: &Path) -> Result<Self> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(binary);
        Self::start_command(command.stderr(Stdio::piped()))
    }

    fn start_command(command: &mut Command) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        command.env("ADDRESS", address.ip().to_string()).env("PORT", address.port().to_string());
        command.env("FUNC_WORKERS", "1").stdin(Stdio::null()).stdout(Stdio::null());
        let begin = Instant::now();
        let process = command.spawn()?;
        let mut server = Self { process, address, first_answer: Duration::ZERO };
        while !answers(address) {
            if let Some(status) = server.process.try_wait()? {
                return Err(format!("server ended: {status}").into());
            }
            if begin.elapsed() > PATIENCE {
                return Err("server does not answer".into());
            }
            thread::sleep(PAUSE);
        }
        server.first_answer = begin.elapsed();
        Ok(server)
    }

    pub(crate) fn pin_to(&self, core: usize) -> Result<()> {
        pin(self.process.id(), core)
    }

    /// The time on the CPU since the start, in user and in kernel mode.
    pub(crate) fn cpu_time(&self) -> Result<Duration> {
        let mut nanos = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let schedstat = fs::read_to_string(task?.path().join("schedstat"))?;
            let on_cpu = schedstat.split(' ').next().unwrap_or_default();
            nanos += on_cpu.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// The resident memory in KiB.
    pub(crate) fn resident(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// Ends a counted server and gives back how many instructions it took.
    pub(crate) fn instructions(mut self) -> Result<f64> {
        run(Command::new("kill").arg(self.process.id().to_string()))?;
        let mut report = String::new();
        self.process.stderr.take().ok_or("stderr is not piped")?.read_to_string(&mut report)?;
        let count =
            report.lines().find_map(|line| line.split_once("Collected : ")).ok_or("callgrind did not report")?;
        Ok(count.1.trim().parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Keeps a process on one core.
pub(crate) fn pin(process: u32, core: usize) -> Result<()> {
    run(Command::new("taskset").args(["-cp", &core.to_string(), &process.to_string()]).stdout(Stdio::null()))
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("cannot run `{name}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{name}`: {status}").into()) }
}

fn answers(address: SocketAddr) -> bool {
    let ask = || -> io::Result<usize> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(REQUEST)?;
        stream.read(&mut [0; 16])
    };
    ask().is_ok_and(|length| length > 0)
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
