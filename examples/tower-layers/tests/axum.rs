//! A function among the routes of `axum`, and a router of `axum` as a function.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::{any, get};
use kn_func_runtime::{
    Body, Config, Context, Error, Event, EventBuilder, EventBuilderV10, Function, Lifecycle, Request, RequestExt,
    Result, Server, TestClient, async_trait,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tower_http::compression::CompressionLayer;
use tower_service::Service;

fn function() -> Function {
    Function::new(async |ctx: Context| format!("function at {}", ctx.uri().path()))
}

/// The function below a path, and a route of the application beside it.
fn application() -> Router {
    Router::new()
        .route("/about", get(async || "application"))
        .route_service("/only", function().into_service())
        .nest_service("/function", function().into_service())
}

async fn ask(mut router: Router, request: Request) -> (u16, String) {
    let response = router.call(request).await.unwrap();
    let status = response.status().as_u16();
    let body = Body::new(response.into_body()).bytes().await.unwrap();
    (status, String::from_utf8(body.into()).unwrap())
}

fn get_request(path: &str) -> Request {
    Request::builder().uri(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_function_is_mounted_beside_other_routes() {
    for (path, answer) in [
        ("/about", (200, "application")),
        ("/only", (200, "function at /only")),
        ("/function/a/b", (200, "function at /a/b")),
        ("/function/health/readiness", (200, "READY")),
        ("/health/readiness", (404, "")),
    ] {
        let (status, text) = ask(application(), get_request(path)).await;
        assert_eq!((status, text.as_str()), answer, "{path}");
    }
}

#[tokio::test]
async fn a_function_takes_what_no_route_does() {
    let router = || application().fallback_service(function().into_service());
    assert_eq!(ask(router(), get_request("/elsewhere")).await.1, "function at /elsewhere");
    assert_eq!(ask(router(), get_request("/health/liveness")).await.1, "ALIVE");
    assert_eq!(ask(router(), get_request("/about")).await.1, "application");
}

#[tokio::test]
async fn layers_of_a_router_go_around_its_function() {
    let text = "again and again ".repeat(100);
    let function = Function::new(move |_: Context| std::future::ready(text.clone()));
    let mut router = Router::new().fallback_service(function.into_service()).layer(CompressionLayer::new());
    let mut request = get_request("/");
    request.headers_mut().insert("accept-encoding", "gzip".parse().unwrap());
    let response = router.call(request).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
}

fn client(router: Router) -> TestClient {
    TestClient::new(Function::from_service(router))
}

#[tokio::test]
async fn a_router_is_a_function() {
    let router = Router::new()
        .route("/hello/{name}", get(async |Path(name): Path<String>| format!("hello, {name}")))
        .route("/length", any(async |body: String| body.len().to_string()))
        .route("/panic", get(async || -> &'static str { panic!("out of luck") }))
        .merge(application());
    let client = client(router);
    assert_eq!(client.get("/hello/Ada").send().await.text(), "hello, Ada");
    assert_eq!(client.post("/length").body("four").send().await.text(), "4");
    assert_eq!(client.get("/function/x").send().await.text(), "function at /x");
    assert_eq!(client.get("/health/readiness").send().await.text(), "READY");
    assert_eq!(client.get("/nowhere").send().await.status(), 404);
    let reply = client.get("/panic").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (500, "internal error"));
}

#[tokio::test]
async fn an_event_to_a_function_in_a_router_is_answered_with_one() {
    let event: Event = EventBuilderV10::new().id("7").source("/shop").ty("order").build().unwrap();
    let router = Router::new().fallback_service(Function::new(async |event: Event| event.to_string()).into_service());
    let function = Function::from_service(router);
    let client = TestClient::with_config(function, Config::default().name("shop").concurrency(1));
    for _ in 0..2 {
        let reply = client.event(event.clone()).send().await;
        assert_eq!((reply.header("ce-type"), reply.header("ce-source")), ("function.response", "shop"));
    }
}

async fn send(stream: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
}

async fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn our_server_drains_a_router() {
    let (arrived, goes_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (arrived.clone(), goes_on.clone());
    let slow = get(move |request: axum::extract::Request| {
        let (tell, wait) = (tell.clone(), wait.clone());
        async move {
            // What surrounds a request of ours is there in a handler of `axum` too.
            let draining = request.draining();
            tell.notify_one();
            draining.await;
            wait.notified().await;
            "drained"
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let function = Function::from_service(Router::new().route("/", slow));
    let server = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        Server::new(function).serve(listener, stopped).await
    });
    let mut stream = TcpStream::connect(address).await.unwrap();
    send(&mut stream, "/").await;
    arrived.notified().await;
    stop.send(()).unwrap();
    goes_on.notify_one();
    assert!(answer(stream).await.ends_with("drained"));
    server.await.unwrap().unwrap();
}

/// A state that says when it is stopped.
struct App(Notify);

#[async_trait]
impl Lifecycle for App {
    async fn stop(&self) -> Result<()> {
        self.0.notify_one();
        Err(Error::internal("cannot flush"))
    }
}

#[tokio::test]
async fn a_server_of_axum_drains_and_stops_its_function() {
    let app = Arc::new(App(Notify::new()));
    let arrived = Arc::new(Notify::new());
    let tell = arrived.clone();
    let function = Function::with_state(app.clone(), move |_: Arc<App>, ctx: Context| {
        let tell = tell.clone();
        async move {
            tell.notify_one();
            ctx.draining().await;
            "drained"
        }
    });
    let service = function.into_service();
    let router = Router::new().nest_service("/function", service.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let draining = service.clone();
    let server = tokio::spawn(async move {
        let stopping = async move {
            drop(stopped.await);
            draining.drain().await;
        };
        axum::serve(listener, router).with_graceful_shutdown(stopping).await
    });
    let mut stream = TcpStream::connect(address).await.unwrap();
    send(&mut stream, "/function").await;
    arrived.notified().await;
    stop.send(()).unwrap();
    assert!(answer(stream).await.ends_with("drained"));
    server.await.unwrap().unwrap();
    assert_eq!(service.stop().await.unwrap_err().cause().unwrap().to_string(), "cannot flush");
    app.0.notified().await;
}
