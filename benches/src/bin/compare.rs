//! `hello` on kn-func-runtime beside `hello` on bare hyper, both on one core, in turns.
//!
//! `cargo run --release -p kn-func-benches --bin compare`, with `-- --instructions` for the instruction counts alone.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitCode};

use kn_func_benches::{Load, Result, Server, Table, answer, binary, build, pin, print};

/// Ours, and the one it is compared with.
const BINARIES: [&str; 2] = ["hello-kn", "hello-hyper"];

const SERVER_CORE: usize = 0;
const CLIENT_CORE: usize = 1;

const STARTS: usize = 41;
const ROUNDS: usize = 9;
/// How many connections, and how many requests a round sends over them.
const LOADS: [(&str, usize, usize); 2] = [("1 connection", 1, 30_000), ("64 connections", 64, 64_000)];

/// Their difference has neither start nor end in it.
const COUNTED: [usize; 2] = [1_000, 6_000];

fn main() -> ExitCode {
    print(compare())
}

#[tokio::main(flavor = "current_thread")]
async fn compare() -> Result<Table> {
    let binaries = built()?;
    same_answers(&binaries).await?;
    let mut table = Table::new(["kn-func-runtime", "bare hyper"], 1);
    if env::args().all(|argument| argument != "--instructions") {
        starts(&binaries, &mut table)?;
        pin(process::id(), CLIENT_CORE)?;
        loads(&binaries, &mut table).await?;
        sizes(&binaries, &mut table)?;
    }
    instructions(&binaries, &mut table).await?;
    Ok(table)
}

fn built() -> Result<[PathBuf; 2]> {
    let [ours, theirs] = BINARIES;
    build(&["-p", "kn-func-benches", "--bin", ours, "--bin", theirs])?;
    Ok([binary(ours)?, binary(theirs)?])
}

/// Two servers can be compared when they say the same.
async fn same_answers([ours, theirs]: &[PathBuf; 2]) -> Result<()> {
    let ours = answer(Server::start(ours)?.address).await?;
    let theirs = answer(Server::start(theirs)?.address).await?;
    if ours == theirs { Ok(()) } else { Err(format!("answers differ: {ours:?}, {theirs:?}").into()) }
}

fn starts(binaries: &[PathBuf; 2], table: &mut Table) -> Result<()> {
    for _ in 0..STARTS {
        for (side, binary) in binaries.iter().enumerate() {
            let first_answer = Server::start(binary)?.first_answer;
            table.add(side, "exec to first answer, ms", first_answer.as_secs_f64() * 1e3);
        }
    }
    Ok(())
}

async fn loads(binaries: &[PathBuf; 2], table: &mut Table) -> Result<()> {
    let servers = [Server::start(&binaries[0])?, Server::start(&binaries[1])?];
    for (side, server) in servers.iter().enumerate() {
        server.pin_to(SERVER_CORE)?;
        table.add(side, "memory before the first load, MiB", server.resident()? / 1024.0);
    }
    for (name, connections, requests) in LOADS {
        for _ in 0..ROUNDS {
            for (side, server) in servers.iter().enumerate() {
                let before = server.cpu_time()?;
                let load = Load::run(server.address, connections, requests).await?;
                let cpu = (server.cpu_time()? - before).as_secs_f64() / load.requests() as f64;
                let mut add = |what: &str, value| table.add(side, &format!("{what}, {name}"), value);
                add("CPU per request, µs", cpu * 1e6);
                add("requests per second", load.per_second());
                add("p50, µs", load.percentile(0.50).as_secs_f64() * 1e6);
                add("p99, µs", load.percentile(0.99).as_secs_f64() * 1e6);
            }
        }
    }
    for (side, server) in servers.iter().enumerate() {
        table.add(side, "memory after all loads, MiB", server.resident()? / 1024.0);
    }
    Ok(())
}

fn sizes(binaries: &[PathBuf; 2], table: &mut Table) -> Result<()> {
    for (side, binary) in binaries.iter().enumerate() {
        table.add(side, "stripped binary, MiB", binary.metadata()?.len() as f64 / 1024.0 / 1024.0);
    }
    Ok(())
}

async fn instructions(binaries: &[PathBuf; 2], table: &mut Table) -> Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("instructions are not counted: `valgrind` is missing (`apt-get install valgrind`)");
        return Ok(());
    }
    for (side, binary) in binaries.iter().enumerate() {
        let [few, many] = [counted(binary, COUNTED[0]).await?, counted(binary, COUNTED[1]).await?];
        table.add(side, "user instructions per request", (many - few) / (COUNTED[1] - COUNTED[0]) as f64);
    }
    Ok(())
}

async fn counted(binary: &Path, requests: usize) -> Result<f64> {
    let server = Server::start_counted(binary)?;
    Load::run(server.address, 1, requests).await?;
    server.instructions()
}
