//! A request as a REST API of AWS describes it: payload format 1.0.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::incoming::Incoming;
use crate::route::Matched;
use crate::time::Time;
use crate::v2::{parameters, some, text};

type Map<'a> = BTreeMap<Cow<'a, str>, Cow<'a, str>>;
type MultiMap<'a> = BTreeMap<Cow<'a, str>, Vec<Cow<'a, str>>>;

/// What is missing is null, as there.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request<'a> {
    resource: &'a str,
    path: &'a str,
    http_method: &'a str,
    headers: Map<'a>,
    multi_value_headers: MultiMap<'a>,
    query_string_parameters: Option<Map<'a>>,
    multi_value_query_string_parameters: Option<MultiMap<'a>>,
    path_parameters: Option<Map<'a>>,
    stage_variables: Value,
    request_context: Context<'a>,
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
    http_method: &'a str,
    identity: Identity<'a>,
    path: &'a str,
    protocol: &'static str,
    request_id: &'a str,
    request_time: String,
    request_time_epoch: i64,
    resource_path: &'a str,
    stage: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    source_ip: Cow<'a, str>,
    user_agent: &'a str,
}

impl<'a> Request<'a> {
    pub(crate) fn new(incoming: &Incoming<'a>, matched: &'a Matched, function: &'a str) -> Self {
        let (body, is_base64_encoded) = incoming.content_if_utf8().encoded();
        let now = Time::now();
        let resource = matched.pattern.as_deref().unwrap_or(incoming.path());
        let headers = grouped(incoming.headers.iter().map(|(name, value)| (name.as_str().into(), text(value))));
        let query = grouped(form_urlencoded::parse(incoming.query().as_bytes()));
        Self {
            resource,
            path: incoming.path(),
            http_method: incoming.method.as_str(),
            headers: last(&headers),
            multi_value_headers: headers,
            query_string_parameters: some(last(&query)),
            multi_value_query_string_parameters: (!query.is_empty()).then_some(query),
            path_parameters: some(parameters(matched)),
            stage_variables: Value::Null,
            request_context: Context {
                account_id: "anonymous",
                api_id: function,
                domain_name: incoming.domain(),
                domain_prefix: incoming.domain_prefix(),
                http_method: incoming.method.as_str(),
                identity: Identity { source_ip: incoming.source_ip(), user_agent: incoming.user_agent() },
                path: incoming.path(),
                protocol: incoming.protocol(),
                request_id: incoming.request_id,
                request_time: now.text,
                request_time_epoch: now.epoch,
                resource_path: resource,
                stage: Incoming::DEFAULT,
            },
            body,
            is_base64_encoded,
        }
    }
}

fn grouped<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> MultiMap<'a> {
    let mut map = MultiMap::new();
    for (name, value) in pairs {
        map.entry(name).or_default().push(value);
    }
    map
}

/// The single values are the last ones.
fn last<'a>(map: &MultiMap<'a>) -> Map<'a> {
    map.iter().filter_map(|(name, values)| Some((name.clone(), values.last()?.clone()))).collect()
}
