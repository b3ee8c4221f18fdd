//! A client of HTTP/1.1 that shows the bytes.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::soon;

/// One connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Reply {
    head: String,
    body: Vec<u8>,
}

/// The connection ended where an answer should have gone on.
#[derive(Debug)]
pub(crate) struct Broken;

impl Client {
    pub(crate) async fn connect(addr: SocketAddr) -> Self {
        Self::try_connect(addr).await.unwrap_or_else(|error| panic!("no connection to {addr}: {error}"))
    }

    pub(crate) async fn try_connect(addr: SocketAddr) -> std::io::Result<Self> {
        let stream = soon("a connection", TcpStream::connect(addr)).await?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
        self.reply().await
    }

    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Reply {
        let length = body.len();
        self.send(format!("POST {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\n\r\n{body}")).await;
        self.reply().await
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        soon("room for a request", self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    pub(crate) async fn reply(&mut self) -> Reply {
        self.try_reply().await.expect("the answer broke off")
    }

    pub(crate) async fn try_reply(&mut self) -> Result<Reply, Broken> {
        let head = self.head().await?;
        let mut reply = Reply { head, body: Vec::new() };
        if reply.says("transfer-encoding: chunked") {
            while let Some(chunk) = self.chunk().await? {
                reply.body.extend(chunk);
            }
            self.line().await?;
        } else if let Some(length) = reply.header("content-length") {
            reply.body = self.exactly(length.parse().unwrap()).await?;
        }
        Ok(reply)
    }

    /// The first lines of an answer, all in lower case.
    pub(crate) async fn head(&mut self) -> Result<String, Broken> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            head.push_str(&self.line().await?);
        }
        Ok(head.to_lowercase())
    }

    /// The next chunk of a chunked body; behind the last come the trailers and an empty line.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        let size = self.line().await?;
        match usize::from_str_radix(size.trim_end(), 16) {
            Ok(0) => Ok(None),
            Ok(size) => {
                let mut chunk = self.exactly(size + 2).await?;
                chunk.truncate(size);
                Ok(Some(chunk))
            }
            Err(_) => panic!("`{size}` is no size of a chunk"),
        }
    }

    pub(crate) async fn line(&mut self) -> Result<String, Broken> {
        let mut line = String::new();
        let read = soon("a line of an answer", self.stream.read_line(&mut line)).await;
        if read.is_ok() && line.ends_with('\n') { Ok(line) } else { Err(Broken) }
    }

    pub(crate) async fn exactly(&mut self, length: usize) -> Result<Vec<u8>, Broken> {
        let mut bytes = vec![0; length];
        let read = soon("the rest of an answer", self.stream.read_exact(&mut bytes)).await;
        read.map(|_| bytes).map_err(|_| Broken)
    }

    /// Whether the server closes the connection without another word.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let read = soon("the end of the connection", self.stream.read_u8()).await;
        read.is_err()
    }
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("status: {}", self.head))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    pub(crate) fn says(&self, field: &str) -> bool {
        self.head.lines().any(|line| line == field)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}
