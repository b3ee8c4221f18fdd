//! A request through the whole runtime, without a socket.

use criterion::Criterion;
use kn_func_runtime::event::{EventBuilder, EventBuilderV10};
use kn_func_runtime::{Context, Event, Function, Request, TestClient};
use tokio::runtime::{Builder, Runtime};

const PAYLOAD: [u8; 1024] = [b'a'; 1024];

fn invoke(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("invoke");

    let hello = TestClient::new(Function::new(async |_: Context| "hello"));
    group.bench_function("hello", |bench| bench.to_async(&runtime).iter(|| hello.get("/").send()));

    let streaming = TestClient::new(Function::new(async |_: Request| "hello"));
    group.bench_function("hello, streaming input", |bench| {
        bench.to_async(&runtime).iter(|| streaming.get("/").send());
    });

    let echo = TestClient::new(Function::new(async |body: bytes::Bytes| body));
    group.bench_function("echo of 1 KiB", |bench| {
        bench.to_async(&runtime).iter(|| echo.post("/").body(&PAYLOAD[..]).send());
    });

    let reply = TestClient::new(Function::new(async |event: Event| event));
    let event = EventBuilderV10::new().id("1").source("/shop").ty("order.placed").data("text/plain", PAYLOAD.to_vec());
    let event = event.build().expect("the event has all that it needs");
    group.bench_function("event of 1 KiB and its reply", |bench| {
        bench.to_async(&runtime).iter(|| reply.event(event.clone()).send());
    });
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("the system gives a runtime")
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    invoke(&mut criterion);
    criterion.final_summary();
}
