//! A function as a service of `tower`, and such a service as a function.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, Ready, pending, poll_fn, ready};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{self, Poll};
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use kn_func_runtime::{
    BareFunction, Body, BoxError, Config, Context, Error, Event, EventBuilder, EventBuilderV10, Function,
    FunctionService, Lifecycle, Request, RequestExt, Response, Result, Server, TestClient, async_trait, propagate,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tower_layer::{Layer, layer_fn};
use tower_service::Service;

fn event() -> Event {
    EventBuilderV10::new().id("7").source("/shop").ty("order").data("text/plain", "tea").build().unwrap()
}

fn hello() -> Function {
    Function::new(async |_: Context| "hello")
}

/// The status and the body of an answer.
async fn ask(service: &FunctionService, request: Request) -> (u16, String) {
    let response = service.clone().call(request).await.unwrap();
    let status = response.status().as_u16();
    (status, String::from_utf8(response.into_body().bytes().await.unwrap().into()).unwrap())
}

fn get(path: &str) -> Request {
    Request::builder().uri(path).body(Body::empty()).unwrap()
}

async fn is_pending(mut future: Pin<&mut impl Future>) -> bool {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await
}

// A function as a service.

#[tokio::test]
async fn a_service_has_the_health_routes_and_limits_of_its_function() {
    let config = Config::default().body_limit(4).readiness_path("/ready");
    let service = FunctionService::with_config(hello(), config);
    assert_eq!(ask(&service, get("/anything")).await, (200, "hello".into()));
    assert_eq!(ask(&service, get("/ready")).await, (200, "READY".into()));
    let too_large = get("/").map(|_| Body::from("12345"));
    assert_eq!(ask(&service, too_large).await, (413, "body is larger than 4 bytes".into()));
}

#[tokio::test]
async fn an_error_and_a_panic_are_answers_of_a_service() {
    let service = Function::new(async |ctx: Context| match ctx.uri().path() {
        "/panic" => panic!("out of luck"),
        _ => Err::<(), _>(Error::internal("disk is gone")),
    })
    .into_service();
    for path in ["/panic", "/error"] {
        assert_eq!(ask(&service, get(path)).await, (500, "internal error".into()), "{path}");
    }
}

#[tokio::test]
async fn a_service_answers_an_event_with_an_event() {
    let mut service = Function::new(async |text: String| text.to_uppercase()).into_service();
    let request = Request::post("/").header("ce-specversion", "1.0").header("ce-id", "1").header("ce-source", "/s");
    let response = service.call(request.header("ce-type", "t").body(Body::from("tea")).unwrap()).await.unwrap();
    assert_eq!(response.headers()["ce-type"], "function.response");
    assert_eq!(response.into_body().bytes().await.unwrap(), "TEA");
}

#[tokio::test]
async fn a_service_takes_bodies_of_others() {
    let mut service = Function::new(async |text: String| text).into_service();
    let body = http_body_util::Full::new(kn_func_runtime::Bytes::from("theirs"));
    let response = service.call(http::Request::new(body)).await.unwrap();
    assert_eq!(response.into_body().bytes().await.unwrap(), "theirs");
}

#[tokio::test]
async fn the_peer_of_a_service_is_an_extension_of_the_request() {
    let service = Function::new(async |ctx: Context| format!("{:?}", ctx.remote_addr())).into_service();
    assert_eq!(ask(&service, get("/")).await.1, "None");
    let mut request = get("/");
    request.extensions_mut().insert(SocketAddr::from(([192, 0, 2, 1], 80)));
    assert_eq!(ask(&service, request).await.1, "Some(192.0.2.1:80)");
}

/// A state that knows whether it was stopped.
#[derive(Default)]
struct App {
    is_closed: AtomicBool,
    is_stopped: AtomicBool,
}

#[async_trait]
impl Lifecycle for App {
    async fn ready(&self) -> Result<()> {
        if self.is_closed.load(Ordering::Relaxed) { Err(Error::unavailable("closed")) } else { Ok(()) }
    }

    async fn stop(&self) -> Result<()> {
        self.is_stopped.store(true, Ordering::Relaxed);
        Err(Error::internal("cannot flush"))
    }
}

#[tokio::test]
async fn whoever_owns_a_service_drains_and_stops_it() {
    let app = Arc::new(App::default());
    let gate = Arc::new(Notify::new());
    let waiting = gate.clone();
    let function = Function::with_state(app.clone(), move |_: Arc<App>, ctx: Context| {
        let gate = waiting.clone();
        async move {
            let draining = ctx.draining();
            ctx.spawn(async move {
                draining.await;
                gate.notified().await;
            });
        }
    });
    let service = function.into_service();
    assert_eq!(ask(&service, get("/")).await.0, 204);

    let mut stopping = pin!(service.stop());
    assert!(is_pending(stopping.as_mut()).await);
    assert_eq!(ask(&service, get("/health/readiness")).await, (503, "draining".into()));
    assert_eq!(ask(&service, get("/health/liveness")).await.0, 200);
    assert!(!app.is_stopped.load(Ordering::Relaxed), "spawned work is still there");

    gate.notify_one();
    assert_eq!(stopping.await.unwrap_err().cause().unwrap().to_string(), "cannot flush");
    assert!(app.is_stopped.load(Ordering::Relaxed));
}

#[tokio::test(start_paused = true)]
async fn the_drain_of_a_service_ends_when_its_time_is_over() {
    let function = Function::new(async |ctx: Context| ctx.spawn(pending()));
    let service = FunctionService::with_config(function, Config::default().drain_timeout(Duration::from_secs(3)));
    ask(&service, get("/")).await;
    let start = tokio::time::Instant::now();
    service.stop().await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(3));
}

