//! Work of a request that another thread does.

use std::thread;

use kn_func_runtime::{Context, Function, Request, RequestExt, RequestHandle, Result, TestClient};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// Runs work on a thread of its own, as a function that is not `Send` needs it.
async fn elsewhere(handle: RequestHandle, work: impl FnOnce() -> String + Send + 'static) -> Result<String> {
    let (reply, answer) = oneshot::channel();
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().build().expect("a runtime without drivers needs nothing");
        reply.send(runtime.block_on(handle.run(async { work() })))
    });
    answer.await?
}

#[tokio::test]
async fn work_of_another_thread_answers_the_request() {
    let client = TestClient::new(Function::new(async |ctx: Context| {
        let body = ctx.body().len();
        elsewhere(ctx.handle(), move || format!("{body} bytes")).await
    }));
    assert_eq!(client.post("/").body("four").send().await.text(), "4 bytes");
}

#[tokio::test]
async fn a_panic_of_another_thread_is_a_500() {
    let client = TestClient::new(Function::new(async |request: Request| {
        elsewhere(request.handle(), || panic!("out of luck")).await
    }));
    let reply = client.get("/").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (500, "internal error"));
}
