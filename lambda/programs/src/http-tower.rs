//! An HTTP handler below layers of tower and tower-http, and one that is written here.

use std::task::{Context, Poll};
use std::time::Duration;

use lambda_http::tower::{Layer, Service, ServiceBuilder};
use lambda_http::tracing::Level;
use lambda_http::{Error, Request, Response, run, service_fn, tracing};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultOnRequest, DefaultOnResponse, TraceLayer};

/// Tells the handler who its user is.
#[derive(Clone)]
struct SignedIn;

#[derive(Clone)]
struct Guard<S>(S);

impl<S> Layer<S> for SignedIn {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Guard(inner)
    }
}

impl<S: Service<Request>> Service<Request> for Guard<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let user = request.headers().get("x-user").and_then(|user| user.to_str().ok()).unwrap_or("nobody");
        let user = User(user.to_owned());
        request.extensions_mut().insert(user);
        self.0.call(request)
    }
}

#[derive(Clone)]
struct User(String);

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let traced = TraceLayer::new_for_http()
        .on_request(DefaultOnRequest::new().level(Level::INFO))
        .on_response(DefaultOnResponse::new().level(Level::INFO));
    let service = ServiceBuilder::new()
        .layer(traced)
        .layer(TimeoutLayer::with_status_code(
            lambda_http::http::StatusCode::GATEWAY_TIMEOUT,
            Duration::from_millis(500),
        ))
        .layer(SignedIn)
        .service(service_fn(welcome));
    run(service).await
}

async fn welcome(request: Request) -> Result<Response<String>, Error> {
    if request.uri().path() == "/never" {
        std::future::pending::<()>().await;
    }
    let user = request.extensions().get::<User>().map(|User(user)| user.as_str()).unwrap_or_default();
    Ok(Response::new(format!("welcome, {user}")))
}
