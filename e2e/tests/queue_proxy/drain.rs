//! The end of a pod, in the order in which Knative brings it about.
//!
//! The kubelet sends SIGTERM to queue-proxy and asks it, before it sends one to the function, to wait until nothing has come for
//! thirty seconds.

use std::time::Duration;

use kn_func_e2e::queue_proxy::{Probe, QueueProxy, past_the_proxy, probe, speaking, wait_for_drain};
use kn_func_e2e::{Answer, Client, Protocol, Signal, in_own_network};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{interval, sleep};

use crate::pod::Pod;

const BOTH: [Protocol; 2] = [Protocol::Http1, Protocol::H2c];

/// For how long requests still come after the pod was told to end, as routes and other nodes hear of it late.
const STRAGGLING: Duration = Duration::from_secs(5);

/// Sends a request every few milliseconds for a while, and gives all answers.
fn load(client: Client) -> JoinHandle<Vec<Answer>> {
    tokio::spawn(async move {
        let mut answers = JoinSet::new();
        let mut ticks = interval(Duration::from_millis(10));
        for _ in 0..STRAGGLING.as_millis() / ticks.period().as_millis() {
            ticks.tick().await;
            let client = client.clone();
            answers.spawn(async move { client.get("/take?millis=200").await });
        }
        answers.join_all().await
    })
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn no_request_is_lost_when_a_pod_ends() {
    in_own_network(async || {
        let pod = Pod::with(QueueProxy::default().probe(Probe::Http)).await;
        assert_eq!(probe().await.status(), 200);
        let loads = BOTH.map(|protocol| load(speaking(protocol)));
        sleep(STRAGGLING / 2).await;

        pod.proxy.signal(Signal::SIGTERM);
        let waited = tokio::spawn(wait_for_drain());
        let loads = loads.into_iter().chain(BOTH.map(|protocol| load(speaking(protocol)))).collect::<Vec<_>>();
        // It comes last and takes longer than queue-proxy waits, so it is in flight when the function is told to stop.
        sleep(STRAGGLING).await;
        let long = BOTH.map(|protocol| tokio::spawn(async move { speaking(protocol).get("/take?millis=35000").await }));
        for load in loads {
            for answer in load.await.unwrap() {
                assert_eq!((answer.status(), answer.text()), (200, "taken"));
            }
        }

        assert_eq!(waited.await.unwrap().status(), 200);
        assert!(long.iter().all(|answer| !answer.is_finished()), "the long requests were to be in flight still");
        pod.function.signal(Signal::SIGTERM);
        for answer in long {
            let answer = answer.await.unwrap();
            assert_eq!((answer.status(), answer.text()), (200, "taken"));
        }
        let function = pod.function.ended().await;
        assert_eq!(function.code, Some(0), "{:#?}", function.log);
        assert!(function.log.iter().any(|line| line.contains("stopped")), "{:#?}", function.log);
        assert_eq!(pod.proxy.ended().await.code, Some(0));
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn a_function_that_is_restarted_alone_loses_nothing() {
    in_own_network(async || {
        // A liveness probe that fails: queue-proxy goes on, and sends requests until the function is gone.
        let pod = Pod::start().await;
        let load = BOTH.map(|protocol| load(speaking(protocol)));
        sleep(STRAGGLING / 2).await;
        assert_eq!(wait_for_drain().await.status(), 200);
        pod.function.signal(Signal::SIGTERM);
        for load in load {
            for answer in load.await.unwrap() {
                assert_eq!((answer.status(), answer.text()), (200, "taken"));
            }
        }
        assert_eq!(pod.function.ended().await.code, Some(0));
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn while_a_pod_ends_readiness_is_refused_and_requests_are_not() {
    in_own_network(async || {
        let pod = Pod::with(QueueProxy::default().probe(Probe::Http)).await;
        pod.proxy.signal(Signal::SIGTERM);
        let refused =
            kn_func_e2e::until("the refusal", async || Some(probe().await).filter(|answer| answer.status() == 503));
        assert_eq!(refused.await.text().trim_end(), "shutting down");
        assert_eq!(past_the_proxy().get("/health/readiness").await.status(), 200);
        for protocol in BOTH {
            assert_eq!(speaking(protocol).get("/").await.text(), "hello");
        }
    });
}
