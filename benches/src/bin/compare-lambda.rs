//! A Lambda function on its three ways to Knative, each on one core, in turns: written anew, with AWS's crate exchanged, and as it is.
//!
//! `cargo run --release -p kn-func-benches --bin compare-lambda`

use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};

use kn_func_benches::{Load, Result, Server, Table, answer, binary, build, pin, print};

/// What is compared, and the programs of each.
const SIDES: [(&str, &[&str]); 4] = [
    ("native", &["hello-json"]),
    ("kn-lambda-runtime", &["hello-lambda-kn"]),
    ("kn-lambda-http", &["hello-lambda-http-kn"]),
    ("kn-lambda-bootstrap", &["kn-lambda-bootstrap", "hello-lambda-aws"]),
];

const SERVER_CORE: usize = 0;
const CLIENT_CORE: usize = 1;

const ROUNDS: usize = 9;
/// How many connections, and how many requests a round sends over them.
const LOADS: [(&str, usize, usize); 2] = [("1 connection", 1, 5_000), ("16 connections", 16, 8_000)];

fn main() -> ExitCode {
    print(compare())
}

#[tokio::main(flavor = "current_thread")]
async fn compare() -> Result<Table> {
    build(&["-p", "kn-func-benches", "-p", "kn-lambda-bootstrap"])?;
    pin(process::id(), CLIENT_CORE)?;
    let mut table = Table::new(SIDES.map(|(name, _)| name), 0);
    let mut servers = Vec::new();
    for (side, (_, programs)) in SIDES.iter().enumerate() {
        let programs = programs.iter().map(|name| binary(name)).collect::<Result<Vec<PathBuf>>>()?;
        let server = Server::start_on(SERVER_CORE, &programs.iter().map(PathBuf::as_path).collect::<Vec<&Path>>())?;
        table.add(side, "start to first answer, ms", server.first_answer.as_secs_f64() * 1e3);
        servers.push(server);
    }
    same_answers(&servers).await?;
    for (name, connections, requests) in LOADS {
        for _ in 0..ROUNDS {
            for (side, server) in servers.iter().enumerate() {
                let before = server.cpu_time()?;
                let load = Load::run(server.address, connections, requests).await?;
                let cpu = (server.cpu_time()? - before).as_secs_f64() / load.requests() as f64;
                let mut add = |what: &str, value| table.add(side, &format!("{what}, {name}"), value);
                add("CPU per request, µs", cpu * 1e6);
                add("p50, µs", load.percentile(0.50).as_secs_f64() * 1e6);
            }
        }
    }
    for (side, server) in servers.iter().enumerate() {
        table.add(side, "memory after all loads, MiB", server.resident()? / 1024.0);
    }
    Ok(table)
}

/// Servers can be compared when they say the same.
async fn same_answers(servers: &[Server]) -> Result<()> {
    let mut first = None;
    for server in servers {
        let answer = answer(server.address).await?;
        let first = first.get_or_insert_with(|| answer.clone());
        if *first != answer {
            return Err(format!("answers differ: {first:?}, {answer:?}").into());
        }
    }
    Ok(())
}
