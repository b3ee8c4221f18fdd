//! The examples promise that as many requests as their concurrency allows fit into their memory limit. They do.

#![cfg(target_os = "linux")]

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use kn_func_e2e::{Server, built, many_files, program, repository, soon, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const KIB: usize = 1024;

/// Those that read a whole request and answer it.
const EXAMPLES: [&str; 11] = [
    "configured",
    "echo",
    "errors",
    "events",
    "get-emojis",
    "hello",
    "lambda-emojis",
    "observed",
    "sender",
    "state",
    "tower-layers",
];

/// What `func.yaml` says, and `k8s/service.yaml` too, as a test in `e2e/tools` sees to.
struct Limits {
    concurrency: usize,
    body: usize,
    memory: usize,
}

impl Limits {
    fn of(example: &str) -> Self {
        let read = |file: &str| {
            let file = repository().join("examples").join(example).join(file);
            fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        };
        let number = |text: &str, start: &str, end: &str, unit: usize| {
            let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no `{start}` for {example}"));
            let (number, _) = rest.split_once(end).unwrap_or_else(|| panic!("no `{end}` for {example}"));
            number.parse::<usize>().unwrap_or_else(|_| panic!("`{number}` for {example}")) * unit
        };
        let function = read("func.yaml");
        let body = if function.contains(&format!("'{{{{ configMap:{example} }}}}'")) {
            number(&read("k8s/configmap.yaml"), "FUNC_BODY_LIMIT: ", "KiB\n", KIB)
        } else {
            number(&function, "FUNC_BODY_LIMIT\n    value: ", "KiB\n", KIB)
        };
        Self {
            concurrency: number(&function, "concurrency: ", "\n", 1),
            body,
            memory: number(&function, "limits:\n        cpu: \"1\"\n        memory: ", "Mi\n", KIB * KIB),
        }
    }
}

/// An example that runs on one thread with the limits of its manifests, and all clients that it may have at once.
struct Crowd {
    server: Server,
    limits: Limits,
    clients: Vec<TcpStream>,
}

impl Crowd {
    async fn at(example: &str) -> Self {
        many_files();
        let limits = Limits::of(example);
        let mut server = program(built(example));
        server.env("LISTEN_ADDRESS", "127.0.0.1:0").env("FUNC_WORKERS", "1");
        let mut server = Server::start(server.env("FUNC_BODY_LIMIT", limits.body.to_string()));
        let address = server.address().await;
        let mut clients = Vec::new();
        for _ in 0..limits.concurrency {
            clients.push(soon("a connection", TcpStream::connect(address)).await.expect("the example listens"));
        }
        Self { server, limits, clients }
    }

    /// All clients send this.
    async fn send(&mut self, bytes: &[u8]) {
        for client in &mut self.clients {
            soon("room for a request", client.write_all(bytes)).await.expect("the example reads");
        }
    }

    /// All clients get something that has this in it.
    async fn get(&mut self, what: &str) {
        for client in &mut self.clients {
            let mut got = Vec::new();
            while !String::from_utf8_lossy(&got).contains(what) {
                let read = soon(what, client.read_buf(&mut got)).await.expect("the example answers");
                assert!(read > 0, "{}", String::from_utf8_lossy(&got));
            }
        }
    }

    /// Waits until the example has taken all that was sent.
    async fn is_heard(&self) {
        let address = self.clients[0].peer_addr().expect("a client is connected");
        // One after the other: what leaves the clients arrives at the example in between.
        until("the clients to send", async || (unsent(address) == 0).then_some(())).await;
        until("the example to read", async || (unread(address) == 0).then_some(())).await;
    }

    /// The most memory that the example ever had is below its limit, with a fourth left for what the kernel keeps of connections.
    fn fits(self) {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.server.id())).expect("Linux tells of processes");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells of memory");
        let peak: usize = peak.trim().trim_end_matches(" kB").parse().expect("memory is a number");
        let (clients, limit) = (self.clients.len(), self.limits.memory / KIB);
        println!("{clients} clients: {} MiB of {} MiB", peak / KIB, limit / KIB);
        assert!(peak <= limit / 4 * 3, "{clients} clients took {peak} KiB of {limit} KiB");
    }
}

/// How many bytes for whoever listens at an address are still with those who send them.
fn unsent(address: SocketAddr) -> u64 {
    queues(|_, remote| remote == address).into_iter().map(|(unsent, _)| unsent).sum()
}

