//! What the arguments of a program ask for.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Method, Uri};

use super::event_request;
use crate::body::{Body, Request};
use crate::config::ConfigError;

const EVENT: &str = "a file that holds an event as JSON, or - for stdin";
const REQUEST: &str = "a method and a path, such as --request GET '/?name=Ada'";
const HEADER: &str = "a name and a value, such as --header 'content-type: text/plain'";
const BODY: &str = "text, @ and the name of a file, or - for stdin";

/// The request that the arguments describe; none if they are the function's own.
pub(super) fn request(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Request>, ConfigError> {
    let mut arguments = arguments.into_iter();
    match arguments.next().as_ref().and_then(|first| first.to_str()) {
        Some("--event") => {
            let name = next(&mut arguments, "--event", EVENT)?;
            nothing_more(arguments, "--event")?;
            let event = if name == "-" { stdin() } else { fs::read(&name).map(Bytes::from) };
            let event = event.map_err(|error| ConfigError::new("--event", name, format!("{EVENT}: {error}")))?;
            Ok(Some(event_request(event)))
        }
        Some("--request") => described(arguments).map(Some),
        _ => Ok(None),
    }
}

/// The method and the path, then headers and a body.
fn described(mut arguments: impl Iterator<Item = OsString>) -> Result<Request, ConfigError> {
    let method = next(&mut arguments, "--request", REQUEST)?;
    let target = next(&mut arguments, "--request", REQUEST)?;
    let wrong = || ConfigError::new("--request", format!("{method} {target}"), REQUEST);
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| wrong())?;
    *request.uri_mut() = target.parse::<Uri>().ok().filter(|_| target.starts_with('/')).ok_or_else(wrong)?;
    while let Some(option) = arguments.next() {
        match option.to_str() {
            Some("--header") => {
                let header = next(&mut arguments, "--header", HEADER)?;
                let (name, value) = named(&header).ok_or_else(|| ConfigError::new("--header", header, HEADER))?;
                request.headers_mut().append(name, value);
            }
            Some("--body") => {
                let words = given(&mut arguments, "--body")?;
                let body =
                    body(&words).map_err(|error| ConfigError::new("--body", words, format!("{BODY}: {error}")))?;
                *request.body_mut() = body.into();
            }
            _ => return Err(unknown(&option, "--header or --body")),
        }
    }
    request.headers_mut().entry(HOST).or_insert(HeaderValue::from_static("localhost"));
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        request.headers_mut().entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    }
    Ok(request)
}

fn named(header: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = header.split_once(':')?;
    Some((name.trim().parse().ok()?, value.trim().parse().ok()?))
}

fn body(words: &str) -> io::Result<Bytes> {
    match words.strip_prefix('@') {
        Some(name) => fs::read(name).map(Bytes::from),
        None if words == "-" => stdin(),
        None => Ok(words.to_owned().into()),
    }
}

fn stdin() -> io::Result<Bytes> {
    let mut whole = Vec::new();
    io::stdin().lock().read_to_end(&mut whole)?;
    Ok(whole.into())
}

fn next(
    arguments: &mut impl Iterator<Item = OsString>,
    option: &'static str,
    expected: &str,
) -> Result<String, ConfigError> {
    let given = given(arguments, option)?;
    if given.is_empty() { Err(ConfigError::new(option, given, expected)) } else { Ok(given) }
}

fn given(arguments: &mut impl Iterator<Item = OsString>, option: &'static str) -> Result<String, ConfigError> {
    let given = arguments.next().unwrap_or_default().into_string();
    given.map_err(|given| ConfigError::new(option, given.to_string_lossy(), "UTF-8 text"))
}

fn nothing_more(mut arguments: impl Iterator<Item = OsString>, after: &str) -> Result<(), ConfigError> {
    arguments.next().map_or(Ok(()), |more| Err(unknown(&more, &format!("nothing after {after} and its file"))))
}

fn unknown(argument: &OsString, expected: &str) -> ConfigError {
    ConfigError::new("argument", argument.to_string_lossy(), expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Option<Request>, String> {
        request(arguments.iter().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_request_is_described_like_one_of_curl() {
        let arguments = ["--request", "POST", "/a?b=c", "--header", "X-Shop: 7", "--body", r#"{"item":"tea"}"#];
        let request = read(&arguments).unwrap().unwrap();
        assert_eq!((request.method().as_str(), request.uri().to_string()), ("POST", "/a?b=c".to_owned()));
        assert_eq!(request.headers()["x-shop"], "7");
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(request.into_body().bytes().await.unwrap(), r#"{"item":"tea"}"#);
    }

    #[test]
    fn what_is_not_ours_is_left_to_the_function() {
        for arguments in [&[][..], &["abra", "--event", "x"], &["--help"], &["--exact", "child"]] {
            assert!(read(arguments).unwrap().is_none(), "{arguments:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_named_with_what_would_be_right() {
        let wrong = [
            (&["--request"][..], "--request is ``; expected a method and a path, such as --request GET '/?name=Ada'"),
            (
                &["--request", "GET"],
                "--request is ``; expected a method and a path, such as --request GET '/?name=Ada'",
            ),
            (
                &["--request", "GET", "name"],
                "--request is `GET name`; expected a method and a path, such as --request GET '/?name=Ada'",
            ),
            (&["--request", "GET", "/", "-v"], "argument is `-v`; expected --header or --body"),
            (
                &["--request", "GET", "/", "--header", "name"],
                "--header is `name`; expected a name and a value, such as --header 'content-type: text/plain'",
            ),
            (&["--event"], "--event is ``; expected a file that holds an event as JSON, or - for stdin"),
        ];
        for (arguments, words) in wrong {
            assert_eq!(read(arguments).unwrap_err(), words);
        }
        let missing = read(&["--event", "no-such-file.json"]).unwrap_err();
        assert!(
            missing.starts_with("--event is `no-such-file.json`; expected a file that holds an event"),
            "{missing}"
        );
        let missing = read(&["--request", "POST", "/", "--body", "@no-such-file"]).unwrap_err();
        assert!(missing.starts_with("--body is `@no-such-file`; expected text, @ and the name of a file"), "{missing}");
    }
}
