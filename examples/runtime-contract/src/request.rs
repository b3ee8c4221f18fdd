//! The request as it arrived.

use std::collections::BTreeMap;

use chrono::{SecondsFormat, Utc};
use http::{HeaderMap, HeaderName, Version};
use kn_func_runtime::Context;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Arrived {
    ts: String,
    uri: String,
    host: String,
    method: String,
    headers: BTreeMap<String, Vec<String>>,
    proto_major: u8,
    proto_minor: u8,
}

impl Arrived {
    pub(crate) fn of(ctx: &Context) -> Self {
        let (proto_major, proto_minor) = numbers(ctx.request().version());
        Self {
            ts: Utc::now().to_rfc3339_opts(SecondsFormat::Nanos, true),
            uri: ctx.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned(),
            host: host(ctx),
            method: ctx.method().to_string(),
            headers: canonical(ctx.headers()),
            proto_major,
            proto_minor,
        }
    }
}

/// The `Host`; over HTTP/2 it stands in the URI.
fn host(ctx: &Context) -> String {
    let header =
        ctx.headers().get(http::header::HOST).map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
    header.or_else(|| ctx.uri().authority().map(ToString::to_string)).unwrap_or_default()
}

fn numbers(version: Version) -> (u8, u8) {
    match version {
        Version::HTTP_09 => (0, 9),
        Version::HTTP_10 => (1, 0),
        Version::HTTP_2 => (2, 0),
        Version::HTTP_3 => (3, 0),
        _ => (1, 1),
    }
}

/// The headers but `Host`, written as Go does: `X-Request-Id`.
fn canonical(headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let names = headers.keys().filter(|name| *name != http::header::HOST);
    names
        .map(|name| {
            let values =
                headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
            (title(name), values.collect())
        })
        .collect()
}

fn title(name: &HeaderName) -> String {
    let mut begins = true;
    let letters = name.as_str().chars().map(|letter| {
        let titled = if begins { letter.to_ascii_uppercase() } else { letter };
        begins = letter == '-';
        titled
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_go_does() {
        for (name, titled) in [("traceparent", "Traceparent"), ("this-was-user-set", "This-Was-User-Set"), ("x", "X")] {
            assert_eq!(title(&HeaderName::from_static(name)), titled);
        }
    }

    #[test]
    fn the_host_is_no_header_and_the_request_names_its_protocol() {
        let ctx = Context::builder("POST".parse().unwrap(), "/a?b").header("host", "hello.example").body("");
        let arrived = Arrived::of(&ctx);
        assert_eq!(
            (arrived.host.as_str(), arrived.method.as_str(), arrived.uri.as_str()),
            ("hello.example", "POST", "/a?b")
        );
        assert_eq!((arrived.proto_major, arrived.proto_minor), (1, 1));
        assert!(arrived.headers.is_empty(), "{:?}", arrived.headers);
    }
}
