//! What the environment says about the way to a function and back.

use std::env::{self, VarError};

use http::HeaderValue;
use kn_func_runtime::ConfigError;

use crate::function::FunctionInfo;
use crate::route::Route;

/// Six mebibytes, as on Lambda.
const RESPONSE_LIMIT: usize = 6 * 1024 * 1024;

/// As many as a semaphore can count.
const MOST_AT_ONCE: usize = usize::MAX >> 3;

const SHAPES: &str = "payload, apigw-v2 or apigw-v1";
const COUNT: &str = "a number above 0";
const ROUTES: &str = "patterns such as /users/{id} or /files/{path+}, separated by commas";
const MEDIA_TYPE: &str = "a media type, such as text/plain; charset=utf-8";
const BYTES: &str = "a number of bytes above 0, such as 6291456, 10MiB or 500KB";

/// What a function is invoked with: `KN_LAMBDA_EVENT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// `payload`: the JSON body, or the data of the event.
    Payload,
    /// `apigw-v2`: the request as an HTTP API or a function URL describes it.
    ApiGatewayV2,
    /// `apigw-v1`: the request as a REST API describes it.
    ApiGatewayV1,
}

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) function: FunctionInfo,
    pub(crate) shape: Option<Shape>,
    pub(crate) concurrency: Option<usize>,
    pub(crate) routes: Vec<Route>,
    pub(crate) content_type: HeaderValue,
    pub(crate) response_limit: usize,
}

impl Settings {
    pub(crate) fn read(look: &Lookup<'_>) -> Result<Self, ConfigError> {
        let vars = Vars { look };
        Ok(Self {
            function: FunctionInfo::read(look)?,
            shape: vars.read("KN_LAMBDA_EVENT", SHAPES, shape)?,
            concurrency: vars
                .read("KN_LAMBDA_CONCURRENCY", COUNT, |text| number(text).map(|most| most.min(MOST_AT_ONCE)))?,
            routes: vars.read("KN_LAMBDA_ROUTE", ROUTES, routes)?.unwrap_or_default(),
            content_type: vars
                .read("KN_LAMBDA_CONTENT_TYPE", MEDIA_TYPE, media_type)?
                .unwrap_or(HeaderValue::from_static("application/json")),
            response_limit: vars.read("KN_LAMBDA_RESPONSE_LIMIT", BYTES, bytes)?.unwrap_or(RESPONSE_LIMIT),
        })
    }
}

/// Where variables are looked up.
pub(crate) type Lookup<'a> = dyn Fn(&'static str) -> Result<Option<String>, ConfigError> + 'a;

/// The environment of the process.
pub(crate) fn environment(name: &'static str) -> Result<Option<String>, ConfigError> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(value)) => Err(ConfigError::new(name, value.to_string_lossy(), "UTF-8 text")),
    }
}

struct Vars<'a> {
    look: &'a Lookup<'a>,
}

impl Vars<'_> {
    /// A variable that is empty is not set.
    fn read<T>(
        &self,
        name: &'static str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = (self.look)(name)?.filter(|value| !value.is_empty()) else { return Ok(None) };
        parse(value.trim()).map(Some).ok_or_else(|| ConfigError::new(name, value, expected))
    }
}

fn shape(text: &str) -> Option<Shape> {
    match text {
        "payload" => Some(Shape::Payload),
        "apigw-v2" => Some(Shape::ApiGatewayV2),
        "apigw-v1" => Some(Shape::ApiGatewayV1),
        _ => None,
    }
}

fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|number| *number > 0)
}

fn routes(text: &str) -> Option<Vec<Route>> {
    text.split(',').map(|pattern| Route::parse(pattern.trim())).collect()
}

fn media_type(text: &str) -> Option<HeaderValue> {
    let (kind, subtype) = text.split(';').next()?.trim().split_once('/')?;
    (!kind.is_empty() && !subtype.is_empty()).then(|| HeaderValue::from_str(text).ok()).flatten()
}

fn bytes(text: &str) -> Option<usize> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(unit_at);
    let factor = match unit.trim() {
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "KiB" => 1024,
        "MiB" => 1024 * 1024,
        _ => return None,
    };
    number(digits)?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("10MiB"), Some(10 * 1024 * 1024));
        assert_eq!(bytes("500 KB"), Some(500_000));
        assert_eq!(bytes("7"), Some(7));
        for wrong in ["", "0", "-1", "10 apples", "MiB", "99999999999999999999"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn all_routes_must_be_patterns() {
        assert_eq!(routes("/a/{b}, /c").map(|routes| routes.len()), Some(2));
        assert_eq!(routes("/a,"), None);
    }

    #[test]
    fn a_media_type_has_two_parts() {
        assert!(media_type("text/plain; charset=utf-8").is_some());
        for wrong in ["text", "/", "text/", "te\nxt/plain"] {
            assert_eq!(media_type(wrong), None, "{wrong}");
        }
    }
}
