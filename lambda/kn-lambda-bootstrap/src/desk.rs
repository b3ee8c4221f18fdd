//! What one process has at hand: the requests that it was given and has not answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use kn_func_runtime::{BoxError, Error, RequestHandle};
use kn_lambda_gateway::Failure;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::outcome::Outcome;

/// The requests of one process.
#[derive(Debug)]
pub(crate) struct Desk {
    /// How many it may have at once.
    most: usize,
    inner: Mutex<Inner>,
    earlier: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    works: Vec<Work>,
    /// When somebody will look again whether one is overdue.
    alarm: Option<Instant>,
    last: Option<(String, RequestHandle)>,
    has_answered: bool,
    was_late: bool,
}

#[derive(Debug)]
struct Work {
    id: String,
    invocation_id: String,
    deadline: Instant,
    /// Taken by the answer when it begins.
    reply: Option<oneshot::Sender<Outcome>>,
}

/// The right to answer a request. It is off the desk when this is dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    desk: Arc<Desk>,
    invocation_id: String,
    id: String,
    reply: Option<oneshot::Sender<Outcome>>,
}

/// Why a request cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The process was not given it, or has answered it.
    Unknown,
    /// Its time is over.
    Late,
}

impl Desk {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, inner: Mutex::default(), earlier: Notify::new() }
    }

    /// Gives the process a request; gives back the id of this giving.
    pub(crate) fn put(
        &self,
        id: String,
        deadline: Instant,
        request: RequestHandle,
        reply: oneshot::Sender<Outcome>,
    ) -> String {
        let invocation_id = Uuid::new_v4().to_string();
        let mut inner = self.lock();
        inner.last = Some((id.clone(), request));
        inner.works.push(Work { id, invocation_id: invocation_id.clone(), deadline, reply: Some(reply) });
        if inner.alarm.is_none_or(|alarm| deadline < alarm) {
            self.earlier.notify_one();
        }
        invocation_id
    }

    /// Whether the process has a request of this id.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.lock().works.iter().any(|work| work.id == id)
    }

    /// The process is about to take one more. What it has not begun to answer by then, although it has no more hands, is
    /// given up.
    pub(crate) fn make_room(&self) {
        let mut inner = self.lock();
        let unanswered = |inner: &Inner| inner.works.iter().filter(|work| work.reply.is_some()).count();
        while unanswered(&inner) >= self.most {
            let Some(first) = inner.works.iter().position(|work| work.reply.is_some()) else { return };
            let work = inner.works.remove(first);
            tracing::error!(request_id = work.id, "process asked for the next request without answering this one");
            refuse(work.reply, failure("Runtime.NoResponse", "function did not answer"));
        }
    }

    /// Begins an answer.
    pub(crate) fn claim(self: &Arc<Self>, id: &str, invocation_id: Option<&str>) -> Result<Claim, Refusal> {
        let mut inner = self.lock();
        let is_it = |work: &&mut Work| {
            work.reply.is_some() && work.id == id && invocation_id.is_none_or(|given| given == work.invocation_id)
        };
        let work = inner.works.iter_mut().find(is_it).ok_or(Refusal::Unknown)?;
        if work.deadline <= Instant::now() {
            return Err(Refusal::Late);
        }
        let reply = work.reply.take();
        Ok(Claim { desk: self.clone(), invocation_id: work.invocation_id.clone(), id: work.id.clone(), reply })
    }

    /// Resolves when a request is out of time.
    pub(crate) async fn overdue(&self) {
        loop {
            let earlier = self.earlier.notified();
            let alarm = {
                let mut inner = self.lock();
                inner.alarm = inner.works.iter().map(|work| work.deadline).min();
                inner.alarm
            };
            match alarm {
                Some(alarm) if alarm <= Instant::now() => {
                    self.lock().was_late = true;
                    return;
                }
                Some(alarm) => tokio::select! {
                    () = sleep_until(alarm) => {}
                    () = earlier => {}
                },
                None => earlier.await,
            }
        }
    }

    /// When the last of its requests is out of time.
    pub(crate) fn latest_deadline(&self) -> Option<Instant> {
        self.lock().works.iter().map(|work| work.deadline).max()
    }

    /// Gives up what is left: the process is no more.
    pub(crate) fn clear(&self, reason: &str) {
        let works = std::mem::take(&mut self.lock().works);
        for work in works {
            let late = work.deadline <= Instant::now();
            refuse(work.reply, if late { too_late() } else { ended(reason.to_owned()) });
        }
    }

    /// The request that the process was given last, for its lines in the log.
    pub(crate) fn last_request(&self) -> Option<(String, RequestHandle)> {
        self.lock().last.clone()
    }

    /// What the process writes from now on is about no request.
    pub(crate) fn forget_request(&self) {
        self.lock().last = None;
    }

    /// Whether the process has answered a request, or had time to: its end says nothing about the next one's start.
    pub(crate) fn was_useful(&self) -> bool {
        let inner = self.lock();
        inner.has_answered || inner.was_late
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    /// The request.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Says what the answer is; the request stays on the desk while it streams.
    pub(crate) fn say(&mut self, outcome: Outcome) {
        if let Some(reply) = self.reply.take() {
            self.desk.lock().has_answered = true;
            // A client that has gone needs no answer.
            let _ = reply.send(outcome);
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.desk.lock().works.retain(|work| work.invocation_id != self.invocation_id);
    }
}

fn refuse(reply: Option<oneshot::Sender<Outcome>>, refusal: Error) {
    if let Some(reply) = reply {
        let _ = reply.send(Outcome::Refused(refusal));
    }
}

/// 502: there is no process any more that could answer. The reason is for the log.
pub(crate) fn ended(reason: impl Into<BoxError>) -> Error {
    failure("Runtime.ExitError", "function process ended").with_cause(reason)
}

/// 504: the process did not answer in time.
pub(crate) fn too_late() -> Error {
    Failure::new("Sandbox.Timedout", "function took too long").into_error(StatusCode::GATEWAY_TIMEOUT)
}

/// 503: all processes were busy until the request was out of time.
pub(crate) fn never_begun() -> Error {
    let words = "no process of the function became free";
    Failure::new("ServiceUnavailable", words).into_error(StatusCode::SERVICE_UNAVAILABLE)
}

fn failure(kind: &str, words: &str) -> Error {
    Failure::new(kind, words).into_error(StatusCode::BAD_GATEWAY)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use kn_func_runtime::Context;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn put(desk: &Desk, id: &str, time: Duration) -> (String, oneshot::Receiver<Outcome>) {
        let (reply, answer) = oneshot::channel();
        (desk.put(id.into(), Instant::now() + time, Context::get("/").handle(), reply), answer)
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_answered_once_and_in_time() {
        let desk = Arc::new(Desk::new(1));
        let (invocation, answer) = put(&desk, "a", SECOND);
        assert_eq!(desk.claim("b", None).unwrap_err(), Refusal::Unknown);
        assert_eq!(desk.claim("a", Some("another")).unwrap_err(), Refusal::Unknown);
        let mut claim = desk.claim("a", Some(&invocation)).unwrap();
        assert_eq!(desk.claim("a", None).unwrap_err(), Refusal::Unknown);
        assert!(!desk.was_useful());
        claim.say(Outcome::Whole(Bytes::new()));
        assert!(matches!(answer.await, Ok(Outcome::Whole(_))));
        assert!(desk.was_useful());
        drop(claim);

        let (_, _answer) = put(&desk, "late", SECOND);
        tokio::time::advance(SECOND).await;
        assert_eq!(desk.claim("late", None).unwrap_err(), Refusal::Late);
    }

    #[tokio::test(start_paused = true)]
    async fn the_earliest_deadline_is_the_one_that_rings() {
        let desk = Desk::new(3);
        let watch = async {
            desk.overdue().await;
            Instant::now()
        };
        let start = Instant::now();
        let requests = async {
            tokio::task::yield_now().await;
            let late = put(&desk, "late", SECOND * 9);
            tokio::task::yield_now().await;
            (late, put(&desk, "early", SECOND))
        };
        let (rang, _answers) = tokio::join!(watch, requests);
        assert_eq!(rang - start, SECOND);
    }

    #[tokio::test]
    async fn asking_for_more_than_it_can_hold_gives_the_first_up() {
        let desk = Arc::new(Desk::new(2));
        let (_, mut first) = put(&desk, "first", SECOND);
        let (_, mut second) = put(&desk, "second", SECOND);
        // What is being answered needs no hand.
        let _answer = desk.claim("second", None).unwrap();
        desk.make_room();
        assert!(first.try_recv().is_err());
        let (_, mut third) = put(&desk, "third", SECOND);
        desk.make_room();
        let Ok(Outcome::Refused(error)) = first.await else { panic!("it was not refused") };
        assert_eq!((error.status().as_u16(), error.message()), (502, "Runtime.NoResponse: function did not answer"));
        assert!(second.try_recv().is_err() && third.try_recv().is_err());
    }
}
