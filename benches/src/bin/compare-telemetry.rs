//! What metrics and traces cost: `hello` without them, with them compiled in and off, and with each of them on, in turns.
//!
//! `cargo run --release -p kn-func-benches --bin compare-telemetry`

use std::fs;
use std::future::pending;
use std::path::PathBuf;
use std::process::{self, Command, ExitCode};

use bytes::Bytes;
use kn_func_benches::{Load, Result, Server, Table, binary, build, pin, print};
use kn_func_runtime::{Function, Server as Receiver};
use tokio::net::TcpListener;

const SERVER_CORE: usize = 0;
const CLIENT_CORE: usize = 1;

const ROUNDS: usize = 9;
/// How many connections, and how many requests a round sends over them.
const LOADS: [(&str, usize, usize); 2] = [("1 connection", 1, 20_000), ("64 connections", 64, 64_000)];

/// Their difference has neither start nor end in it.
const COUNTED: [usize; 2] = [1_000, 6_000];

const SIDES: [&str; 5] = ["not compiled in", "off", "metrics", "traces, none sampled", "traces"];

fn main() -> ExitCode {
    print(compare())
}

#[tokio::main(flavor = "current_thread")]
async fn compare() -> Result<Table> {
    let (without, with) = built()?;
    pin(process::id(), CLIENT_CORE)?;
    let collector = collector().await?;
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.as_str());
    let no_metrics = ("OTEL_METRICS_EXPORTER", "none");
    let servers = [
        Server::start_with(&without, &[])?,
        Server::start_with(&with, &[])?,
        Server::start_with(&with, &[("FUNC_METRICS_PORT", "0")])?,
        Server::start_with(&with, &[endpoint, no_metrics, ("OTEL_TRACES_SAMPLER", "always_off")])?,
        Server::start_with(&with, &[endpoint, no_metrics])?,
    ];
    let mut table = Table::new(SIDES, 0);
    for server in &servers {
        server.pin_to(SERVER_CORE)?;
    }
    for (name, connections, requests) in LOADS {
        for _ in 0..ROUNDS {
            for (side, server) in servers.iter().enumerate() {
                let before = server.cpu_time()?;
                let load = Load::run(server.address, connections, requests).await?;
                let cpu = (server.cpu_time()? - before).as_secs_f64() / load.requests() as f64;
                table.add(side, &format!("CPU per request, µs, {name}"), cpu * 1e6);
            }
        }
    }
    for (side, server) in servers.iter().enumerate() {
        table.add(side, "memory after all loads, MiB", server.resident()? / 1024.0);
    }
    for (side, binary) in [&without, &with, &with, &with, &with].into_iter().enumerate() {
        table.add(side, "stripped binary, MiB", binary.metadata()?.len() as f64 / 1024.0 / 1024.0);
    }
    drop(servers);
    instructions(&[without, with]).await?;
    Ok(table)
}

/// The same program twice, without and with the features.
fn built() -> Result<(PathBuf, PathBuf)> {
    let (with, without) = (binary("hello-kn")?, binary("hello-kn-without-telemetry")?);
    build(&["-p", "kn-func-benches", "--bin", "hello-kn"])?;
    fs::copy(&with, &without)?;
    build(&["-p", "kn-func-benches", "--bin", "hello-kn", "--features", "telemetry"])?;
    Ok((without, with))
}

/// Takes all spans and says nothing.
async fn collector() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(Receiver::new(Function::new(async |_: Bytes| Bytes::new())).serve(listener, pending()));
    Ok(format!("http://{address}"))
}

/// What the code that is there and off adds to each request, which is too little for a clock.
async fn instructions(binaries: &[PathBuf; 2]) -> Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("instructions are not counted: `valgrind` is missing (`apt-get install valgrind`)");
        return Ok(());
    }
    let mut counts = Vec::new();
    for binary in binaries {
        let mut ends = Vec::new();
        for requests in COUNTED {
            let server = Server::start_counted(binary)?;
            Load::run(server.address, 1, requests).await?;
            ends.push(server.instructions()?);
        }
        counts.push((ends[1] - ends[0]) / (COUNTED[1] - COUNTED[0]) as f64);
    }
    println!("user instructions per request: {:.0} not compiled in, {:.0} off\n", counts[0], counts[1]);
    Ok(())
}