// Layers.

/// Writes its name into a header of the answer, before those that are inside of it have.
#[derive(Clone)]
struct Named<S> {
    name: &'static str,
    inner: S,
}

fn named<S>(name: &'static str) -> impl Layer<S, Service = Named<S>> {
    layer_fn(move |inner| Named { name, inner })
}

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<S> Service<Request> for Named<S>
where
    S: Service<Request, Response = Response, Future: Send + 'static>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Boxed<Result<Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let name = HeaderValue::from_static(self.name);
        let answer = self.inner.call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            let event = response.headers().contains_key("ce-id").then_some("event");
            response.headers_mut().append("layer", name);
            response.headers_mut().insert("saw", HeaderValue::from_static(event.unwrap_or("plain")));
            Ok(response)
        })
    }
}

#[tokio::test]
async fn the_layer_that_is_put_on_last_is_the_outermost() {
    let client = TestClient::new(hello().layer(named("inner")).layer(named("outer")));
    let reply = client.get("/").send().await;
    let layers: Vec<_> = reply.headers().get_all("layer").iter().map(HeaderValue::as_bytes).collect();
    assert_eq!((layers, reply.text()), (vec![&b"inner"[..], b"outer"], "hello"));
}

#[tokio::test]
async fn a_layered_function_keeps_the_hooks_of_its_state() {
    let app = Arc::new(App::default());
    let function = Function::with_state(app.clone(), async |_: Arc<App>, _: Context| "open").layer(named("layer"));
    let client = TestClient::new(function.clone());
    assert_eq!(client.get("/health/readiness").send().await.text(), "READY");
    app.is_closed.store(true, Ordering::Relaxed);
    assert_eq!(client.get("/health/readiness").send().await.text(), "closed");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let error = Server::new(function).serve(listener, ready(())).await.unwrap_err();
    assert_eq!(error.cause().unwrap().to_string(), "cannot flush");
    assert!(app.is_stopped.load(Ordering::Relaxed));
}

#[tokio::test]
async fn an_event_through_a_layer_gets_its_reply_event() {
    let function = Function::new(async |event: Event| event.to_string().len().to_string()).layer(named("layer"));
    let reply = TestClient::new(function).event(event()).send().await;
    assert_eq!((reply.header("layer"), reply.header("saw")), ("layer", "plain"));
    assert_eq!(reply.header("ce-type"), "function.response");
}

