//! What a Lambda function is invoked with.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::settings::Shape;
use crate::trace;

/// The longest that Lambda lets a function run.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// One invocation, as the Runtime API of Lambda hands it out.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Invocation {
    /// The event in JSON.
    pub payload: Bytes,
    /// The id of the request.
    pub request_id: String,
    /// When its time is over: `FUNC_REQUEST_TIMEOUT`, or 15 minutes as on Lambda.
    pub deadline: SystemTime,
    /// The ARN of the function.
    pub function_arn: Arc<str>,
    /// In X-Ray's words.
    pub trace_id: Option<String>,
    /// JSON in ASCII, with the attributes of the event in `custom`.
    pub client_context: Option<String>,
    pub(crate) shape: Shape,
    pub(crate) is_event: bool,
}

impl Invocation {
    pub(crate) fn new(
        request_id: &str,
        deadline: Option<Instant>,
        headers: &HeaderMap,
        function_arn: Arc<str>,
    ) -> Self {
        let left = deadline.map_or(LONGEST, |deadline| deadline.saturating_duration_since(Instant::now()));
        Self {
            payload: Bytes::new(),
            request_id: request_id.to_owned(),
            deadline: SystemTime::now().checked_add(left).unwrap_or(UNIX_EPOCH),
            function_arn,
            trace_id: trace::trace_id(headers),
            client_context: None,
            shape: Shape::Payload,
            is_event: false,
        }
    }

    /// What the Runtime API says about it beside the event.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(8);
        let mut say = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        let deadline = self.deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
        say("lambda-runtime-aws-request-id", &self.request_id);
        say("lambda-runtime-deadline-ms", &deadline.as_millis().to_string());
        say("lambda-runtime-invoked-function-arn", &self.function_arn);
        if let Some(trace_id) = &self.trace_id {
            say("lambda-runtime-trace-id", trace_id);
        }
        if let Some(client_context) = &self.client_context {
            say("lambda-runtime-client-context", client_context);
        }
        headers
    }
}
