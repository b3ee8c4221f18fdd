//! The runtime: a service over invocations, with layers around it.

use std::env;
use std::fmt::{self, Debug};
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::Stream;
use kn_func_runtime::{ConfigError, Context, Function, Lifecycle, Response, Result, ServeError, async_trait, serve};
use kn_lambda_gateway::Gateway;
use lambda_runtime::tower::Layer;
use lambda_runtime::{
    Config, Diagnostic, Error, IntoFunctionResponse, LambdaEvent, LambdaInvocation, Service, SnapStartResource,
};
use serde::{Deserialize, Serialize};
use tokio::select;
use tokio::sync::{mpsc, oneshot};

use crate::drive::drive;
use crate::exchange::{Answer, Exchange};
use crate::graceful;
use crate::handler::{Handler, shape_of};
use crate::intake::{Intake, Whole};
use crate::places::Places;

/// Serves a handler, with layers around it that see each invocation.
///
/// ```no_run
/// use kn_lambda_runtime::layers::TracingLayer;
/// use kn_lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
/// use serde_json::Value;
///
/// #[tokio::main]
/// async fn main() -> Result<(), Error> {
///     let echo = service_fn(async |event: LambdaEvent<Value>| Ok::<_, Error>(event.payload));
///     Runtime::new(echo).layer(TracingLayer::new()).run().await
/// }
/// ```
pub struct Runtime<S> {
    service: S,
    takes: Takes,
    gateway: Result<Gateway, ConfigError>,
    resources: Vec<Arc<dyn SnapStartResource>>,
}

/// What the service takes.
#[derive(Debug, Clone, Copy)]
enum Takes {
    Payload,
    /// The request itself.
    Request,
}

impl<F, A, R, B, S, D, E> Runtime<Handler<F, A, R, B, S>>
where
    F: Service<LambdaEvent<A>, Response = R>,
    F::Future: Future<Output = Result<R, F::Error>>,
    F::Error: Into<Diagnostic> + Debug,
    A: for<'de> Deserialize<'de>,
    R: IntoFunctionResponse<B, S>,
    B: Serialize,
    S: Stream<Item = Result<D, E>> + Unpin + Send + 'static,
    D: Into<Bytes> + Send,
    E: Into<Error> + Send + Debug,
{
    /// A runtime without layers; [`run`](crate::run) adds AWS's [`TracingLayer`](crate::layers::TracingLayer).
    pub fn new(handler: F) -> Self {
        let gateway = Gateway::from_env().map(|gateway| gateway.expecting(shape_of::<A>()));
        Self { service: Handler::new(handler), takes: Takes::Payload, gateway, resources: Vec::new() }
    }
}

impl<S> Runtime<S> {
    /// A runtime over a service that takes the request itself, for `kn-lambda-http`.
    #[doc(hidden)]
    pub fn over_requests(service: S) -> Self {
        Self { service, takes: Takes::Request, gateway: Gateway::from_env(), resources: Vec::new() }
    }

    /// Adds a layer, which sees an invocation before those that were added earlier. It keeps the extensions of the invocation.
    pub fn layer<L>(self, layer: L) -> Runtime<L::Service>
    where
        L: Layer<S>,
        L::Service: Service<LambdaInvocation, Response = (), Error = Error>,
    {
        let Self { service, takes, gateway, resources } = self;
        Runtime { service: layer.layer(service), takes, gateway, resources }
    }

    /// Whether `AWS_LAMBDA_INITIALIZATION_TYPE` is `snap-start`.
    pub fn is_snapstart(&self) -> bool {
        env::var("AWS_LAMBDA_INITIALIZATION_TYPE").is_ok_and(|kind| kind == "snap-start")
    }

    /// Registers hooks for a snapshot. Knative makes none, so they run only where [`is_snapstart`](Self::is_snapstart) says so:
    /// at the start, one after the other, before the server listens.
    pub fn register_snapstart_resource(mut self, resource: Arc<dyn SnapStartResource>) -> Self {
        self.resources.push(resource);
        self
    }