#[tokio::test]
async fn a_layer_sees_the_request_that_the_function_sees() {
    /// Answers with what the layer knows of the request, in front of what the function knows.
    #[derive(Clone)]
    struct Knowing(BareFunction);

    impl Service<Request> for Knowing {
        type Response = Response;
        type Error = Infallible;
        type Future = Boxed<Result<Response, Infallible>>;

        fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
            Service::<Request>::poll_ready(&mut self.0, cx)
        }

        fn call(&mut self, request: Request) -> Self::Future {
            let id = request.request_id();
            // As layers with a queue do, in a task of its own.
            let answer = tokio::spawn(self.0.call(request));
            Box::pin(async move {
                let response = answer.await.unwrap()?;
                let body = response.into_body().bytes().await.unwrap();
                Ok(Response::new(Body::from([id.as_bytes(), b" ", &body].concat())))
            })
        }
    }

    let function = Function::new(async |ctx: Context| {
        let mut headers = HeaderMap::new();
        propagate(&mut headers);
        format!("{} {} {:?}", ctx.request_id(), ctx.deadline().is_some(), headers.get("baggage"))
    });
    let config = Config::default().request_timeout(Duration::from_secs(60));
    let client = TestClient::with_config(function.layer(layer_fn(Knowing)), config);
    let request = client.get("/").header("x-request-id", "one").header("baggage", "shop=7");
    assert_eq!(request.send().await.text(), r#"one one true Some("shop=7")"#);
}

#[tokio::test]
async fn an_error_below_a_layer_is_said_once_to_the_caller() {
    let function =
        Function::new(async |_: Context| Err::<(), _>(Error::internal("disk is gone"))).layer(named("layer"));
    let client = TestClient::with_config(function, Config::default().expose_errors(true));
    let reply = client.get("/").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (500, "Function raised disk is gone"));
    assert_eq!(reply.header("layer"), "layer");
}

#[tokio::test]
async fn one_place_is_enough_for_a_layered_function() {
    let client = TestClient::with_config(hello().layer(named("layer")), Config::default().concurrency(1));
    for _ in 0..2 {
        assert_eq!(client.get("/").send().await.status(), 200);
    }
}

// A service as a function.

/// A service of which each answer is thought out by the test, and which need not be `Sync`.
#[derive(Clone)]
struct Thought<R, C> {
    ready: R,
    call: C,
    _is_not_sync: Cell<()>,
}