/// How many bytes have arrived for whoever listens at an address and wait to be read.
fn unread(address: SocketAddr) -> u64 {
    queues(|local, _| local == address).into_iter().map(|(_, unread)| unread).sum()
}

/// The queues of the connections of which both ends are as wanted.
fn queues(wanted: impl Fn(SocketAddr, SocketAddr) -> bool) -> Vec<(u64, u64)> {
    let sockets = fs::read_to_string("/proc/thread-self/net/tcp").expect("Linux tells of sockets");
    let queues = sockets.lines().skip(1).filter_map(|line| {
        let words: Vec<_> = line.split_whitespace().take(5).collect();
        let [_, local, remote, _, queues] = words[..] else { panic!("no socket: {line}") };
        let (unsent, unread) = queues.split_once(':').expect("a socket has two queues");
        let bytes = |queue| u64::from_str_radix(queue, 16).expect("a queue has a size");
        wanted(socket_address(local), socket_address(remote)).then(|| (bytes(unsent), bytes(unread)))
    });
    queues.collect()
}

/// As the kernel writes it: the bytes of the address as a number of this machine.
fn socket_address(text: &str) -> SocketAddr {
    let (ip, port) = text.split_once(':').expect("an address has a port");
    let ip = u32::from_str_radix(ip, 16).expect("an address is a number").to_ne_bytes();
    (ip, u16::from_str_radix(port, 16).expect("a port is a number")).into()
}

/// JSON of that many bytes.
fn body(size: usize) -> Vec<u8> {
    let padding = size - r#"{"item":""}"#.len();
    format!(r#"{{"item":"{}"}}"#, "x".repeat(padding)).into_bytes()
}

#[tokio::test]
#[ignore = "e2e/run: needs Linux and a thousand open files"]
async fn bodies_of_the_greatest_size_fit_into_memory() {
    for example in EXAMPLES {
        let mut crowd = Crowd::at(example).await;
        let body = body(crowd.limits.body);
        let (last, most) = body.split_last().expect("a body has bytes");
        let head = format!(
            "POST / HTTP/1.1\r\nhost: h\r\nce-specversion: 1.0\r\nce-id: 1\r\nce-source: /s\r\nce-type: order.placed\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        crowd.send(head.as_bytes()).await;
        crowd.send(most).await;
        crowd.is_heard().await;
        crowd.send(&[*last]).await;
        crowd.get("HTTP/1.1 ").await;
        crowd.fits();
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs Linux and a thousand open files"]
async fn the_sockets_of_all_clients_fit_into_memory() {
    let mut crowd = Crowd::at("websocket").await;
    let handshake = "GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                     sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    crowd.send(handshake.as_bytes()).await;
    crowd.get("\r\n\r\n").await;
    // A text of five bytes, masked with zeros.
    crowd.send(b"\x81\x85\0\0\0\0hello").await;
    crowd.get("hello").await;
    crowd.fits();
}

#[tokio::test]
#[ignore = "e2e/run: needs Linux and a thousand open files"]
async fn the_streams_of_all_clients_fit_into_memory() {
    let mut crowd = Crowd::at("stream").await;
    crowd.send(b"GET /ticks HTTP/1.1\r\nhost: h\r\n\r\n").await;
    crowd.get("id: 1\n").await;
    crowd.fits();
}

#[tokio::test]
#[ignore = "e2e/run: needs Linux"]
async fn what_nobody_reads_is_counted_at_both_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    assert_eq!((unsent(address), unread(address)), (0, 0));

    let (mut sent, block) = (0, vec![0; KIB * KIB]);
    // The kernel makes room by and by, so it is full when it takes nothing for a while.
    while let Ok(Ok(written)) = timeout(Duration::from_millis(500), client.write(&block)).await {
        sent += written as u64;
    }
    assert!(unsent(address) > 0 && unread(address) > 0);
    until("each byte to be at one end", async || (unsent(address) + unread(address) == sent).then_some(())).await;

    drop(client);
    let mut read = Vec::new();
    soon("the end", server.read_to_end(&mut read)).await.unwrap();
    assert_eq!(read.len() as u64, sent);
    until("nothing to be left", async || (unsent(address) + unread(address) == 0).then_some(())).await;
}
