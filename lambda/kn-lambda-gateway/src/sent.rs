//! Whether what was sent is an API Gateway event already.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kn_func_runtime::Result;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::failure::Failure;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'a> {
    #[serde(borrow)]
    request_context: Option<&'a RawValue>,
    body: Option<&'a RawValue>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// Whether a payload is a request as API Gateway describes it: an object with a `requestContext` that is one.
///
/// # Errors
///
/// 400 if its body is said to be base64 and is not.
pub(crate) fn is_request(payload: &[u8]) -> Result<bool> {
    let Some(sent) = read(payload) else { return Ok(false) };
    if !sent.request_context.is_some_and(|context| context.get().starts_with('{')) {
        return Ok(false);
    }
    if sent.is_base64_encoded == Some(true) {
        let body: Option<String> = sent.body.and_then(|body| serde_json::from_str(body.get()).ok());
        STANDARD.decode(body.unwrap_or_default()).map_err(|error| {
            Failure::bad_request(format!("body of the API Gateway event is said to be base64 and is not: {error}"))
        })?;
    }
    Ok(true)
}

/// Looks for the word first: most payloads are something else.
fn read(payload: &[u8]) -> Option<Sent<'_>> {
    const WORD: &[u8] = b"\"requestContext\"";
    let is_object = payload.trim_ascii_start().starts_with(b"{");
    let may_be = is_object && payload.windows(WORD.len()).any(|window| window == WORD);
    may_be.then(|| serde_json::from_slice(payload).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_a_context() {
        for (payload, expected) in [
            (r#"{"requestContext": {}}"#, true),
            (r#" {"version": "2.0", "requestContext": {"http": {}}, "body": null}"#, true),
            (r#"{"requestContext": 7}"#, false),
            (r#"{"a": {"requestContext": {}}}"#, false),
            (r#"[{"requestContext": {}}]"#, false),
            (r#"[{}, "requestContext"]"#, false),
            ("{}", false),
            ("", false),
        ] {
            assert_eq!(is_request(payload.as_bytes()).unwrap(), expected, "{payload}");
        }
    }

    #[test]
    fn a_body_that_is_said_to_be_base64_must_be() {
        let payload = br#"{"requestContext": {}, "isBase64Encoded": true, "body": "a b"}"#;
        let error = is_request(payload).unwrap_err();
        assert_eq!(error.status(), 400);
        assert!(error.message().contains("base64"), "{error}");
    }
}
