//! The requests that wait for a free process, in order.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::HeaderMap;
use kn_func_runtime::{Error, RequestHandle};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::outcome::Outcome;

/// A request for a process.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) payload: Bytes,
    pub(crate) headers: HeaderMap,
    /// What the process calls it.
    pub(crate) id: String,
    pub(crate) deadline: Instant,
    /// For the log.
    pub(crate) request: RequestHandle,
    /// Closed when the client has gone or has got its answer.
    pub(crate) reply: oneshot::Sender<Outcome>,
}

/// Requests in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    jobs: BTreeMap<u64, Job>,
    last: u64,
}

/// A place in the queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket(u64);

impl Queue {
    /// Puts a request at the end.
    pub(crate) fn put(&self, job: Job) -> Ticket {
        let ticket = {
            let mut waiting = self.lock();
            waiting.last += 1;
            let ticket = waiting.last;
            waiting.jobs.insert(ticket, job);
            ticket
        };
        self.arrived.notify_one();
        Ticket(ticket)
    }

    /// Takes the first request, when there is one. Nothing is lost if this is given up.
    pub(crate) async fn take(&self) -> Job {
        loop {
            let arrived = self.arrived.notified();
            if let Some(job) = self.first() {
                return job;
            }
            arrived.await;
        }
    }

    fn first(&self) -> Option<Job> {
        let mut waiting = self.lock();
        loop {
            let (_, job) = waiting.jobs.pop_first()?;
            // Whoever waits for one that is out of time has that answer already, or is about to.
            if !job.reply.is_closed() && job.deadline > Instant::now() {
                return Some(job);
            }
        }
    }

    /// Takes a request back; false if a process has it.
    pub(crate) fn withdraw(&self, ticket: Ticket) -> bool {
        self.lock().jobs.remove(&ticket.0).is_some()
    }

    /// Answers all that wait with the same words.
    pub(crate) fn refuse_all(&self, refusal: impl Fn() -> Error) {
        let jobs = std::mem::take(&mut self.lock().jobs);
        for job in jobs.into_values() {
            // A client that has gone needs no answer.
            let _ = job.reply.send(Outcome::Refused(refusal()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use kn_func_runtime::Context;
    use tokio::sync::oneshot::Receiver;

    use super::*;

    fn job(id: &str) -> (Job, Receiver<Outcome>) {
        job_of(id, Duration::from_secs(60))
    }

    fn job_of(id: &str, time: Duration) -> (Job, Receiver<Outcome>) {
        let (reply, answer) = oneshot::channel();
        let deadline = Instant::now() + time;
        let request = Context::get("/").handle();
        (Job { payload: Bytes::new(), headers: HeaderMap::new(), id: id.into(), deadline, request, reply }, answer)
    }

    #[tokio::test]
    async fn who_came_first_is_served_first_and_who_has_gone_not_at_all() {
        let queue = Queue::default();
        let (first, gone) = job("first");
        let (second, _second) = job("second");
        let (third, _third) = job("third");
        queue.put(first);
        let ticket = queue.put(second);
        queue.put(third);
        drop(gone);
        assert!(queue.withdraw(ticket));
        assert_eq!(queue.take().await.id, "third");
        assert!(!queue.withdraw(ticket));
    }

    #[tokio::test]
    async fn who_is_out_of_time_is_not_served() {
        let queue = Queue::default();
        let (late, _late) = job_of("late", Duration::ZERO);
        let (next, _next) = job("next");
        queue.put(late);
        queue.put(next);
        assert_eq!(queue.take().await.id, "next");
    }

    #[tokio::test]
    async fn a_request_is_not_lost_with_one_who_waited_for_it() {
        let queue = Arc::new(Queue::default());
        let waiting = |queue: &Arc<Queue>| {
            let queue = queue.clone();
            tokio::spawn(async move { queue.take().await.id })
        };
        let first = waiting(&queue);
        let second = waiting(&queue);
        tokio::task::yield_now().await;
        let (job, _answer) = job("job");
        // The first is told of the request, and ends before it can take it.
        queue.put(job);
        first.abort();
        assert_eq!(second.await.unwrap(), "job");
    }
}
