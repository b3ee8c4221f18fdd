//! The loopback address at which one process finds the Runtime API.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use super::{Api, Phase};

/// How long the last bytes of a process that is no more may take to arrive.
const LAST_BYTES: Duration = Duration::from_secs(1);

/// How long to wait when the system has no connection to give.
const PAUSE: Duration = Duration::from_millis(100);

/// An address of one process's own: nobody else's answers can come there.
pub(crate) async fn listen() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// Answers a process until it has ended and all that it had sent is read; what it has not answered by then is given up.
pub(crate) async fn serve(listener: TcpListener, api: Arc<Api>, reason: impl Future<Output = String>) {
    let mut connections = JoinSet::new();
    loop {
        select! {
            biased;
            () = api.reached(Phase::Ended) => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(stream, api.clone()))),
                Err(error) => {
                    tracing::warn!(%error, "process cannot connect");
                    sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let last_bytes = Instant::now() + LAST_BYTES;
    let last = api.desk.latest_deadline().unwrap_or(last_bytes);
    let _ = timeout_at(last_bytes.min(last), all_ended(&mut connections)).await;
    // What has not begun by now never will; a slow client may still have what has.
    api.desk.clear(&reason.await);
    let _ = timeout_at(last, all_ended(&mut connections)).await;
}

async fn all_ended(connections: &mut JoinSet<()>) {
    while connections.join_next().await.is_some() {}
}

/// One connection to its end. There is no timer on it: a process may wait for work as long as there is none.
async fn connection(stream: TcpStream, api: Arc<Api>) {
    // A connection without it is slow, not wrong.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(|request| api.clone().answer(request));
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(None).keep_alive(true);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), answer).await {
        tracing::debug!(%error, "connection of a process broke off");
    }
}
