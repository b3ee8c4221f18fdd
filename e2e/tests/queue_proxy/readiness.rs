//! Whether Knative sends requests to the pod.

use std::fs;

use kn_func_e2e::queue_proxy::{Probe, QueueProxy, client, past_the_proxy, probe};
use kn_func_e2e::{Finished, Signal, in_own_network, program, scratch, until};

use crate::pod::{self, Pod};

/// A function that opens for as long as nobody writes to a pipe does not listen, so it is not ready; then it is.
async fn is_ready_when_it_is_open(probe_of_it: Probe) {
    let folder = scratch();
    let pipe = folder.path().join("pipe");
    Finished::of(program("mkfifo").arg(&pipe)).stdout();
    let mut function = pod::function(&[("OPENS_AFTER", pipe.to_str().unwrap())]);
    function.says("opening").await;
    let _proxy = QueueProxy::default().probe(probe_of_it).start().await;

    // queue-proxy tries for ten seconds before it says so.
    let answer = probe().await;
    assert_eq!(answer.status(), 503, "{answer:?}");

    let waiting = tokio::spawn(probe());
    // Once queue-proxy has answered what was sent later, it has the probe.
    client().get("/").await;
    assert!(!waiting.is_finished(), "the function is not open");
    fs::write(&pipe, "").unwrap();
    let answer = waiting.await.unwrap();
    assert_eq!((answer.status(), answer.text()), (200, "queue"));
    function.stop().await;
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn a_tcp_probe_waits_for_a_function_that_opens() {
    in_own_network(async || is_ready_when_it_is_open(Probe::Tcp).await);
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn an_http_probe_waits_for_a_function_that_opens() {
    in_own_network(async || is_ready_when_it_is_open(Probe::Http).await);
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn an_http_probe_asks_the_ready_hook() {
    in_own_network(async || {
        let mut pod = Pod::of(pod::function(&[("UNREADY", "1")]), QueueProxy::default().probe(Probe::Http)).await;
        assert_eq!(probe().await.status(), 503);

        // Requests still come through: it is the activator and the kubelet that look at readiness.
        past_the_proxy().get("/ready").await;
        let answer = until("readiness", async || Some(probe().await).filter(|answer| answer.status() == 200)).await;
        assert_eq!(answer.text(), "queue");
        assert!(pod.function.is_running());
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn a_draining_function_is_not_ready_and_still_answers() {
    in_own_network(async || {
        let pod = Pod::with(QueueProxy::default().probe(Probe::Http)).await;
        assert_eq!(probe().await.status(), 200);
        let mut waiting = client().stream("/stream").await;
        assert_eq!(waiting.chunk().await.unwrap().unwrap(), "one ");

        pod.function.signal(Signal::SIGTERM);
        until("the drain", async || {
            let answer = past_the_proxy().get("/health/readiness").await;
            (answer.status() == 503).then_some(())
        })
        .await;
        assert_eq!(probe().await.status(), 503);
        assert_eq!(client().get("/").await.text(), "hello");

        client().get("/open").await;
        assert_eq!(waiting.rest().await.unwrap().text(), "two");
        assert_eq!(pod.function.ended().await.code, Some(0));
    });
}
