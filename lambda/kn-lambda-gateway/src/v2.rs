//! A request as an HTTP API or a function URL of AWS describes it: payload format 2.0.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use serde::Serialize;

use crate::incoming::Incoming;
use crate::route::Matched;
use crate::time::Time;

type Map<'a> = BTreeMap<Cow<'a, str>, Cow<'a, str>>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request<'a> {
    version: &'static str,
    route_key: String,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<Vec<Cow<'a, str>>>,
    headers: Map<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_string_parameters: Option<Map<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_parameters: Option<Map<'a>>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'static str,
    api_id: &'a str,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: String,
    stage: &'static str,
    time: String,
    time_epoch: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'static str,
    source_ip: Cow<'a, str>,
    user_agent: &'a str,
}

impl<'a> Request<'a> {
    pub(crate) fn new(incoming: &Incoming<'a>, matched: &'a Matched, function: &'a str) -> Self {
        let (body, is_base64_encoded) = incoming.content().encoded();
        let route_key = incoming.route_key(matched);
        let now = Time::now();
        Self {
            version: "2.0",
            route_key: route_key.clone(),
            raw_path: incoming.path(),
            raw_query_string: incoming.query(),
            cookies: cookies(incoming.headers),
            headers: headers(incoming.headers),
            query_string_parameters: some(query(incoming.query())),
            path_parameters: some(parameters(matched)),
            request_context: Context {
                account_id: "anonymous",
                api_id: function,
                domain_name: incoming.domain(),
                domain_prefix: incoming.domain_prefix(),
                http: Http {
                    method: incoming.method.as_str(),
                    path: incoming.path(),
                    protocol: incoming.protocol(),
                    source_ip: incoming.source_ip(),
                    user_agent: incoming.user_agent(),
                },
                request_id: incoming.request_id,
                route_key,
                stage: Incoming::DEFAULT,
                time: now.text,
                time_epoch: now.epoch,
            },
            body,
            is_base64_encoded,
        }
    }
}

/// The path parameters by name.
pub(crate) fn parameters(matched: &Matched) -> Map<'_> {
    matched.parameters.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

pub(crate) fn some<'a>(map: Map<'a>) -> Option<Map<'a>> {
    (!map.is_empty()).then_some(map)
}

/// A header value in JSON, which has no room for octets that are not UTF-8.
pub(crate) fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

fn headers(headers: &HeaderMap) -> Map<'_> {
    let others = headers.iter().filter(|(name, _)| *name != COOKIE);
    joined(others.map(|(name, value)| (Cow::Borrowed(name.as_str()), text(value))))
}

fn query(query: &str) -> Map<'_> {
    joined(form_urlencoded::parse(query.as_bytes()))
}

/// What comes several times is one text, separated by commas.
fn joined<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Map<'a> {
    let mut map = Map::new();
    for (name, value) in pairs {
        match map.get_mut(&name) {
            Some(known) => {
                let known = known.to_mut();
                known.push(',');
                known.push_str(&value);
            }
            None => drop(map.insert(name, value)),
        }
    }
    map
}

fn cookies(headers: &HeaderMap) -> Option<Vec<Cow<'_, str>>> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
    let cookies = lines.flat_map(|line| line.split("; ")).filter(|cookie| !cookie.is_empty());
    let cookies: Vec<_> = cookies.map(Cow::Borrowed).collect();
    (!cookies.is_empty()).then_some(cookies)
}
