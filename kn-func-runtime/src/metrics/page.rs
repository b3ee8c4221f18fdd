//! The page of all metrics, as Prometheus reads it.

use std::future::ready;
use std::sync::Arc;

use http::header::{ACCEPT, ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;

use super::register;
use crate::body::{Body, Request, Response};
use crate::error::Result;
use crate::function::Function;
use crate::output;

const PATH: &str = "/metrics";

/// What a page looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    OpenMetrics,
    /// What there was before OpenMetrics: version 0.0.4.
    Prometheus,
}

/// A function that answers with the metrics of this registry and those that users have [registered](register).
pub(super) fn function(registry: Arc<Registry>) -> Function {
    Function::new(move |request: Request| ready(answer(&registry, &request)))
}

fn answer(registry: &Registry, request: &Request) -> Result<Response> {
    if request.uri().path() != PATH {
        return Ok(output::text(StatusCode::NOT_FOUND, "metrics are at /metrics"));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refusal = output::text(StatusCode::METHOD_NOT_ALLOWED, "metrics are asked for with GET or HEAD");
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Ok(refusal);
    }
    let format = Format::of(request.headers());
    let mut page = Response::new(Body::from(page(registry, format)?));
    page.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    Ok(page)
}

fn page(registry: &Registry, format: Format) -> Result<String> {
    let mut page = String::new();
    match format {
        Format::OpenMetrics => {
            text::encode_registry(&mut page, registry)?;
            register(|users| text::encode_registry(&mut page, users))?;
            text::encode_eof(&mut page)?;
        }
        Format::Prometheus => {
            prometheus_text::encode(&mut page, registry)?;
            register(|users| prometheus_text::encode(&mut page, users))?;
        }
    }
    Ok(page)
}

impl Format {
    /// OpenMetrics, unless the client knows the older format and does not say that it knows this one.
    fn of(headers: &HeaderMap) -> Self {
        let accepted = || headers.get_all(ACCEPT).iter().filter_map(|it| it.to_str().ok()).flat_map(|it| it.split(','));
        let accepts = |media_type: &str| accepted().any(|it| is_range(it, media_type));
        if accepts("text/plain") && !accepts("application/openmetrics-text") {
            Self::Prometheus
        } else {
            Self::OpenMetrics
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => prometheus_text::CONTENT_TYPE,
        }
    }
}

/// Whether a part of an `Accept` header names a media type; weight 0 says that it is unwanted (RFC 9110, section 12.4.2).
fn is_range(range: &str, media_type: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(media_type));
    let is_unwanted = parts.any(|part| {
        let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
        weight.and_then(|weight| weight.parse::<f32>().ok()) == Some(0.0)
    });
    is_named && !is_unwanted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(accept: &[&'static str]) -> Format {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(ACCEPT, HeaderValue::from_static(value));
        }
        Format::of(&headers)
    }

    #[test]
    fn the_format_is_openmetrics_unless_only_the_older_one_is_known() {
        let prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                          text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        for accept in [
            &[][..],
            &["*/*"],
            &["text/html, */*;q=0.8"],
            &[prometheus],
            &["text/plain", "application/openmetrics-text"],
        ] {
            assert_eq!(format(accept), Format::OpenMetrics, "{accept:?}");
        }
        let unwanted = "text/plain, application/openmetrics-text;q=0.0";
        for accept in
            [&["text/plain"][..], &["text/plain;version=0.0.4;q=1,*/*;q=0.1"], &["Text/Plain , */*"], &[unwanted]]
        {
            assert_eq!(format(accept), Format::Prometheus, "{accept:?}");
        }
    }
}