fn thought<R, C, Fut>(ready: R, call: C) -> Function
where
    R: FnMut(&mut task::Context<'_>) -> Poll<Result<(), BoxError>> + Clone + Send + 'static,
    C: FnMut(Request) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<Response, BoxError>> + Send + 'static,
{
    Function::from_service(Thought { ready, call, _is_not_sync: Cell::new(()) })
}

impl<R, C, Fut> Service<Request> for Thought<R, C>
where
    R: FnMut(&mut task::Context<'_>) -> Poll<Result<(), BoxError>>,
    C: FnMut(Request) -> Fut,
    Fut: Future<Output = Result<Response, BoxError>>,
{
    type Response = Response;
    type Error = BoxError;
    type Future = Fut;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), BoxError>> {
        (self.ready)(cx)
    }

    fn call(&mut self, request: Request) -> Fut {
        (self.call)(request)
    }
}

fn at_once(_: &mut task::Context<'_>) -> Poll<Result<(), BoxError>> {
    Poll::Ready(Ok(()))
}

fn fine(_: Request) -> Ready<Result<Response, BoxError>> {
    ready(Ok(Response::new(Body::from("fine"))))
}

/// What the caller reads where causes are shown.
async fn shown(function: Function) -> (u16, String) {
    let client = TestClient::with_config(function, Config::default().expose_errors(true));
    let reply = client.get("/").send().await;
    (reply.status().as_u16(), reply.text().to_owned())
}

#[tokio::test]
async fn a_service_is_called_when_it_is_ready() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let function = thought(
        move |cx| {
            if count.fetch_add(1, Ordering::Relaxed) == 2 {
                return Poll::Ready(Ok(()));
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        },
        fine,
    );
    assert_eq!(shown(function).await, (200, "fine".into()));
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_never_ready_is_a_504() {
    let config = Config::default().request_timeout(Duration::from_secs(1));
    let client = TestClient::with_config(thought(|_| Poll::Pending, fine), config);
    assert_eq!(client.get("/").send().await.status(), StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn an_error_of_a_service_is_a_500_with_its_cause() {
    let unready = thought(|_| Poll::Ready(Err("queue is closed".into())), fine);
    assert_eq!(shown(unready).await, (500, "Function raised queue is closed".into()));
    let failing = thought(at_once, |_| ready(Err("disk is gone".into())));
    assert_eq!(shown(failing.clone()).await, (500, "Function raised disk is gone".into()));
    let reply = TestClient::new(failing).get("/").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (500, "internal error"));
}

#[tokio::test]
async fn a_panic_of_a_service_is_a_500_wherever_it_is() {
    let in_ready = thought(|_| panic!("ready"), fine);
    let in_call = thought(at_once, |_| -> Ready<Result<Response, BoxError>> { panic!("call") });
    let in_future = thought(at_once, |_| async { panic!("future") });
    for (function, word) in [(in_ready, "ready"), (in_call, "call"), (in_future, "future")] {
        for _ in 0..2 {
            let (status, words) = shown(function.clone()).await;
            assert_eq!(status, 500);
            assert!(words.ends_with(word), "{words}");
        }
    }
}

#[tokio::test]
async fn a_function_inside_of_a_function_belongs_to_the_outer_server() {
    let gate = Arc::new(Notify::new());
    let waiting = gate.clone();
    let inner = Function::new(move |ctx: Context| {
        let gate = waiting.clone();
        async move {
            ctx.spawn(async move { gate.notified().await });
            format!("{} {}", ctx.request_id(), ctx.event().is_some())
        }
    });
    let config = Config::default().concurrency(1).name("outer");
    let client = TestClient::with_config(Function::from_service(inner.into_service()), config);
    let reply = client.event(event()).header("x-request-id", "one").send().await;
    assert_eq!((reply.text(), reply.header("ce-source")), ("one true", "outer"));

    let drained = client.drain();
    let mut drained = pin!(drained);
    assert!(is_pending(drained.as_mut()).await);
    gate.notify_one();
    drained.await;
}

/// One piece of data and a trailer.
fn with_trailers() -> Body {
    Body::stream(|mut client| async move {
        client.send("data").await?;
        let trailers = [(HeaderName::from_static("checksum"), HeaderValue::from_static("42"))];
        client.send_trailers(HeaderMap::from_iter(trailers)).await
    })
}

#[tokio::test]
async fn trailers_pass_through_layers_and_services() {
    let bare = Function::new(async |_: Context| with_trailers());
    let layered = bare.clone().layer(named("layer"));
    let around = Function::from_service(layered.clone().into_service());
    for function in [bare, layered, around] {
        let response = function.into_service().call(get("/")).await.unwrap();
        let collected = response.into_body().collect().await.unwrap();
        assert_eq!(collected.trailers().unwrap()["checksum"], "42");
        assert_eq!(collected.to_bytes(), "data");
    }
}

#[tokio::test]
async fn a_stream_through_a_layer_is_read_while_it_is_answered() {
    let echo = Function::new(async |mut request: Request| {
        Body::stream(|mut client| async move {
            while let Some(chunk) = request.body_mut().chunk().await? {
                client.send(chunk).await?;
            }
            Ok(())
        })
    });
    let mut service = echo.layer(named("layer")).into_service();
    let (mut sender, body) = Body::channel();
    let mut answer = service.call(Request::post("/").body(body).unwrap()).await.unwrap().into_body();
    for word in ["ping", "pong"] {
        sender.send(word).await.unwrap();
        assert_eq!(answer.chunk().await.unwrap().unwrap(), word);
    }
    sender.finish().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn a_broken_stream_of_a_service_stays_broken() {
    let broken = Function::new(async |_: Context| {
        Body::stream(|mut client| async move {
            client.send("half").await?;
            Err(Error::internal("disk is gone"))
        })
    });
    let client = TestClient::new(Function::from_service(broken.layer(named("layer")).into_service()));
    assert!(client.get("/").send().await.is_broken());
}

#[tokio::test]
async fn a_connection_can_be_upgraded_below_a_layer() {
    let function = Function::new(async |mut request: Request| {
        let upgraded = hyper::upgrade::on(&mut request);
        request.spawn(async move {
            let mut connection = hyper_util::rt::TokioIo::new(upgraded.await.unwrap());
            let mut word = [0; 4];
            while connection.read_exact(&mut word).await.is_ok() {
                connection.write_all(&word).await.unwrap();
            }
        });
        let switching = Response::builder().status(101).header("connection", "upgrade").header("upgrade", "echo");
        switching.body(Body::empty()).unwrap()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let stop = Arc::new(Notify::new());
    let stopped = stop.clone();
    let layered = Function::from_service(function.layer(named("layer")).into_service());
    let server = tokio::spawn(async move { Server::new(layered).serve(listener, stopped.notified()).await });

    let mut client = TcpStream::connect(addr).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n").await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    client.write_all(b"ping").await.unwrap();
    let mut word = [0; 4];
    client.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"ping");
    drop(client);
    stop.notify_one();
    server.await.unwrap().unwrap();
}
