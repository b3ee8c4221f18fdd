//! Spans.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::Poll;

use http::HeaderMap;
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId};
use opentelemetry_sdk::trace::Sampler;
use tracing::Instrument;

use super::*;
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::otel::ids;
use crate::trace::propagate;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const UNSAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

fn trace() -> TraceId {
    TraceId::from_hex(TRACE).unwrap()
}

fn parent() -> SpanId {
    SpanId::from_hex("b7ad6b7169203331").unwrap()
}

/// Says what a request would be sent with that the function makes.
async fn passed_on(_: Context) -> String {
    let mut headers = HeaderMap::new();
    propagate(&mut headers);
    let mut lines: Vec<_> =
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    lines.join("\n")
}

#[tokio::test]
async fn a_request_has_one_span() {
    let traced = traced(Function::new(async |text: String| text));
    traced.client.post("/orders?secret=1").header("x-request-id", "r-1").body("12345").send().await;
    let span = traced.spans.one();
    assert_eq!(
        (span.name.as_ref(), span.span_kind.clone(), span.status.clone()),
        ("POST", SpanKind::Server, Status::Unset)
    );
    assert_eq!(span.parent_span_id, SpanId::INVALID);
    for (name, value) in [
        ("http.request.method", "POST"),
        ("url.path", "/orders"),
        ("url.scheme", "http"),
        ("http.response.status_code", "200"),
        ("http.request.body.size", "5"),
        ("http.response.body.size", "5"),
        ("faas.trigger", "http"),
        ("faas.invocation_id", "r-1"),
        ("faas.coldstart", "true"),
    ] {
        assert_eq!(attribute(&span, name).as_deref(), Some(value), "{name}");
    }
    assert!(!format!("{span:?}").contains("secret"), "{span:#?}");
}

#[tokio::test]
async fn only_the_first_request_is_a_cold_start() {
    let traced = traced(Function::new(async |_: Context| ()));
    for _ in 0..3 {
        traced.client.get("/").send().await;
    }
    let cold: Vec<_> = traced.spans.all().iter().map(|span| attribute(span, "faas.coldstart").unwrap()).collect();
    assert_eq!(cold, ["true", "false", "false"]);
}

#[tokio::test]
async fn a_probe_has_no_span() {
    let traced = traced(Function::new(async |_: Context| ()));
    traced.client.get("/health/readiness").header("traceparent", PARENT).send().await;
    traced.client.get("/health/liveness").send().await;
    assert!(traced.spans.all().is_empty());
}

#[tokio::test]
async fn a_span_is_the_child_of_the_one_that_its_request_names() {
    let traced = traced(Function::new(async |_: Context| ()));
    traced.client.get("/").header("traceparent", PARENT).header("tracestate", "a=1").send().await;
    let span = traced.spans.one();
    assert_eq!((span.span_context.trace_id(), span.parent_span_id), (trace(), parent()));
    assert_eq!(span.span_context.trace_state().header(), "a=1");
    assert!(span.parent_span_is_remote);
}

#[tokio::test]
async fn what_is_not_sampled_is_not_exported_and_goes_on_unsampled() {
    let traced = traced(Function::new(passed_on));
    let reply = traced.client.get("/").header("traceparent", UNSAMPLED).send().await;
    assert!(traced.spans.all().is_empty());
    assert!(reply.text().starts_with(&format!("traceparent: 00-{TRACE}-")), "{}", reply.text());
    assert!(reply.text().ends_with("-00"), "{}", reply.text());
}

#[tokio::test]
async fn a_sampler_that_says_no_is_heard() {
    let traced = traced_with(Function::new(passed_on), Config::default(), Sampler::AlwaysOff);
    let reply = traced.client.get("/").header("traceparent", PARENT).send().await;
    assert!(traced.spans.all().is_empty());
    assert!(reply.text().ends_with("-00"), "{}", reply.text());
}

