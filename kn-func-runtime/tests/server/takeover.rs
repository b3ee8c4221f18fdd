//! A socket that stays open while one process follows another, as tools for development and systemd pass it.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use crate::support::process::{start_on, start_on_in_vain};
use crate::support::{Client, process::Process};

/// A socket whose file belongs to the test; a process gets a copy.
fn socket() -> (TcpListener, SocketAddr) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    (socket, addr)
}

async fn start(socket: &TcpListener) -> Process {
    start_on(socket.try_clone().unwrap().into(), "workshop").await
}

#[tokio::test]
async fn a_socket_that_is_passed_is_served_in_place_of_port() {
    let (socket, addr) = socket();
    let process = start(&socket).await;
    assert_eq!(process.addrs, [addr]);
    assert_eq!(Client::connect(addr).await.get("/").await.text(), "hello");
}

#[tokio::test]
async fn no_connection_is_refused_while_the_next_process_takes_over() {
    let (socket, addr) = socket();
    let mut process = start(&socket).await;
    for _ in 0..3 {
        process.signal("TERM").await;
        let ended = process.ended().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        // Nobody serves now, and yet one can connect and ask.
        let mut early = Client::connect(addr).await;
        early.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
        process = start(&socket).await;
        assert_eq!(early.reply().await.text(), "hello");
    }
}

#[tokio::test]
async fn requests_are_answered_while_both_processes_run() {
    let (socket, addr) = socket();
    let mut old = start(&socket).await;
    let mut asking = Client::connect(addr).await;
    assert_eq!(asking.get("/").await.text(), "hello");
    let new = start(&socket).await;
    old.signal("TERM").await;
    // One request after the other, so that the old process would never find a pause to end in.
    let mut answered = 0;
    while old.is_running() || answered < 50 {
        asking.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
        match asking.try_reply().await {
            Ok(reply) => {
                assert_eq!(reply.text(), "hello");
                answered += 1;
                if reply.header("connection") == Some("close") {
                    asking = Client::connect(addr).await;
                }
            }
            // The old process has closed an idle connection.
            Err(_) => asking = Client::connect(addr).await,
        }
    }
    assert_eq!(old.ended().await.code, Some(0));
    assert_eq!(Client::connect(addr).await.get("/").await.text(), "hello");
    drop(new);
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_one_line_and_exit_code_2() {
    let file: OwnedFd = std::fs::File::open("/dev/null").unwrap().into();
    let ended = start_on_in_vain(file, "workshop").ended().await;
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.stderr, "LISTEN_FDS names no listening TCP socket: fd 3 is not a socket\n");
}
