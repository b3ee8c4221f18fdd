//! The race that loses requests: queue-proxy sends a POST on a connection that the function is just closing, and may not try again.
//!
//! queue-proxy keeps a connection that is idle for ninety seconds. A server must not close it earlier.

use std::convert::Infallible;
use std::thread;
use std::time::Duration;

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use kn_func_e2e::in_own_network;
use kn_func_e2e::queue_proxy::{FUNCTION, QueueProxy, client};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::pod::Pod;

/// At once, so that each needs a connection of its own.
const REQUESTS: u32 = 500;

/// When servers close connections that are idle: Node, many Java servers, hyper with a timer, AWS's balancers, nginx.
const MOMENTS: [u64; 5] = [5, 20, 30, 60, 75];

/// How long around the moment requests are sent.
const AROUND: Duration = Duration::from_millis(400);

/// Sends the requests evenly around a moment from now, and counts those that were lost.
async fn lost_around(moment: Duration) -> usize {
    let mut answers = JoinSet::new();
    for number in 0..REQUESTS {
        let at = moment + AROUND * number / REQUESTS - AROUND / 2;
        answers.spawn(async move {
            sleep(at).await;
            // It takes longer than all of them take to be sent, so no connection is used twice.
            let answer = client().post("/take?millis=500", "x").await;
            assert!(matches!(answer.status(), 200 | 502), "{answer:?}");
            answer.status()
        });
    }
    answers.join_all().await.into_iter().filter(|status| *status == 502).count()
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn no_post_is_lost_on_a_connection_that_was_idle() {
    // Each moment has a pod, so that they pass side by side.
    thread::scope(|pods| {
        for moment in MOMENTS {
            pods.spawn(move || {
                in_own_network(async move || {
                    let pod = Pod::start().await;
                    assert_eq!(lost_around(AROUND).await, 0, "on fresh connections");
                    assert_eq!(lost_around(Duration::from_secs(moment)).await, 0, "after {moment} idle seconds");
                    assert_eq!(pod.function.stop().await.code, Some(0));
                });
            });
        }
    });
}

/// What the test above looks for is there: a server that closes what was idle for a second loses requests.
#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn a_server_that_closes_idle_connections_does_lose_posts() {
    in_own_network(async || {
        let listener = TcpListener::bind(FUNCTION).await.unwrap();
        let server = tokio::spawn(closes_after(listener, Duration::from_secs(1)));
        let _proxy = QueueProxy::default().start().await;
        let mut lost = lost_around(AROUND).await;
        for _ in 0..20 {
            // The answers took half a second; the connections close a second after that.
            lost += lost_around(Duration::from_secs(1)).await;
            if lost > 0 {
                break;
            }
        }
        server.abort();
        assert!(lost > 0, "no request was lost, so the test above shows nothing");
    });
}

async fn closes_after(listener: TcpListener, idle: Duration) {
    while let Ok((stream, _)) = listener.accept().await {
        let answer = service_fn(async |_: Request<Incoming>| {
            sleep(Duration::from_millis(500)).await;
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(idle);
        tokio::spawn(server.serve_connection(TokioIo::new(stream), answer));
    }
}
