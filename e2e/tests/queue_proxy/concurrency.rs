//! How many requests are in the function at once.

use kn_func_e2e::in_own_network;
use kn_func_e2e::queue_proxy::{QueueProxy, client, past_the_proxy};
use tokio::task::JoinSet;

use crate::pod::Pod;

/// `containerConcurrency: 1` is one in the function and ten in line.
const CLIENTS: usize = 11;

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn with_concurrency_one_no_two_are_in_the_function() {
    in_own_network(async || {
        let _pod = Pod::with(QueueProxy::default().concurrency(1)).await;
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            clients.spawn(async {
                let client = client();
                for _ in 0..20 {
                    let answer = client.get("/alone?millis=3").await;
                    assert_eq!((answer.status(), answer.text()), (200, "alone"));
                }
            });
        }
        clients.join_all().await;
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn without_a_limit_many_are_in_the_function() {
    in_own_network(async || {
        let _pod = Pod::start().await;
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            clients.spawn(async { client().get("/alone?millis=1000").await.status() });
        }
        let answers = clients.join_all().await;
        assert!(answers.contains(&409), "nobody met anybody, so the test above shows nothing: {answers:?}");
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn the_twelfth_in_line_is_a_503_of_queue_proxy() {
    in_own_network(async || {
        let pod = Pod::with(QueueProxy::default().concurrency(1)).await;
        let mut first = client().stream("/stream").await;
        assert_eq!(first.chunk().await.unwrap().unwrap(), "one ");
        let mut clients = JoinSet::new();
        // The first is in the function, ten wait, and the others are refused at once.
        for _ in 0..15 {
            clients.spawn(async { client().get("/").await });
        }
        for _ in 0..5 {
            let answer = clients.join_next().await.unwrap().unwrap();
            assert_eq!((answer.status(), answer.text().trim_end()), (503, "pending request queue full"));
        }
        past_the_proxy().get("/open").await;
        assert_eq!(first.rest().await.unwrap().text(), "two");
        for answer in clients.join_all().await {
            assert_eq!((answer.status(), answer.text()), (200, "hello"));
        }
        assert_eq!(pod.function.stop().await.code, Some(0));
    });
}
