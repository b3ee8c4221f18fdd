//! The examples promise that as many requests as their concurrency allows fit into their memory limit. They do.

use std::fs;
use std::net::SocketAddr;

use kn_func_e2e::{Server, built, program, repository, soon, until};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const KIB: usize = 1024;

/// What `func.yaml` says, and `k8s/service.yaml` too, as a test in `e2e/tools` sees to.
struct Limits {
    concurrency: usize,
    body: usize,
    memory: usize,
}

impl Limits {
    fn of(example: &str) -> Self {
        let file = repository().join("examples").join(example).join("func.yaml");
        let text = fs::read_to_string(file).expect("each example has a func.yaml");
        let number = |start: &str, end: &str, unit: usize| {
            let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no `{start}` for {example}"));
            let (number, _) = rest.split_once(end).unwrap_or_else(|| panic!("no `{end}` for {example}"));
            number.parse::<usize>().unwrap_or_else(|_| panic!("`{number}` for {example}")) * unit
        };
        Self {
            concurrency: number("concurrency: ", "\n", 1),
            body: number("FUNC_BODY_LIMIT\n    value: ", "KiB\n", KIB),
            memory: number("limits:\n        cpu: \"1\"\n        memory: ", "Mi\n", KIB * KIB),
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
        // Each client is an open file, and many systems give a process 1024.
        let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("the system tells its limits");
        setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("a limit can be raised to what is allowed");
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
        until("the example to read", async || (waiting(address) == 0).then_some(())).await;
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

/// How many bytes wait for whoever listens at an address.
fn waiting(address: SocketAddr) -> u64 {
    let sockets = fs::read_to_string("/proc/thread-self/net/tcp").expect("Linux tells of sockets");
    let port = format!(":{:04X}", address.port());
    let ours = sockets.lines().filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        words.next().filter(|local| local.ends_with(&port))?;
        let (_, received) = words.nth(2)?.split_once(':')?;
        u64::from_str_radix(received, 16).ok()
    });
    ours.sum()
}

/// JSON of that many bytes.
fn body(size: usize) -> Vec<u8> {
    let padding = size - r#"{"item":""}"#.len();
    format!(r#"{{"item":"{}"}}"#, "x".repeat(padding)).into_bytes()
}

#[tokio::test]
#[ignore = "e2e/run: needs Linux and a thousand open files"]
async fn bodies_of_the_greatest_size_fit_into_memory() {
    for example in ["echo", "errors", "events", "get-emojis", "hello", "state"] {
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
