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

/// Builds these packages' binaries as this program was built.
///
/// # Errors
///
/// They cannot be built, or this program is not one of a release.
pub fn build(arguments: &[&str]) -> Result<()> {
    if cfg!(debug_assertions) {
        return Err("run it with `cargo run --release`".into());
    }
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    run(cargo.args(["build", "--release", "--quiet", "--manifest-path", manifest]).args(arguments))
}

/// The binary of this name that lies beside our own.
///
/// # Errors
///
/// The system does not say where that is.
pub fn binary(name: &str) -> Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name(name))
}

/// A server that runs until this is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// How long after its start it answered.
    pub first_answer: Duration,
}

impl Server {
    /// Starts a binary and waits for its first answer.
    ///
    /// # Errors
    ///
    /// It does not answer.
    pub fn start(binary: &Path) -> Result<Self> {
        Self::start_command(&mut Command::new(binary))
    }

    /// Starts a binary with these variables and waits for its first answer.
    ///
    /// # Errors
    ///
    /// It does not answer.
    pub fn start_with(binary: &Path, vars: &[(&str, &str)]) -> Result<Self> {
        Self::start_command(Command::new(binary).envs(vars.iter().copied()))
    }

    /// Starts a program with all its threads and processes on one core.
    ///
    /// # Errors
    ///
    /// It does not answer.
    pub fn start_on(core: usize, program: &[&Path]) -> Result<Self> {
        let mut command = Command::new("taskset");
        command.args(["-c", &core.to_string()]).args(program).env("TOKIO_WORKER_THREADS", "1");
        Self::start_command(command.env("KN_LAMBDA_PROCESSES", "1"))
    }

    /// Starts a binary that counts its instructions.
    ///
    /// # Errors
    ///
    /// It does not answer, or there is no `valgrind`.
    pub fn start_counted(binary: &Path) -> Result<Self> {
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

    /// Keeps it on one core.
    ///
    /// # Errors
    ///
    /// There is no `taskset`.
    pub fn pin_to(&self, core: usize) -> Result<()> {
        pin(self.process.id(), core)
    }

    /// The time on the CPU since the start, in user and in kernel mode, with that of the processes that it started and that run.
    ///
    /// # Errors
    ///
    /// The kernel does not say.
    pub fn cpu_time(&self) -> Result<Duration> {
        let mut nanos = 0;
        for process in self.processes()? {
            for task in fs::read_dir(format!("/proc/{process}/task"))? {
                let schedstat = fs::read_to_string(task?.path().join("schedstat"))?;
                let on_cpu = schedstat.split(' ').next().unwrap_or_default();
                nanos += on_cpu.parse::<u64>()?;
            }
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// The process and all below it.
    fn processes(&self) -> Result<Vec<u32>> {
        let mut parents: Vec<(u32, u32)> = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let Ok(process) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
            // It may have ended meanwhile.
            let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { continue };
            let after_name = stat.rsplit_once(") ").map(|(_, fields)| fields).unwrap_or_default();
            if let Some(parent) = after_name.split(' ').nth(1).and_then(|parent| parent.parse().ok()) {
                parents.push((process, parent));
            }
        }
        let mut tree: Vec<u32> = vec![self.process.id()];
        let mut next = 0;
        while let Some(&process) = tree.get(next) {
            tree.extend(parents.iter().filter(|(_, parent)| *parent == process).map(|(child, _)| *child));
            next += 1;
        }
        Ok(tree)
    }

    /// The resident memory in KiB, with that of the processes that it started.
    ///
    /// # Errors
    ///
    /// The kernel does not say.
    pub fn resident(&self) -> Result<f64> {
        let mut kibibytes = 0.0;
        for process in self.processes()? {
            let status = fs::read_to_string(format!("/proc/{process}/status"))?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
            kibibytes += line.trim().trim_end_matches(" kB").parse::<f64>()?;
        }
        Ok(kibibytes)
    }

    /// Ends a counted server and gives back how many instructions it took.
    ///
    /// # Errors
    ///
    /// It was not counted.
    pub fn instructions(mut self) -> Result<f64> {
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
        // What has processes of its own ends them when it is asked to; it may have ended by itself.
        let _ = run(Command::new("kill").arg(self.process.id().to_string()).stderr(Stdio::null()));
        let _ = self.process.wait();
    }
}

/// Keeps a process on one core.
///
/// # Errors
///
/// There is no `taskset`.
pub fn pin(process: u32, core: usize) -> Result<()> {
    run(Command::new("taskset").args(["-cp", &core.to_string(), &process.to_string()]).stdout(Stdio::null()))
}

/// Runs a command to its end.
///
/// # Errors
///
/// It fails.
pub fn run(command: &mut Command) -> Result<()> {
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
