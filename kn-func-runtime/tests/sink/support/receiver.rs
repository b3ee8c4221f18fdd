//! A receiver of events that does what a test tells it, byte by byte, and remembers what came.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What is done to a request that has come.
pub(crate) enum Act {
    /// An answer with this status and these header lines and body.
    Answer(u16, String, &'static str),
    /// The connection is closed without a word.
    Close,
    /// It is closed after these bytes of an answer.
    CloseAfter(&'static str),
    /// Nothing, until the client gives up.
    Silence,
    /// Something else first.
    After(Box<dyn FnOnce(&Received) + Send>, Box<Act>),
    /// The token comes back in the body.
    Echo(u16),
}

impl Act {
    pub(crate) fn status(status: u16) -> Self {
        Self::Answer(status, String::new(), "")
    }

    pub(crate) fn with_header(status: u16, header: impl Into<String>) -> Self {
        Self::Answer(status, header.into() + "\r\n", "")
    }
}

/// A request that has come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The receiver. It listens until it is dropped.
pub(crate) struct Receiver {
    addr: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    acts: VecDeque<Act>,
    received: Vec<Received>,
}

impl Receiver {
    /// One that does this, one for each request. A request that is none too many finds a 202.
    pub(crate) async fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { acts: acts.into_iter().collect(), received: Vec::new() }));
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(BufReader::new(stream), shared.clone()));
            }
        });
        Self { addr, state, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/shop/default?key=hidden", self.addr)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: BufReader<TcpStream>, state: Arc<Mutex<State>>) {
    while let Some(received) = read(&mut stream).await {
        let mut act = {
            let mut state = state.lock().unwrap();
            state.received.push(received.clone());
            state.acts.pop_front().unwrap_or_else(|| Act::status(202))
        };
        while let Act::After(first, then) = act {
            first(&received);
            act = *then;
        }
        let answer = match act {
            Act::Answer(status, headers, body) => answer(status, &headers, body),
            Act::Echo(status) => answer(status, "", received.header("authorization").unwrap_or_default()),
            Act::CloseAfter(bytes) => {
                let _ = stream.write_all(bytes.as_bytes()).await;
                return;
            }
            Act::Silence => {
                let _ = stream.read(&mut [0]).await;
                return;
            }
            Act::Close | Act::After(..) => return,
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    // These have no body and no length.
    let length =
        if matches!(status, 204 | 304) { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    format!("HTTP/1.1 {status} -\r\n{length}{headers}\r\n{body}")
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut received = Received { line: line(stream).await?, ..Received::default() };
    loop {
        let line = line(stream).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        received.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = received.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    received.body = String::from_utf8(body).unwrap();
    Some(received)
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
