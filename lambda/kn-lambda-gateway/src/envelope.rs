//! The answer of a function, as an HTTP response.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use kn_func_runtime::{Body, Response, Result};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::failure::Failure;
use crate::headers::{MOST_HEADERS, Multiple, Single, collect};

/// What API Gateway takes for a response.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    status_code: Status,
    #[serde(default, deserialize_with = "or_null")]
    headers: Single,
    #[serde(default, deserialize_with = "or_null")]
    multi_value_headers: Multiple,
    #[serde(default, deserialize_with = "or_null")]
    cookies: Vec<String>,
    body: Option<String>,
    #[serde(default, deserialize_with = "or_null")]
    is_base64_encoded: bool,
}

/// What comes before a stream.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Prelude {
    status_code: Option<Status>,
    #[serde(default, deserialize_with = "or_null")]
    headers: Single,
    #[serde(default, deserialize_with = "or_null")]
    multi_value_headers: Multiple,
    #[serde(default, deserialize_with = "or_null")]
    cookies: Vec<String>,
}

/// A status, which some write as text.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a number as `statusCode`")]
enum Status {
    Number(i64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Probe {
    status_code: Option<IgnoredAny>,
}

/// Whether an answer is an envelope: an object with a `statusCode`.
pub(crate) fn is_envelope(answer: &[u8]) -> bool {
    const WORD: &[u8] = b"\"statusCode\"";
    let may_be = answer.trim_ascii_start().starts_with(b"{") && answer.windows(WORD.len()).any(|window| window == WORD);
    may_be && serde_json::from_slice::<Probe>(answer).is_ok_and(|probe| probe.status_code.is_some())
}

/// Opens an envelope.
pub(crate) fn open(answer: &[u8], text_type: &HeaderValue) -> Result<Response> {
    let envelope: Envelope = serde_json::from_slice(answer)
        .map_err(|error| Failure::bad_gateway(format!("answer has a `statusCode` and is no response: {error}")))?;
    let status = status(&envelope.status_code)?;
    let headers = collect(envelope.headers, envelope.multi_value_headers, envelope.cookies)?;
    let body = envelope.body.unwrap_or_default();
    let (body, media_type) = if envelope.is_base64_encoded {
        let bytes = STANDARD.decode(body).map_err(|error| {
            Failure::bad_gateway(format!("body of the answer is said to be base64 and is not: {error}"))
        })?;
        (Bytes::from(bytes), HeaderValue::from_static("application/octet-stream"))
    } else {
        (Bytes::from(body), text_type.clone())
    };
    let media_type = Some(media_type).filter(|_| !body.is_empty());
    Ok(response(status, headers, media_type, body.into()))
}

/// An answer that is not an envelope: all of it.
pub(crate) fn whole(answer: Bytes) -> Result<Response> {
    if let Some(fault) = json_fault(&answer) {
        return Err(Failure::bad_gateway(format!("answer is not JSON: {fault}")));
    }
    let json = HeaderValue::from_static("application/json");
    Ok(response(StatusCode::OK, HeaderMap::new(), Some(json), answer.into()))
}

/// A stream after its prelude.
pub(crate) fn streamed(prelude: &[u8], body: Body) -> Result<Response> {
    let prelude: Prelude = serde_json::from_slice(prelude)
        .map_err(|error| Failure::bad_gateway(format!("what comes before the stream is no response: {error}")))?;
    let status = prelude.status_code.as_ref().map_or(Ok(StatusCode::OK), status)?;
    let headers = collect(prelude.headers, prelude.multi_value_headers, prelude.cookies)?;
    Ok(response(status, headers, Some(HeaderValue::from_static("application/octet-stream")), body))
}

/// A response whose content type is this, if it has none of its own.
pub(crate) fn response(
    status: StatusCode,
    headers: HeaderMap,
    media_type: Option<HeaderValue>,
    body: Body,
) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if let Some(media_type) = media_type {
        response.headers_mut().entry(CONTENT_TYPE).or_insert(media_type);
    }
    response
}

/// What keeps text from being JSON, and where. What is skipped is not checked to be UTF-8, so that comes first.
pub(crate) fn json_fault(text: &[u8]) -> Option<String> {
    match std::str::from_utf8(text) {
        Ok(text) => serde_json::from_str::<IgnoredAny>(text).err().map(|error| error.to_string()),
        Err(error) => Some(format!("it is not UTF-8 from byte {} on", error.valid_up_to())),
    }
}

/// What a response must not be that a function has made itself.
pub(crate) fn check(response: &Response) -> Result<()> {
    let status = response.status();
    if status.is_informational() {
        let status = status.as_u16();
        return Err(Failure::bad_gateway(format!("status of the answer is {status}; expected one from 200 to 999")));
    }
    if response.headers().len() > MOST_HEADERS {
        return Err(Failure::bad_gateway("answer has too many headers"));
    }
    Ok(())
}

/// An interim status is no answer (RFC 9110, section 15.2).
fn status(status: &Status) -> Result<StatusCode> {
    let number = match status {
        Status::Number(number) => Some(*number),
        Status::Text(text) => text.parse().ok(),
    };
    let status = number.and_then(|number| StatusCode::from_u16(u16::try_from(number).ok()?).ok());
    status.filter(|status| !status.is_informational()).ok_or_else(|| {
        let came = number.map_or_else(|| "no number".to_owned(), |number| number.to_string());
        Failure::bad_gateway(format!("`statusCode` of the answer is {came}; expected a number from 200 to 999"))
    })
}

fn or_null<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use kn_func_runtime::Error;

