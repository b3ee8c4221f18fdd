//! A function as a service of `tower`, and such a service as a function.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;
use tower_layer::Layer;
use tower_service::Service;

use crate::body::{Body, Request, Response};
use crate::config::Config;
use crate::error::{BoxError, Error, Result};
use crate::function::Function;
use crate::invoker::Invoker;
use crate::output::IntoResponse;
use crate::panic;
use crate::scope::Scope;
use crate::server::stop_hook;

type Answered = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// With the feature `tower`.
impl Function {
    /// The function as a service that a router can mount and layers can wrap, with the default [`Config`].
    ///
    /// ```
    /// use kn_func_runtime::{Body, Context, Function, Request};
    /// use tower_service::Service;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let mut service = Function::new(async |_: Context| "hello").into_service();
    /// let response = service.call(Request::new(Body::empty())).await?;
    /// assert_eq!(response.into_body().bytes().await.unwrap(), "hello");
    /// # Ok::<(), std::convert::Infallible>(())
    /// # }).unwrap();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_service(self) -> FunctionService {
        FunctionService::new(self)
    }

    /// Puts a layer around the function: compression, CORS, authorization. The hooks of its state stay; the layer that is put on
    /// last sees a request first.
    ///
    /// Outside of the layers are the server's own health routes, limits and time, inside is the reading of the input. So a request
    /// that a layer refuses is not read, and an answer to an event becomes a reply event after the layers have seen it. A layer that
    /// answers `OPTIONS`, as one for CORS does, answers it for webhooks of CloudEvents too.
    ///
    /// An error of the layer is a 500 with its cause in the log; a layer that wants another status answers with it.
    ///
    /// ```
    /// use kn_func_runtime::{BareFunction, Body, Context, Function, Request, Response, TestClient};
    /// use std::convert::Infallible;
    /// use std::task::{self, Poll};
    /// use tower_layer::layer_fn;
    /// use tower_service::Service;
    ///
    /// /// Takes `/v1` away, so that the function need not know of it.
    /// #[derive(Clone)]
    /// struct Unprefixed(BareFunction);
    ///
    /// impl Service<Request> for Unprefixed {
    ///     type Response = Response;
    ///     type Error = Infallible;
    ///     type Future = <BareFunction as Service<Request>>::Future;
    ///
    ///     fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
    ///         Service::<Request<Body>>::poll_ready(&mut self.0, cx)
    ///     }
    ///
    ///     fn call(&mut self, mut request: Request) -> Self::Future {
    ///         if let Some(Ok(rest)) = request.uri().path().strip_prefix("/v1").map(str::parse) {
    ///             *request.uri_mut() = rest;
    ///         }
    ///         self.0.call(request)
    ///     }
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let function = Function::new(async |ctx: Context| ctx.uri().path().to_owned());
    /// let client = TestClient::new(function.layer(layer_fn(Unprefixed)));
    /// assert_eq!(client.get("/v1/orders").send().await.text(), "/orders");
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn layer<L, B>(self, layer: L) -> Self
    where
        L: Layer<BareFunction>,
        L::Service:
            Service<Request, Response = Response<B>, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let service = Shared::new(layer.layer(BareFunction(self.clone())));
        self.wrapped(move |mut request| {
            let service = service.clone();
            Box::pin(async move {
                // Layers may call the function from a task of their own.
                Scope::give(&mut request);
                service.call(request).await.into_response()
            })
        })
    }

    /// A function that is a service, for example a whole router of `axum`, which [`Server`](crate::Server), [`run`](crate::run) and
    /// [`serve`](crate::serve) run with health routes, limits, log and drain.
    ///
    /// Each request gets a clone of the service, which is called when it is ready. An error of the service is a 500 with its cause in
    /// the log, and so is a panic.
    ///
    /// ```
    /// use kn_func_runtime::{Context, Function, Request, TestClient};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let service = Function::new(async |_: Context| "hello").into_service();
    /// let client = TestClient::new(Function::from_service(service));
    /// assert_eq!(client.get("/").send().await.text(), "hello");
    /// assert_eq!(client.get("/health/readiness").send().await.text(), "READY");
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_service<S, B>(service: S) -> Self
    where
        S: Service<Request, Response = Response<B>, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let service = Shared::new(service);
        Self::new(move |request: Request| service.clone().call(request))
    }
}

