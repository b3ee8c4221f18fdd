//! Which failures pass, so that another try may help.

use http::StatusCode;

/// Whether Knative Eventing delivers an event again after this status: CloudEvents data plane, "Event acknowledgement and delivery retry".
pub(crate) fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 404 | 408 | 409 | 429 | 500..=599)
}
