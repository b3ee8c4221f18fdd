//! func's own tests of lifecycles, with this test in the place of the kubelet.

use std::path::Path;

use kn_func_e2e::{Client, Server, soon};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpListener;

use crate::serve;

fn start(variables: &[(&str, &str)]) -> Server {
    serve(Path::new(env!("CARGO_BIN_EXE_lifecycle")), variables)
}

/// `NONCE=12` of `ALIVE=true NONCE=12`.
fn nonce(body: &str) -> String {
    body.split_once("NONCE=").unwrap_or_else(|| panic!("{body}")).1.into()
}

/// TestLifecycle_Hooks: start with its configuration, then ready, then no longer alive, then another process.
#[tokio::test]

async fn funcs_hooks_are_called() {
    let config = [("TEST_CONFIG_VALUE", "e2e-lifecycle-hooks")];
    let mut server = start(&config);
    let client = Client::new(server.address().await);

    let body = client.get("/").await;
    assert!(body.text().starts_with("START_OK:e2e-lifecycle-hooks READY=false ALIVE=true NONCE="), "{}", body.text());
    let readiness = client.get("/health/readiness").await;
    assert_eq!((readiness.status(), readiness.text()), (503, "warming up"));

    client.get("/set-ready").await;
    let body = client.get("/").await;
    assert!(body.text().contains("READY=true ALIVE=true"), "{}", body.text());
    let readiness = client.get("/health/readiness").await;
    assert_eq!(readiness.status(), 200);
    assert!(readiness.text().to_uppercase().contains("READY"), "{}", readiness.text());
    let first = nonce(body.text());

    assert_eq!(client.get("/health/liveness").await.text(), "ALIVE");
    assert_eq!(client.get("/set-unhealthy").await.text(), "UNHEALTHY");
    let liveness = client.get("/health/liveness").await;
    assert_eq!((liveness.status(), liveness.text()), (503, "unhealthy"));
    assert_eq!(server.stop().await.code, Some(0), "it stops as any other");

    let mut server = start(&config);
    let body = Client::new(server.address().await).get("/").await;
    assert!(body.text().contains("ALIVE=true"), "{}", body.text());
    assert_ne!(nonce(body.text()), first);
    server.stop().await;
}

/// TestLifecycle_Stop: the network is still there when the last hook is called.
#[tokio::test]

async fn funcs_stop_hook_reaches_a_recorder() {
    let recorder = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = recorder.local_addr().unwrap().to_string();
    let mut server = start(&[("RECORDER", &address)]);
    server.address().await;
    let (ended, recorded) = tokio::join!(server.stop(), soon("the stop hook", record(&recorder)));
    assert_eq!(recorded, "stop-rust");
    assert_eq!(ended.code, Some(0));
}

/// Takes one request and gives its body.
async fn record(recorder: &TcpListener) -> String {
    let (stream, _) = recorder.accept().await.unwrap();
    let mut stream = BufStream::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    stream.flush().await.unwrap();
    String::from_utf8(body).unwrap()
}