    use super::*;

    fn opened(answer: &str) -> Result<Response> {
        assert!(is_envelope(answer.as_bytes()), "{answer}");
        open(answer.as_bytes(), &HeaderValue::from_static("application/json"))
    }

    fn refusal(answer: &str) -> Error {
        let error = opened(answer).unwrap_err();
        assert_eq!(error.status(), 502, "{answer}");
        error
    }

    #[tokio::test]
    async fn an_envelope_becomes_a_response() {
        let answer = r#"{"statusCode": 201, "headers": {"X-Shop": 7, "x-open": true, "vary": "a"},
            "multiValueHeaders": {"Vary": ["b", "c"], "x-shop": ["7"]}, "cookies": ["a=1", "b=2"], "body": "hello"}"#;
        let response = opened(answer).unwrap();
        assert_eq!(response.status(), 201);
        let values =
            |name| response.headers().get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(values("x-shop"), ["7"]);
        assert_eq!(values("x-open"), ["true"]);
        assert_eq!(values("vary"), ["a", "b", "c"]);
        assert_eq!(values("set-cookie"), ["a=1", "b=2"]);
        assert_eq!(values("content-type"), ["application/json"]);
        assert_eq!(response.into_body().bytes().await.unwrap(), "hello");
    }

    #[tokio::test]
    async fn a_body_of_base64_is_octets() {
        let response = opened(r#"{"statusCode": "200", "body": "/wA=", "isBase64Encoded": true}"#).unwrap();
        assert_eq!(response.headers()[CONTENT_TYPE], "application/octet-stream");
        assert_eq!(response.into_body().bytes().await.unwrap(), &b"\xff\0"[..]);
    }

    #[test]
    fn what_is_missing_or_null_is_empty() {
        let nulls = r#"{"statusCode": 204, "headers": null, "multiValueHeaders": null, "cookies": null, "body": null, "isBase64Encoded": null}"#;
        for answer in [r#"{"statusCode": 204}"#, nulls] {
            let response = opened(answer).unwrap();
            assert_eq!((response.status().as_u16(), response.headers().len()), (204, 0), "{answer}");
        }
    }

    #[test]
    fn what_is_about_the_connection_is_left_to_the_server() {
        let answer = r#"{"statusCode": 200, "headers": {"Content-Length": "3", "transfer-encoding": "chunked", "Connection": "close"}}"#;
        assert!(opened(answer).unwrap().headers().is_empty());
    }

    #[test]
    fn what_cannot_be_sent_is_a_502_that_says_why() {
        let cases = [
            (r#"{"statusCode": 99}"#, "`statusCode` of the answer is 99; expected a number from 200 to 999"),
            (r#"{"statusCode": 1000}"#, "`statusCode` of the answer is 1000"),
            (r#"{"statusCode": -1}"#, "`statusCode` of the answer is -1"),
            (r#"{"statusCode": 101}"#, "`statusCode` of the answer is 101"),
            (r#"{"statusCode": "soon"}"#, "`statusCode` of the answer is no number"),
            (r#"{"statusCode": {}}"#, "expected a number as `statusCode`"),
            (r#"{"statusCode": 200, "body": {}}"#, "expected a string"),
            (r#"{"statusCode": 200, "body": "%", "isBase64Encoded": true}"#, "said to be base64 and is not"),
            (r#"{"statusCode": 200, "headers": {"a b": "c"}}"#, "`a b` is no name of a header"),
            (r#"{"statusCode": 200, "headers": {"": "c"}}"#, "`` is no name of a header"),
            (
                r#"{"statusCode": 200, "headers": {"a": "b\r\nc: d"}}"#,
                "header `a` holds a value that HTTP does not allow",
            ),
            (r#"{"statusCode": 200, "headers": {"a": []}}"#, "as the value of a header"),
            (r#"{"statusCode": 200, "headers": []}"#, "expected a map"),
            (r#"{"statusCode": 200, "cookies": ["a\u0000"]}"#, "header `set-cookie` holds a value"),
        ];
        for (answer, words) in cases {
            let error = refusal(answer);
            assert!(error.message().contains(words), "{answer}: {error}");
        }
    }

    #[test]
    fn more_headers_than_any_client_takes_are_a_502() {
        let headers: Vec<_> = (0..1001).map(|number| format!("\"h{number}\": 1")).collect();
        let answer = format!("{{\"statusCode\": 200, \"headers\": {{{}}}}}", headers.join(","));
        assert!(refusal(&answer).message().contains("too many headers"));
    }

    #[test]
    fn only_an_object_with_a_status_is_an_envelope() {
        for answer in
            ["{}", "7", "null", r#"["statusCode"]"#, r#"{"a": {"statusCode": 7}}"#, r#"{"statusCode": null}"#, "{"]
        {
            assert!(!is_envelope(answer.as_bytes()), "{answer}");
        }
    }
}
