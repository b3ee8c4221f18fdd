//! func's own tests of lifecycles, with this test in the place of the kubelet.

use std::future::ready;
use std::path::Path;

use http::StatusCode;
use kn_func_e2e::{Client, Server};
use kn_func_runtime::Function;
use tokio::net::TcpListener;
use tokio::sync::mpsc::unbounded_channel;

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
    let (record, mut recorded) = unbounded_channel();
    let recorder = Function::new(move |body: String| ready(record.send(body).map_err(|_| StatusCode::GONE)));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mut server = start(&[("RECORDER", &listener.local_addr().unwrap().to_string())]);
    server.address().await;

    let mut code = None;
    let stopped = async { code = server.stop().await.code };
    kn_func_runtime::Server::new(recorder).serve(listener, stopped).await.unwrap();
    assert_eq!(recorded.recv().await.as_deref(), Some("stop-rust"));
    assert_eq!(code, Some(0));
}