    async fn start(self) -> Result<(S, Takes, Gateway), Error> {
        let is_snapstart = self.is_snapstart();
        let gateway = self.gateway.map_err(ServeError::from)?;
        if is_snapstart {
            for resource in self.resources.iter().rev() {
                resource.before_snapshot().await?;
            }
            for resource in &self.resources {
                resource.after_restore().await?;
            }
        }
        Ok((self.service, self.takes, gateway))
    }
}

impl<S> Runtime<S>
where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
{
    /// Serves until SIGTERM or SIGINT, then drains. Requests are served concurrently on the task that awaits this.
    ///
    /// # Errors
    ///
    /// As [`run`](crate::run).
    pub async fn run(self) -> Result<(), Error> {
        let (service, takes, gateway) = self.start().await?;
        let config = config(&gateway);
        let (exchanges, received) = mpsc::unbounded_channel();
        let (broken, is_broken) = oneshot::channel();
        let function = function(gateway, takes, move |exchange, answer: Answer| {
            // Without a driver the answer is an error by itself.
            drop(exchanges.send(exchange));
            answer
        });
        let failure = Mutex::new(None);
        let stop = async {
            match is_broken.await {
                Ok(error) => *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error),
                // A driver that ends well ends because the server has.
                Err(_) => pending().await,
            }
        };
        let served = {
            let mut served = pin!(serve(function, stop));
            let mut driven = pin!(drive(service, config, received, broken));
            // What is still at work when the server has ended had its time.
            select! {
                biased;
                served = &mut served => served,
                () = &mut driven => served.await,
            }
        };
        match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(served?),
        }
    }
}

#[cfg(feature = "concurrency-tokio")]
impl<S> Runtime<S>
where
    S: Service<LambdaInvocation, Response = (), Error = Error> + Clone + Send + 'static,
    S::Future: Send,
{
    /// Serves until SIGTERM or SIGINT, then drains. Requests are served concurrently on all threads of the tokio runtime, each by
    /// a clone of the service.
    ///
    /// # Errors
    ///
    /// As [`run`](crate::run). A clone that is never ready is a 500 for its request only.
    pub async fn run_concurrent(self) -> Result<(), Error> {
        let (service, takes, gateway) = self.start().await?;
        let config = config(&gateway);
        let service = Mutex::new(service);
        let function = function(gateway, takes, move |exchange, answer: Answer| {
            let service = service.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let work = crate::drive::once(service, config.clone(), exchange);
            async move {
                work.await;
                answer.await
            }
        });
        Ok(serve(function, pending()).await?)
    }
}

/// What is served: a request is read, gets a place, and is answered.
fn function<Fut>(
    gateway: Gateway,
    takes: Takes,
    answered: impl Fn(Exchange, Answer) -> Fut + Send + Sync + 'static,
) -> Function
where
    Fut: Future<Output = Result<Result<Response>, oneshot::error::RecvError>> + Send + 'static,
{
    match takes {
        Takes::Payload => over::<Context, _>(gateway, answered),
        Takes::Request => over::<Whole, _>(gateway, answered),
    }
}

fn over<In, Fut>(gateway: Gateway, answered: impl Fn(Exchange, Answer) -> Fut + Send + Sync + 'static) -> Function
where
    In: Intake,
    Fut: Future<Output = Result<Result<Response>, oneshot::error::RecvError>> + Send + 'static,
{
    let places = gateway.concurrency().map(Places::new);
    let shared = Arc::new((gateway, places, answered));
    Function::with_state(Hooks, move |_, input: In| {
        let shared = shared.clone();
        async move {
            let (gateway, places, answered) = &*shared;
            let place = match places {
                Some(places) => Some(places.take().await),
                None => None,
            };
            let (exchange, answer) = input.begin(gateway, place)?;
            answered(exchange, answer).await?
        }
    })
}

struct Hooks;

#[async_trait]
impl Lifecycle for Hooks {
    async fn stop(&self) -> Result<()> {
        graceful::stop().await;
        Ok(())
    }
}

fn config(gateway: &Gateway) -> Arc<Config> {
    let function = gateway.function().clone();
    Arc::new(Config {
        function_name: function.name,
        memory: function.memory,
        version: function.version,
        log_stream: function.log_stream,
        log_group: function.log_group,
    })
}

impl<S> fmt::Debug for Runtime<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("takes", &self.takes).field("gateway", &self.gateway).finish_non_exhaustive()
    }
}
