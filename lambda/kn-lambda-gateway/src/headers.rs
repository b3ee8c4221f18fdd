//! The headers of an answer, out of JSON.

use std::collections::BTreeMap;

use http::header::{CONNECTION, CONTENT_LENGTH, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue};
use kn_func_runtime::Result;
use serde::Deserialize;

use crate::failure::Failure;

/// What is about the connection or made by the server.
const NOT_THEIRS: [HeaderName; 8] = [
    CONNECTION,
    CONTENT_LENGTH,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// A value of a header, which JSON may hold as a number or a truth.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected text, a number, true or false as the value of a header")]
pub(crate) enum Scalar {
    Text(String),
    Truth(bool),
    Number(serde_json::Number),
}

pub(crate) type Single = BTreeMap<String, Scalar>;
pub(crate) type Multiple = BTreeMap<String, Vec<Scalar>>;

impl Scalar {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Truth(truth) => truth.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// More than any client takes.
pub(crate) const MOST_HEADERS: usize = 1000;

/// One map of all, as a REST API merges them: what both have is there once.
pub(crate) fn collect(single: Single, multiple: Multiple, cookies: Vec<String>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in single {
        push(&mut headers, name_of(&name)?, value.into_text())?;
    }
    for (name, values) in multiple {
        let name = name_of(&name)?;
        let before = headers.remove(&name);
        let values: Vec<String> = values.into_iter().map(Scalar::into_text).collect();
        if let Some(before) = before.filter(|before| !values.iter().any(|value| value.as_bytes() == before.as_bytes()))
        {
            headers.insert(name.clone(), before);
        }
        for value in values {
            push(&mut headers, name.clone(), value)?;
        }
    }
    for cookie in cookies {
        push(&mut headers, SET_COOKIE, cookie)?;
    }
    remove_not_theirs(&mut headers);
    Ok(headers)
}

/// Takes away what is about the connection, which is the server's.
pub(crate) fn remove_not_theirs(headers: &mut HeaderMap) {
    for name in &NOT_THEIRS {
        headers.remove(name);
    }
}

fn name_of(name: &str) -> Result<HeaderName> {
    HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Failure::bad_gateway(format!("`{}` is no name of a header", excerpt(name))))
}

fn push(headers: &mut HeaderMap, name: HeaderName, value: String) -> Result<()> {
    let value = HeaderValue::try_from(value.into_bytes()).map_err(|_| {
        Failure::bad_gateway(format!("header `{}` holds a value that HTTP does not allow", excerpt(name.as_str())))
    })?;
    if headers.len() >= MOST_HEADERS {
        return Err(Failure::bad_gateway("answer has too many headers"));
    }
    headers.append(name, value);
    Ok(())
}

/// What the function made up may be long and not printable.
fn excerpt(name: &str) -> String {
    name.chars().take(64).flat_map(char::escape_debug).collect()
}
