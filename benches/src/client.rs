//! A client that asks again as soon as it has its answer, on any number of connections.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What it asks.
pub const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// What the client saw.
#[derive(Debug)]
pub struct Load {
    elapsed: Duration,
    /// Of all requests, the shortest first.
    latencies: Vec<Duration>,
}

impl Load {
    /// Sends so many requests, as many on each connection.
    ///
    /// # Errors
    ///
    /// An answer is missing, or no 200.
    pub async fn run(server: SocketAddr, connections: usize, requests: usize) -> io::Result<Self> {
        let begin = Instant::now();
        let mut clients = JoinSet::new();
        for _ in 0..connections {
            clients.spawn(ask(server, requests / connections));
        }
        let mut latencies = Vec::with_capacity(requests);
        while let Some(client) = clients.join_next().await {
            latencies.extend(client??);
        }
        let elapsed = begin.elapsed();
        latencies.sort_unstable();
        Ok(Self { elapsed, latencies })
    }

    /// How many were answered.
    pub fn requests(&self) -> usize {
        self.latencies.len()
    }

    /// How many a second.
    pub fn per_second(&self) -> f64 {
        self.requests() as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency that this share of the requests did not exceed.
    pub fn percentile(&self, share: f64) -> Duration {
        let rank = (share * self.requests() as f64).ceil() as usize;
        self.latencies[rank.clamp(1, self.requests()) - 1]
    }
}

/// The lines of an answer in any order, but for those that are never the same.
///
/// # Errors
///
/// There is none.
pub async fn answer(server: SocketAddr) -> io::Result<Vec<String>> {
    let answer = first_answer(&mut TcpStream::connect(server).await?).await?;
    let text = String::from_utf8_lossy(&answer);
    let is_same = |line: &&str| !line.starts_with("date: ") && !line.starts_with("x-request-id: ");
    let mut lines: Vec<_> = text.lines().filter(is_same).map(str::to_owned).collect();
    lines.sort_unstable();
    Ok(lines)
}

async fn ask(server: SocketAddr, requests: usize) -> io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let mut begin = Instant::now();
    let mut answer = first_answer(&mut stream).await?;
    let mut latencies = vec![begin.elapsed()];
    while latencies.len() < requests {
        begin = Instant::now();
        stream.write_all(REQUEST).await?;
        // All answers are as long as the first one.
        stream.read_exact(&mut answer).await?;
        latencies.push(begin.elapsed());
        if !answer.starts_with(b"HTTP/1.1 200 OK\r\n") {
            return Err(io::Error::other("an answer is no 200"));
        }
    }
    Ok(latencies)
}

async fn first_answer(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    stream.write_all(REQUEST).await?;
    let mut answer = Vec::new();
    while !is_whole(&answer) {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(answer)
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()) == Some(body.len())
}
