//! A request as AWS's crate gives it to a handler.

use std::collections::HashMap;

use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderValue, Uri};
use kn_lambda_gateway::{Content, Incoming, Matched, Time};
use lambda_http::aws_lambda_events::apigw::{
    ApiGatewayV2httpRequestContext, ApiGatewayV2httpRequestContextHttpDescription,
};
use lambda_http::aws_lambda_events::query_map::QueryMap;
use lambda_http::request::RequestContext;
use lambda_http::{Body, Context, Request, RequestExt as _};

static X_AMZN_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// Makes a handler's request of ours.
pub(crate) fn request(
    original: &http::Request<Bytes>,
    incoming: &Incoming<'_>,
    matched: &Matched,
    context: Context,
) -> Request {
    let body = match incoming.content() {
        Content::Empty => Body::Empty,
        Content::Text(text) => Body::Text(text.to_owned()),
        Content::Binary(octets) => Body::Binary(octets.to_vec()),
    };
    let mut request = Request::new(body);
    *request.method_mut() = incoming.method.clone();
    *request.uri_mut() = absolute(incoming);
    *request.headers_mut() = original.headers().clone();
    let trace_id = context.xray_trace_id.as_deref().and_then(|trace_id| HeaderValue::from_str(trace_id).ok());
    if let Some(trace_id) = trace_id {
        request.headers_mut().insert(&X_AMZN_TRACE_ID, trace_id);
    }
    let mut request = request
        .with_raw_http_path(incoming.path())
        .with_request_context(RequestContext::ApiGatewayV2(request_context(incoming, matched)))
        .with_lambda_context(context);
    if !incoming.query().is_empty() {
        let parameters: QueryMap = incoming.query().parse().unwrap_or_default();
        request = request.with_query_string_parameters(parameters);
    }
    if !matched.parameters.is_empty() {
        let parameters: HashMap<String, String> = matched.parameters.iter().cloned().collect();
        request = request.with_path_parameters(parameters);
    }
    request
}

/// Handlers look at the host in the URI.
fn absolute(incoming: &Incoming<'_>) -> Uri {
    let scheme = match incoming.header("x-forwarded-proto") {
        "https" => "https",
        _ => "http",
    };
    let path_and_query = incoming.uri.path_and_query().cloned();
    let absolute = Uri::builder().scheme(scheme).authority(incoming.host());
    let absolute = absolute.path_and_query(path_and_query.unwrap_or(http::uri::PathAndQuery::from_static("/"))).build();
    // A host that is none, or the `*` of OPTIONS, leaves the URI as it came.
    absolute.unwrap_or_else(|_| incoming.uri.clone())
}

fn request_context(incoming: &Incoming<'_>, matched: &Matched) -> ApiGatewayV2httpRequestContext {
    let now = Time::now();
    let mut http = ApiGatewayV2httpRequestContextHttpDescription::default();
    http.method = incoming.method.clone();
    http.path = Some(incoming.path().to_owned());
    http.protocol = Some(incoming.protocol().to_owned());
    http.source_ip = Some(incoming.source_ip().into_owned());
    http.user_agent = Some(incoming.user_agent().to_owned());
    let mut context = ApiGatewayV2httpRequestContext::default();
    context.route_key = Some(incoming.route_key(matched));
    context.account_id = Some("anonymous".to_owned());
    context.stage = Some(Incoming::DEFAULT.to_owned());
    context.request_id = Some(incoming.request_id.to_owned());
    context.domain_name = Some(incoming.domain().to_owned());
    context.domain_prefix = Some(incoming.domain_prefix().to_owned());
    context.time = Some(now.text);
    context.time_epoch = now.epoch;
    context.http = http;
    context
}
