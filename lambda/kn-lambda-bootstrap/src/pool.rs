//! All processes of the function, and the requests that they take.

use std::sync::{Arc, Mutex, PoisonError};

use kn_func_runtime::{Error, Result};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use crate::api::Identity;
use crate::desk::{ended, never_begun, too_late};
use crate::outcome::Outcome;
use crate::process::{Place, Shared};
use crate::queue::{Job, Queue};
use crate::settings::Settings;

/// The processes of a function.
#[derive(Debug)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
    places: Mutex<JoinSet<()>>,
}

impl Pool {
    /// Starts the processes; gives the pool when the first of them asks for work.
    ///
    /// # Errors
    ///
    /// The first process did not start.
    pub(crate) async fn start(settings: Settings, identity: Identity, response_limit: usize) -> Result<Self> {
        let processes = settings.processes;
        let shared = Arc::new(Shared {
            settings,
            queue: Arc::default(),
            identity,
            response_limit,
            hopeful: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
        });
        let mut places = JoinSet::new();
        let (place, started) = Place::new(shared.clone());
        places.spawn(place.keep_filled());
        // It is dropped unsaid only if the task panics.
        let started = started.await.unwrap_or_else(|_| Err("its place is lost".into()));
        started.map_err(Error::internal)?;
        for _ in 1..processes {
            places.spawn(Place::further(shared.clone()).keep_filled());
        }
        Ok(Self { shared, places: Mutex::new(places) })
    }

    /// Gives a request to a process, when one is free, and waits for what becomes of it.
    pub(crate) async fn invoke(&self, job: Job, answer: oneshot::Receiver<Outcome>) -> Outcome {
        let deadline = job.deadline;
        let waiting = Waiting { queue: &self.shared.queue, ticket: self.shared.queue.put(job) };
        match timeout_at(deadline, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Outcome::Refused(ended("it broke off its answer")),
            Err(_) if waiting.withdraw() => Outcome::Refused(never_begun()),
            Err(_) => Outcome::Refused(too_late()),
        }
    }

    /// Whether a process works, or may soon.
    pub(crate) fn is_hopeful(&self) -> bool {
        *self.shared.hopeful.borrow() > 0
    }

    /// Ends all processes.
    pub(crate) async fn stop(&self) {
        self.shared.stopping.send_replace(true);
        let mut places = std::mem::take(&mut *self.places.lock().unwrap_or_else(PoisonError::into_inner));
        while places.join_next().await.is_some() {}
    }
}

/// A request that is taken out of the queue when its client goes.
struct Waiting<'a> {
    queue: &'a Queue,
    ticket: crate::queue::Ticket,
}

impl Waiting<'_> {
    fn withdraw(&self) -> bool {
        self.queue.withdraw(self.ticket)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.withdraw();
    }
}
