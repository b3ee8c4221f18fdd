//! New connections.

use std::io::{self, ErrorKind};
use std::pin::pin;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::select;
use tokio::time::Instant;

use super::{Connections, Phase, connection};

/// How long to wait when the system has no room for another connection.
const PAUSE: Duration = Duration::from_millis(100);

/// How often the log says so.
const REPEAT: Duration = Duration::from_secs(60);

/// Takes connections until they are no longer wanted; those that the system has taken already are served as well.
pub(super) async fn connections(listener: TcpListener, connections: Connections) {
    let mut closing = pin!(connections.reach(Phase::Closing));
    let mut logged: Option<Instant> = None;
    loop {
        let accepted = select! {
            biased;
            accepted = listener.accept() => accepted,
            () = &mut closing => return,
        };
        match accepted {
            Ok((stream, remote_addr)) => {
                // Without it small answers wait for the acknowledgement of those before them; where it fails they do.
                let _ = stream.set_nodelay(true);
                let serve = connection::serve(stream, remote_addr, connections.clone());
                connections.tasks.spawn(serve);
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if logged.is_none_or(|at| at.elapsed() > REPEAT) {
                    tracing::error!(%error, "cannot accept connections");
                    logged = Some(Instant::now());
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
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
