//! The next request for a process, whenever there is one.

use std::future::pending;

use http::Response;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http_body_util::Full;
use tokio::select;
use uuid::Uuid;

use super::{Api, Phase, Reply};

static REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
static INVOCATION_ID: HeaderName = HeaderName::from_static("lambda-runtime-invocation-id");

impl Api {
    /// Waits for the next request. There is no timer on it.
    pub(super) async fn next(&self) -> Reply {
        self.reach(Phase::Up);
        self.desk.make_room();
        let job = select! {
            biased;
            // One that is about to end must not take a request with it. It gets no answer either: AWS's Rust runtime panics at one
            // that is no request.
            () = self.reached(Phase::Stopping) => pending().await,
            job = self.queue.take() => job,
        };
        let mut reply = Response::new(Full::new(job.payload));
        let headers = reply.headers_mut();
        *headers = job.headers;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // Two clients may have chosen the same id, and not all processes echo the other one.
        let id = if self.desk.has(&job.id) { Uuid::new_v4().to_string() } else { job.id };
        let given = self.desk.put(id.clone(), job.deadline, job.request, job.reply);
        for (name, id) in [(&REQUEST_ID, id), (&INVOCATION_ID, given)] {
            if let Ok(id) = HeaderValue::try_from(id) {
                headers.insert(name, id);
            }
        }
        reply
    }
}
