//! `podman stop`: what is in flight is answered, and what comes meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Method;
use kn_func_e2e::{Client, in_own_network};
use tokio::task::JoinSet;

use crate::container::Container;
use crate::image::Image;

const CLIENTS: usize = 4;
const REQUESTS_WHILE_IT_DRAINS: usize = 50;

#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn podman_stop_loses_no_request() {
    let image = Image::of_example("stream");
    in_own_network(async move || {
        let mut container = Container::start(&image, &[]).await;
        let client = container.client();
        let countdown = client.request(Method::GET, "/countdown?from=10").body(Default::default());
        let mut countdown = client.open(countdown.expect("the path is one")).await.expect("the countdown begins");
        assert_eq!(countdown.chunk().await.expect("the countdown goes on").as_deref(), Some(&b"10\n"[..]));

        let draining = Arc::new(AtomicBool::new(false));
        let mut load = JoinSet::new();
        for _ in 0..CLIENTS {
            load.spawn(request_until_a_while_after(draining.clone(), container.client()));
        }
        let stop = container.begin_stop();
        container.says(r#""draining""#).await;
        draining.store(true, Ordering::Relaxed);
        for _ in 0..REQUESTS_WHILE_IT_DRAINS {
            assert_eq!(container.client().get("/countdown?from=0").await.text(), "lift-off\n");
        }

        assert_eq!(
            countdown.rest().await.expect("the countdown is finished").text(),
            "9\n8\n7\n6\n5\n4\n3\n2\n1\nlift-off\n"
        );
        for answered in load.join_all().await {
            assert!(answered > REQUESTS_WHILE_IT_DRAINS, "{answered} requests were no load before the drain");
        }
        let ended = container.ended().await;
        assert_eq!(ended.code, Some(0), "{:#?}", ended.log);
        stop.done().await;
    });
}

/// One request after the other, each answered, before and during the drain.
async fn request_until_a_while_after(draining: Arc<AtomicBool>, client: Client) -> usize {
    let mut answered = 0;
    let mut left = REQUESTS_WHILE_IT_DRAINS;
    while left > 0 {
        if draining.load(Ordering::Relaxed) {
            left -= 1;
        }
        assert_eq!(client.get("/countdown?from=0").await.text(), "lift-off\n");
        answered += 1;
    }
    answered
}
