//! What takes too long, and what breaks.

use kn_func_e2e::queue_proxy::{QueueProxy, client, speaking};
use kn_func_e2e::{Protocol, in_own_network};

use crate::pod::Pod;

const BOTH: [Protocol; 2] = [Protocol::Http1, Protocol::H2c];

/// An hour: no test waits for it.
const FOR_EVER: &str = "/take?millis=3600000";

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn an_answer_that_does_not_begin_in_time_is_a_504_and_the_work_on_it_ends() {
    in_own_network(async || {
        let mut pod = Pod::with(QueueProxy::default().timeout(3)).await;
        for protocol in BOTH {
            let answer = speaking(protocol).get(FOR_EVER).await;
            assert_eq!((answer.status(), answer.text()), (504, "request timeout"), "{protocol:?}");
            pod.function.says("take ended").await;
        }
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn the_first_byte_has_a_timeout_of_its_own() {
    in_own_network(async || {
        let mut pod = Pod::with(QueueProxy::default().response_start_timeout(3)).await;
        let mut stream = client().stream("/stream").await;
        assert_eq!(stream.chunk().await.unwrap().unwrap(), "one ");
        // When this one is out of time, so would be the stream, which began before it; but it did begin.
        let answer = client().get(FOR_EVER).await;
        assert_eq!((answer.status(), answer.text()), (504, "request timeout"));
        pod.function.says("take ended").await;
        client().get("/open").await;
        assert_eq!(stream.rest().await.unwrap().text(), "two");
    });
}

/// queue-proxy cuts a stream and writes the reason at its end, as if it were whole; the function hears that its client is gone.
async fn is_cut(proxy: QueueProxy) {
    let mut pod = Pod::with(proxy).await;
    for protocol in BOTH {
        let answer = speaking(protocol).get("/stream").await;
        assert_eq!((answer.status(), answer.text()), (200, "one request timeout"), "{protocol:?}");
        pod.function.says("stream ended").await;
    }
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn a_stream_that_takes_too_long_is_cut_and_the_work_on_it_ends() {
    in_own_network(async || is_cut(QueueProxy::default().timeout(3)).await);
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn a_stream_that_pauses_too_long_is_cut_and_the_work_on_it_ends() {
    in_own_network(async || is_cut(QueueProxy::default().idle_timeout(3)).await);
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn a_client_that_goes_away_ends_the_work_for_it() {
    in_own_network(async || {
        let mut pod = Pod::start().await;
        for protocol in BOTH {
            let mut stream = speaking(protocol).stream("/stream").await;
            assert_eq!(stream.chunk().await.unwrap().unwrap(), "one ");
            drop(stream);
            pod.function.says("stream ended").await;
        }
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn a_stream_that_fails_in_the_middle_is_seen_to_fail() {
    in_own_network(async || {
        let _pod = Pod::start().await;
        for protocol in BOTH {
            let mut stream = speaking(protocol).stream("/stream/fail").await;
            assert_eq!(stream.chunk().await.unwrap().unwrap(), "one ");
            client().get("/open").await;
            let rest = stream.rest().await;
            assert!(rest.is_err(), "{protocol:?}: {rest:?}");
        }
    });
}