/// A function as a service of `tower`: `route_service`, `nest_service` and `fallback_service` of `axum` take it, and any layer.
///
/// A request goes the whole way, as from a socket of our own: through the health routes (below the path where it is mounted), the
/// limits of its [`Config`], events, errors and panics. It is always ready; what is too much is answered with 503. The address of
/// the peer is known if the request has a [`SocketAddr`] among its extensions.
///
/// Inside of a function that is a service itself, [`Function::from_service`], all that is there already, and only the function is
/// called.
///
/// Whoever owns the socket drains the function when it is to stop, for example in what `with_graceful_shutdown` of `axum::serve` waits
/// for, and stops it when no request can come any more:
///
/// ```
/// use kn_func_runtime::{Context, Function};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let service = Function::new(async |_: Context| "hello").into_service();
/// let served = async |stopping: std::pin::Pin<Box<dyn Future<Output = ()>>>| stopping.await; // axum::serve
/// let stopping = service.clone();
/// served(Box::pin(async move { stopping.drain().await })).await;
/// service.stop().await
/// # }).map_err(|error| std::io::Error::other(error.to_string()))?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FunctionService {
    invoker: Arc<Invoker>,
    drain_timeout: Option<Duration>,
}

impl FunctionService {
    /// A function with the default [`Config`]. The environment is not looked at.
    pub fn new(function: Function) -> Self {
        Self::with_config(function, Config::default())
    }

    /// A function with this config. Its addresses and its number of workers are for [`run`](crate::run) only.
    pub fn with_config(function: Function, config: Config) -> Self {
        panic::remember_places();
        Self { drain_timeout: config.drain_timeout, invoker: Arc::new(config.invoker(function)) }
    }

    /// Begins the drain: readiness is refused, and functions learn of it. Waits until no request and no
    /// [`Context::spawn`](crate::Context::spawn) is left, or `FUNC_DRAIN_TIMEOUT` is over. Those that still come are answered.
    pub async fn drain(&self) {
        let host = &self.invoker.host;
        host.drain();
        match self.drain_timeout {
            None => host.idle().await,
            Some(limit) => {
                if timeout(limit, host.idle()).await.is_err() {
                    tracing::warn!(unfinished = host.unfinished(), "drain took longer than {limit:?}");
                }
            }
        }
    }

    /// Drains, then runs the `stop` hook of the function's state; to be called when no request can come any more.
    ///
    /// # Errors
    ///
    /// What the hook says.
    pub async fn stop(&self) -> Result<()> {
        self.drain().await;
        stop_hook(&self.invoker.function, self.drain_timeout).await
    }
}

impl<B> Service<Request<B>> for FunctionService
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answered;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answered {
        let invoker = self.invoker.clone();
        let request = request.map(Body::new);
        Box::pin(async move {
            if Scope::given(&request).is_some() {
                return Ok(invoker.function.call(request).await);
            }
            let remote_addr = request.extensions().get::<SocketAddr>().copied();
            Ok(invoker.invoke(request, remote_addr).await)
        })
    }
}

/// A function as the layers around it find it: without limits, log and health routes, which are outside of them.
/// [`Function::layer`] makes it.
#[derive(Debug, Clone)]
pub struct BareFunction(Function);

impl<B> Service<Request<B>> for BareFunction
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answered;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answered {
        // A layer may call from a task of its own, which knows of no request.
        let scope = Scope::given(&request);
        let answer = self.0.call(request.map(Body::new));
        Box::pin(async move {
            Ok(match scope {
                Some(scope) => scope.hold(answer).await,
                None => answer.await,
            })
        })
    }
}

/// A service of which each request gets a clone. It need not be `Sync`.
struct Shared<S>(Arc<Mutex<S>>);

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> Shared<S> {
    fn new(service: S) -> Self {
        Self(Arc::new(Mutex::new(service)))
    }

    /// Calls a clone when it is ready.
    async fn call<B>(self, request: Request) -> Result<Response>
    where
        S: Service<Request, Response = Response<B>, Error: Into<BoxError>> + Clone,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let mut service = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        poll_fn(|cx| service.poll_ready(cx)).await.map_err(Error::internal)?;
        let response = service.call(request).await.map_err(Error::internal)?;
        Ok(response.map(Body::new))
    }
}
