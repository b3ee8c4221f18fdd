//! Feeds exchanges to a service that stays where it is.

use std::future::{Future, poll_fn};
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use lambda_runtime::{Config, Error, LambdaInvocation, Service};
use tokio::select;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use crate::exchange::Exchange;

/// Calls the service for each exchange and works on all of them at once, on the task that polls this: the service and its futures
/// need not be `Send` or `'static`. Ends when no more exchanges can come.
///
/// A service that is never ready again is told to `broken`; what still comes is answered with 500.
pub(crate) async fn drive<S>(
    mut service: S,
    config: Arc<Config>,
    mut exchanges: UnboundedReceiver<Exchange>,
    broken: oneshot::Sender<Error>,
) where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
{
    let mut at_work = FuturesUnordered::new();
    let mut waiting: Option<Exchange> = None;
    let error = loop {
        let Some(exchange) = waiting.clone() else {
            select! {
                biased;
                Some(()) = at_work.next() => {}
                exchange = exchanges.recv() => match exchange {
                    Some(exchange) => waiting = Some(exchange),
                    None => {
                        while at_work.next().await.is_some() {}
                        return;
                    }
                },
            }
            continue;
        };
        select! {
            biased;
            Some(()) = at_work.next() => {}
            () = exchange.abandoned() => waiting = None,
            ready = poll_fn(|cx| service.poll_ready(cx)) => match ready {
                Ok(()) => {
                    waiting = None;
                    at_work.extend(begin(&mut service, &config, exchange));
                }
                Err(error) => {
                    exchange.lose(&error.to_string());
                    break error;
                }
            },
        }
    };
    let words = error.to_string();
    // The server may have ended by itself.
    let _ = broken.send(error);
    drop(waiting);
    loop {
        select! {
            Some(()) = at_work.next() => {}
            exchange = exchanges.recv() => match exchange {
                Some(exchange) => exchange.lose(&words),
                None => return,
            },
        }
    }
}

/// Calls a service that is ready. The future answers the exchange, and is dropped when nobody waits for that.
pub(crate) fn begin<S>(
    service: &mut S,
    config: &Arc<Config>,
    exchange: Exchange,
) -> Option<impl Future<Output = ()> + use<S>>
where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
{
    let invocation = match exchange.to_lambda(config) {
        Ok(invocation) => invocation,
        Err(error) => {
            exchange.lose(&error.to_string());
            return None;
        }
    };
    match exchange.handle().enter(|| service.call(invocation)) {
        Ok(future) => Some(finish(future, exchange)),
        Err(panic) => {
            exchange.panicked(panic);
            None
        }
    }
}

/// Has an exchange answered by a service of its own.
#[cfg(feature = "concurrency-tokio")]
pub(crate) async fn once<S>(mut service: S, config: Arc<Config>, exchange: Exchange)
where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
{
    match poll_fn(|cx| service.poll_ready(cx)).await {
        Ok(()) => {
            if let Some(work) = begin(&mut service, &config, exchange) {
                work.await;
            }
        }
        Err(error) => exchange.lose(&error.to_string()),
    }
}

async fn finish(future: impl Future<Output = Result<(), Error>>, exchange: Exchange) {
    let outcome = select! {
        biased;
        () = exchange.abandoned() => return,
        outcome = exchange.handle().run(future) => outcome,
    };
    match outcome {
        Ok(Ok(())) => exchange.lose("no layer passed the invocation on to the function"),
        Ok(Err(error)) => exchange.lose(&error.to_string()),
        Err(panic) => exchange.panicked(panic),
    }
}
