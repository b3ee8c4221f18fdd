//! What all requests of a server share, and the drain that waits for them.

use std::future::{Future, pending};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::event::Profile;
use crate::observer::Observer;

/// What all requests of a server share.
#[derive(Debug)]
pub(crate) struct Host {
    /// The source of reply events.
    pub(crate) name: String,
    pub(crate) profile: Profile,
    pub(crate) observers: Vec<Arc<dyn Observer>>,
    tasks: TaskTracker,
    draining: watch::Sender<bool>,
    late_requests: AtomicU64,
    is_cut: AtomicBool,
}

impl Host {
    pub(crate) fn new(name: String, profile: Profile, observers: Vec<Arc<dyn Observer>>) -> Self {
        Self {
            name,
            profile,
            observers,
            tasks: TaskTracker::new(),
            draining: watch::Sender::new(false),
            late_requests: AtomicU64::new(0),
            is_cut: AtomicBool::new(false),
        }
    }

    /// Counts a request until the token is dropped.
    pub(crate) fn enter(&self) -> TaskTrackerToken {
        if self.is_draining() {
            self.late_requests.fetch_add(1, Ordering::Relaxed);
        }
        self.token()
    }

    /// Keeps the drain waiting until it is dropped.
    pub(crate) fn token(&self) -> TaskTrackerToken {
        self.tasks.token()
    }

    /// Runs work that the drain waits for.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.tasks.is_closed()
    }

    pub(crate) fn drain(&self) {
        self.tasks.close();
        self.draining.send_replace(true);
    }

    /// From now on what does not end is ended: the drain has taken its time.
    pub(crate) fn cut(&self) {
        self.drain();
        self.is_cut.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed)
    }

    /// Resolves when the drain begins.
    pub(crate) fn draining(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut draining = self.draining.subscribe();
        async move {
            // The sender lives as long as the server: without one, as in a test, no drain ever begins.
            if draining.wait_for(|draining| *draining).await.is_err() {
                pending().await
            }
        }
    }

    /// Resolves when the drain has begun and no request and no spawned work is left.
    pub(crate) async fn idle(&self) {
        self.tasks.wait().await;
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Requests and spawned work that are not finished.
    pub(crate) fn unfinished(&self) -> usize {
        self.tasks.len()
    }

    /// How many requests came since the drain began.
    pub(crate) fn late_requests(&self) -> u64 {
        self.late_requests.load(Ordering::Relaxed)
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new("function".into(), Profile::default(), Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_made_without_a_server_is_never_drained() {
        let draining = Host::default().draining();
        assert!(tokio::time::timeout(Duration::from_secs(1), draining).await.is_err());
    }
}
