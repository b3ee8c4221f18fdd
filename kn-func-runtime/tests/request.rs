//! A request whose body still streams knows and can do what a `Context` does.

use kn_func_runtime::{Function, Request, RequestExt, TestClient};
use tokio::sync::watch;

#[tokio::test]
async fn a_request_has_the_id_that_came_with_it() {
    let client = TestClient::new(Function::new(async |request: Request| request.request_id()));
    let reply = client.get("/").header("x-request-id", "abc-1").send().await;
    assert_eq!(reply.text(), "abc-1");
}

#[tokio::test]
async fn the_drain_waits_for_what_a_request_spawned() {
    let finished = watch::Sender::new(false);
    let mut is_finished = finished.subscribe();
    let client = TestClient::new(Function::new(move |request: Request| {
        let (finished, draining) = (finished.clone(), request.draining());
        request.spawn(async move {
            draining.await;
            finished.send_replace(true);
        });
        async {}
    }));
    client.get("/").send().await;
    assert!(!*is_finished.borrow_and_update());
    client.drain().await;
    assert!(*is_finished.borrow());
}
