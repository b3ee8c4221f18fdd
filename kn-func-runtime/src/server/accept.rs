//! New connections.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::time::{Instant, sleep};

use super::listen::BACKLOG;
use super::{Connections, Phase, connection};

/// How long to wait when the system has no room for another connection.
const PAUSE: Duration = Duration::from_millis(100);

/// How often the log says so.
const REPEAT: Duration = Duration::from_secs(60);

/// Takes connections until they are no longer wanted; those that the system has taken already are served as well.
///
/// Where another process follows on the same socket, those that wait are for that one.
pub(super) async fn connections(listener: TcpListener, connections: Connections, is_followed: bool) {
    let mut closing = pin!(connections.reach(Phase::Closing));
    let mut logged: Option<Instant> = None;
    loop {
        let accepted = select! {
            accepted = listener.accept() => accepted,
            () = &mut closing => break,
        };
        match accepted {
            Ok((stream, remote_addr)) => serve(stream, remote_addr, &connections),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if logged.is_none_or(|at| at.elapsed() > REPEAT) {
                    tracing::error!(%error, "cannot accept connections");
                    logged = Some(Instant::now());
                }
                select! {
                    () = sleep(PAUSE) => {}
                    () = &mut closing => break,
                }
            }
        }
    }
    if is_followed {
        return;
    }
    // No more than may wait, as there can be clients that never stop connecting.
    for _ in 0..BACKLOG {
        let Some((stream, remote_addr)) = waiting(&listener).await else { return };
        serve(stream, remote_addr, &connections);
    }
}

fn serve(stream: TcpStream, remote_addr: SocketAddr, connections: &Connections) {
    // Without it small answers wait for the acknowledgement of those before them; where it fails they do.
    let _ = stream.set_nodelay(true);
    connections.tasks.spawn(connection::serve(stream, remote_addr, connections.clone()));
}

/// A connection that is there already.
async fn waiting(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    poll_fn(|cx| match listener.poll_accept(cx) {
        Poll::Ready(accepted) => Poll::Ready(accepted.ok()),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// The peer was gone before we looked.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionRefused
            | ErrorKind::Interrupted
    )
}