#[tokio::test]
async fn an_event_names_its_parent_and_itself() {
    let traced = traced(Function::new(async |_: Context| ()));
    let event = traced.client.post("/").header("ce-specversion", "1.0").header("ce-id", "e-1");
    let event = event.header("ce-type", "shop.order").header("ce-source", "/shop").header("ce-subject", "7");
    event.header("ce-traceparent", PARENT).header("ce-tracestate", "a=1").send().await;
    let span = traced.spans.one();
    assert_eq!(span.name, "/shop process");
    assert_eq!((span.span_context.trace_id(), span.parent_span_id), (trace(), parent()));
    assert_eq!(span.span_context.trace_state().header(), "a=1");
    assert!(span.links.is_empty(), "{:?}", span.links);
    for (name, value) in [
        ("messaging.system", "knative"),
        ("messaging.operation.name", "process"),
        ("messaging.operation.type", "process"),
        ("messaging.message.id", "e-1"),
        ("cloudevents.event_id", "e-1"),
        ("cloudevents.event_type", "shop.order"),
        ("cloudevents.event_source", "/shop"),
        ("cloudevents.event_subject", "7"),
        ("cloudevents.event_spec_version", "1.0"),
        ("faas.trigger", "pubsub"),
    ] {
        assert_eq!(attribute(&span, name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test]
async fn an_event_in_structured_mode_names_its_parent_in_its_body() {
    let traced = traced(Function::new(passed_on));
    let event = format!(
        r#"{{"specversion":"1.0","id":"e-1","source":"/shop","type":"shop.order","traceparent":"{PARENT}","tracestate":"a=1"}}"#
    );
    let post = traced.client.post("/").header("content-type", "application/cloudevents+json; charset=utf-8");
    let reply = post.header("baggage", "user=7").body(event).send().await;
    let span = traced.spans.one();
    assert_eq!(span.name, "/shop process");
    assert_eq!((span.span_context.trace_id(), span.parent_span_id), (trace(), parent()));
    assert_eq!(attribute(&span, "url.path").as_deref(), Some("/"));
    assert_eq!(attribute(&span, "cloudevents.event_id").as_deref(), Some("e-1"));
    let own = span.span_context.span_id();
    assert_eq!(reply.text(), format!("baggage: user=7\ntraceparent: 00-{TRACE}-{own}-01\ntracestate: a=1"));
}

#[tokio::test]
async fn a_header_wins_over_what_an_event_says() {
    let traced = traced(Function::new(async |_: Context| ()));
    let other = PARENT.replace("0af7", "1111");
    let event = format!(r#"{{"specversion":"1.0","id":"1","source":"/s","type":"t","traceparent":"{other}"}}"#);
    let post = traced.client.post("/").header("content-type", "application/cloudevents+json");
    post.header("traceparent", PARENT).body(event).send().await;
    let span = traced.spans.one();
    assert_eq!((span.span_context.trace_id(), span.parent_span_id), (trace(), parent()));
    let links: Vec<_> = span.links.iter().map(|link| link.span_context.trace_id().to_string()).collect();
    assert_eq!(links, [TRACE.replace("0af7", "1111")], "it is linked to what made the event");
}

#[tokio::test]
async fn an_event_that_cannot_be_read_has_a_span_too() {
    let traced = traced(Function::new(async |_: Context| ()));
    traced.client.post("/").header("content-type", "application/cloudevents+json").body("{").send().await;
    let span = traced.spans.one();
    assert_eq!((span.name.as_ref(), span.status.clone()), ("POST", Status::Unset));
    assert_eq!(attribute(&span, "http.response.status_code").as_deref(), Some("400"));
}

#[tokio::test]
async fn spans_of_tracing_are_children_across_waits() {
    let traced = traced(Function::new(async |_: Context| {
        let work = async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().instrument(tracing::info_span!("inner")).await;
        };
        work.instrument(tracing::info_span!("outer", item = "cup")).await;
        tracing::debug_span!("detail").in_scope(|| ());
    }));
    let _exported = traced.with_tracing();
    traced.client.get("/").header("traceparent", PARENT).send().await;
    let (request, outer, inner) = (traced.spans.named("GET"), traced.spans.named("outer"), traced.spans.named("inner"));
    assert_eq!(outer.parent_span_id, request.span_context.span_id());
    assert_eq!(inner.parent_span_id, outer.span_context.span_id());
    assert_eq!(inner.span_context.trace_id(), trace());
    assert_eq!(attribute(&outer, "item").as_deref(), Some("cup"));
    assert_eq!(traced.spans.all().len(), 3, "what is below the level makes no span");
}

#[tokio::test]
async fn spawned_work_belongs_to_its_request() {
    let traced = traced(Function::new(async |ctx: Context| {
        ctx.spawn(async { tokio::task::yield_now().await }.instrument(tracing::info_span!("instrumented")));
        ctx.spawn(async {
            tokio::task::yield_now().await;
            tracing::info_span!("spawned").in_scope(|| ());
        });
    }));
    let _exported = traced.with_tracing();
    traced.client.get("/").send().await;
    traced.client.drain().await;
    let request = traced.spans.named("GET");
    for name in ["spawned", "instrumented"] {
        assert_eq!(traced.spans.named(name).parent_span_id, request.span_context.span_id(), "{name}");
    }
}

#[tokio::test]
async fn a_streaming_answer_belongs_to_its_request_and_ends_it() {
    let traced = traced(Function::new(async |_: Context| {
        Body::stream(async |mut sender| {
            sender.send("one").await?;
            tracing::info_span!("streamed").in_scope(|| ());
            sender.send("two").await
        })
    }));
    let _exported = traced.with_tracing();
    traced.client.get("/").send().await;
    let (streamed, request) = (traced.spans.named("streamed"), traced.spans.named("GET"));
    assert_eq!(streamed.parent_span_id, request.span_context.span_id());
    assert!(request.end_time >= streamed.end_time);
    assert_eq!(attribute(&request, "http.response.body.size").as_deref(), Some("6"));
}

#[tokio::test]
async fn requests_at_the_same_time_are_not_mixed_up() {
    let traced = traced(Function::new(async |ctx: Context| {
        let path = ctx.uri().path().to_owned();
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        tracing::info_span!("work", path).in_scope(|| ids().unwrap().1)
    }));
    let _exported = traced.with_tracing();
    let (a, b) = tokio::join!(traced.client.get("/a").send(), traced.client.get("/b").send());
    for (path, reply) in [("/a", a), ("/b", b)] {
        let is_of =
            |span: &&SpanData, name| span.name == name && span.attributes.iter().any(|it| it.value.as_str() == path);
        let all = traced.spans.all();
        let request = all.iter().find(|span| is_of(span, "GET")).unwrap();
        let work = all.iter().find(|span| is_of(span, "work")).unwrap();
        assert_eq!(work.parent_span_id, request.span_context.span_id(), "{path}");
        assert_eq!(reply.text(), work.span_context.span_id().to_string(), "{path}");
    }
    assert_eq!(ids(), None, "nothing is left on the thread");
}

#[tokio::test]
async fn what_the_function_asks_for_is_the_child_of_its_innermost_span() {
    let traced =
        traced(Function::new(async |ctx: Context| passed_on(ctx).instrument(tracing::info_span!("ask")).await));
    let _exported = traced.with_tracing();
    let request = traced.client.get("/").header("traceparent", PARENT).header("tracestate", "a=1");
    let reply = request.header("baggage", "user=7").send().await;
    let ask = traced.spans.named("ask").span_context.span_id();
    assert_eq!(reply.text(), format!("baggage: user=7\ntraceparent: 00-{TRACE}-{ask}-01\ntracestate: a=1"));
}

#[tokio::test]
async fn a_failure_is_an_error_with_its_words() {
    let function = Function::new(async |_: Context| -> Result<()> { Err(Error::internal("no disk")) });
    let traced = traced(function);
    traced.client.get("/").send().await;
    let span = traced.spans.one();
    assert_eq!(span.status, Status::error("no disk"));
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("500"));
    assert_eq!(span.events.events[0].name, "exception");
}

#[tokio::test]
async fn a_refusal_is_no_error() {
    let function = Function::new(async |_: Context| -> Result<()> { Err(Error::bad_request("no such item")) });
    let traced = traced(function);
    traced.client.get("/").send().await;
    let span = traced.spans.one();
    assert_eq!((span.status.clone(), span.events.len()), (Status::Unset, 0));
    assert_eq!(attribute(&span, "error.type"), None);
}

#[tokio::test]
async fn a_panic_is_an_error_with_its_words() {
    let traced = traced(Function::new(async |ctx: Context| -> () { panic!("no {}", ctx.uri().path()) }));
    traced.client.get("/luck").send().await;
    let span = traced.spans.one();
    assert!(format!("{:?}", span.status).contains("no /luck"), "{:?}", span.status);
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("panic"));
    let exception = &span.events.events[0];
    let said: Vec<_> = exception.attributes.iter().map(|it| (it.key.to_string(), it.value.to_string())).collect();
    assert_eq!(said[0], ("exception.type".to_owned(), "panic".to_owned()));
    assert!(said[1].0 == "exception.message" && said[1].1.contains("no /luck"), "{said:?}");
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_an_error() {
    let traced = traced(Function::new(async |_: Context| {
        Body::stream(async |mut sender| {
            sender.send("half").await?;
            Err(Error::internal("no disk"))
        })
    }));
    traced.client.get("/").send().await;
    let span = traced.spans.one();
    assert!(matches!(span.status, Status::Error { .. }), "{:?}", span.status);
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("broken_answer"));
    assert_eq!(attribute(&span, "http.response.status_code").as_deref(), Some("200"));
}

#[tokio::test]
async fn a_request_that_is_refused_at_once_has_a_span() {
    let function = Function::new(async |_: Context| pending::<()>().await);
    let traced = traced_with(function, Config::default().concurrency(1), Sampler::AlwaysOn);
    let mut first = pin!(traced.client.get("/first").send());
    poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx).is_pending())).await;
    assert_eq!(traced.client.get("/second").send().await.status(), 503);
    let span = traced.spans.one();
    assert!(matches!(span.status, Status::Error { .. }), "{:?}", span.status);
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("503"));
}

#[tokio::test]
async fn a_client_that_goes_away_is_no_error_of_the_function() {
    let traced = traced(Function::new(async |_: Context| pending::<()>().await));
    let mut sent = Box::pin(traced.client.get("/").send());
    poll_fn(|cx| Poll::Ready(sent.as_mut().poll(cx).is_pending())).await;
    assert!(traced.spans.all().is_empty());
    drop(sent);
    let span = traced.spans.one();
    assert_eq!(span.status, Status::Unset);
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("client_disconnect"));
}
