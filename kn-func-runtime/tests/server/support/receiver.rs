//! A Collector for tests: takes OTLP over HTTP, in the manner that a test wants, and shows what came.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::soon;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Status(u16),
    Never,
}

/// A receiver on a free port of loopback.
pub(crate) struct Receiver {
    addr: SocketAddr,
    scheme: &'static str,
    manner: Arc<Mutex<Manner>>,
    exports: mpsc::UnboundedReceiver<Export>,
}

/// One request that came.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    /// In small letters.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Receiver {
    pub(crate) async fn start(manner: Manner) -> Self {
        Self::with(manner, None).await
    }

    /// One that speaks TLS and answers.
    pub(crate) async fn start_secure(config: Arc<ServerConfig>) -> Self {
        Self::with(Manner::Status(200), Some(config)).await
    }

    async fn with(manner: Manner, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let manner = Arc::new(Mutex::new(manner));
        let (seen, exports) = mpsc::unbounded_channel();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let for_all = manner.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (manner, seen) = (for_all.clone(), seen.clone());
                match tls.clone() {
                    None => drop(tokio::spawn(serve(connection, manner, seen))),
                    Some(config) => drop(tokio::spawn(async move {
                        serve(TlsAcceptor::from(config).accept(connection).await?, manner, seen).await
                    })),
                }
            }
        });
        Self { addr, scheme, manner, exports }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.addr)
    }

    pub(crate) fn is(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// The next request for this path; others are left out.
    pub(crate) async fn next(&mut self, path: &str) -> Export {
        loop {
            let export = soon("telemetry to arrive", self.exports.recv()).await.unwrap();
            if export.head.starts_with(&format!("post {path} ")) {
                return export;
            }
        }
    }

    /// All that has come so far.
    pub(crate) fn so_far(&mut self) -> Vec<Export> {
        std::iter::from_fn(|| self.exports.try_recv().ok()).collect()
    }
}

async fn serve(
    mut connection: impl AsyncRead + AsyncWrite + Unpin,
    manner: Arc<Mutex<Manner>>,
    seen: mpsc::UnboundedSender<Export>,
) -> io::Result<()> {
    let mut read = Vec::new();
    loop {
        let Some(end) = read.windows(4).position(|it| it == b"\r\n\r\n").map(|at| at + 4) else {
            if connection.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
            continue;
        };
        let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
        let length: usize = header(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        while read.len() < end + length {
            if connection.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        let body = read[end..end + length].to_vec();
        read.drain(..end + length);
        let answer = *manner.lock().unwrap();
        let _ = seen.send(Export { head, body });
        match answer {
            Manner::Status(status) => {
                connection.write_all(format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n").as_bytes()).await?;
            }
            Manner::Never => std::future::pending().await,
        }
    }
}

pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// A message of Protocol Buffers, of which no more is known than the numbers of its fields.
#[derive(Debug, Clone)]
pub(crate) struct Message<'a>(Vec<(u64, &'a [u8])>);

impl<'a> Message<'a> {
    /// Reads a message; numbers are kept as the bytes that they are written in.
    pub(crate) fn read(mut bytes: &'a [u8]) -> Self {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let key = number(take_number(&mut bytes));
            let value = match key & 7 {
                0 => take_number(&mut bytes),
                1 => take(&mut bytes, 8),
                2 => {
                    let length = number(take_number(&mut bytes));
                    take(&mut bytes, length.try_into().unwrap())
                }
                5 => take(&mut bytes, 4),
                kind => panic!("field {} is of the kind {kind}", key >> 3),
            };
            fields.push((key >> 3, value));
        }
        Self(fields)
    }

    pub(crate) fn all(&self, field: u64) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.0.iter().filter(move |(number, _)| *number == field).map(|(_, value)| *value)
    }

    pub(crate) fn messages(&self, field: u64) -> impl Iterator<Item = Message<'a>> + '_ {
        self.all(field).map(Message::read)
    }

    pub(crate) fn text(&self, field: u64) -> String {
        String::from_utf8(self.all(field).next().unwrap_or_default().to_vec()).unwrap()
    }

    pub(crate) fn hex(&self, field: u64) -> String {
        self.all(field).next().unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn number(&self, field: u64) -> u64 {
        self.all(field).next().map(number).unwrap_or(0)
    }
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(length);
    *bytes = rest;
    taken
}

fn take_number<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let length = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    take(bytes, length)
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| (number << 7) | u64::from(byte & 0x7f))
}
