//! Reading and writing an event with 1 KiB of JSON, in both modes.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use kn_func_runtime::Event;
use kn_func_runtime::event::{
    EventBuilder, EventBuilderV10, Fault, Profile, STRUCTURED_TYPE, decode, encode_binary, encode_structured,
};

fn event(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("event");
    group.throughput(Throughput::Bytes(DATA as u64));
    for (mode, encode) in [("binary", binary as Encode), ("structured", structured)] {
        group.bench_function(format!("encode, {mode}"), |bench| {
            bench.iter_batched(order, encode, BatchSize::SmallInput);
        });
        let (headers, body) = encode(order()).expect("the event is a valid one");
        group.bench_function(format!("decode, {mode}"), |bench| {
            bench.iter(|| decode(black_box(&headers), black_box(&body), Profile::Lenient));
        });
    }
}

type Encode = fn(Event) -> Result<(HeaderMap, Bytes), Fault>;

fn binary(event: Event) -> Result<(HeaderMap, Bytes), Fault> {
    let mut headers = HeaderMap::new();
    let body = encode_binary(event, &mut headers)?;
    Ok((headers, body))
}

fn structured(event: Event) -> Result<(HeaderMap, Bytes), Fault> {
    let content_type = (CONTENT_TYPE, HeaderValue::from_static(STRUCTURED_TYPE));
    Ok((HeaderMap::from_iter([content_type]), encode_structured(event)?))
}

const DATA: usize = 1024;

fn order() -> Event {
    let data = format!(r#"{{"item":"{}"}}"#, "a".repeat(DATA - r#"{"item":""}"#.len()));
    EventBuilderV10::new()
        .id("b5cba1d5-2a3c-4b0c-8a0e-2b1f0f3a7c11")
        .source("https://shop.example.com/orders")
        .ty("com.example.order.placed")
        .subject("orders/17")
        .time("2024-05-01T12:00:00Z")
        .extension("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .data("application/json", data.into_bytes())
        .build()
        .expect("the event has all that it needs")
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    event(&mut criterion);
    criterion.final_summary();
}
