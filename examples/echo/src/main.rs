//! Gives back what it gets: the parameters of a query, the fields of a form, or JSON. The request is printed.
//!
//! `cargo run -p echo`, then `curl 'localhost:8080?a=1&b=2'`

mod json;

use std::io::{self, Write};

use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use kn_func_runtime::{Context, Result, kn_function};

#[kn_function]
async fn main(ctx: Context) -> Result<(StatusCode, HeaderMap, String)> {
    let payload = payload(&ctx)?;
    let request = format!("Received request\n{}\n", readable(&ctx, &payload));
    // The caller gets the answer even if nobody takes what is printed.
    let _ = io::stdout().lock().write_all(request.as_bytes());
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    Ok((StatusCode::OK, headers, payload))
}

/// The query, the form or the JSON body, as JSON.
fn payload(ctx: &Context) -> Result<String> {
    let media_type = ctx.headers().get(CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or_default());
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match (ctx.method(), media_type.as_str()) {
        (&Method::GET | &Method::HEAD, _) => Ok(json::object(&ctx.query::<Vec<_>>()?)),
        (&Method::POST, "application/x-www-form-urlencoded") => Ok(json::object(&ctx.form::<Vec<_>>()?)),
        (&Method::POST, json) if json == "application/json" || json.ends_with("+json") => {
            Ok(json::spaced(&ctx.json::<Box<_>>()?) + "\n")
        }
        _ => Ok("{}".into()),
    }
}

/// The request as the guide prints it.
fn readable(ctx: &Context, payload: &str) -> String {
    let host = match ctx.headers().get(HOST) {
        Some(host) => String::from_utf8_lossy(host.as_bytes()),
        None => ctx.uri().authority().map_or("", |authority| authority.as_str()).into(),
    };
    let target = ctx.uri().path_and_query().map_or("/", |target| target.as_str());
    let mut text = format!("{} http://{host}{target} {host}\n", ctx.method());
    for (name, value) in ctx.headers() {
        text += &format!("  {}: {}\n", capitalized(name.as_str()), String::from_utf8_lossy(value.as_bytes()));
    }
    match *ctx.method() {
        Method::GET => text + &format!("URL Query String:\n  {payload}\n"),
        Method::POST => text + &format!("Request body:\n  {payload}\n"),
        _ => text,
    }
}

/// `user-agent` as `User-Agent`.
fn capitalized(name: &str) -> String {
    let mut after = '-';
    let capitals = name.chars().map(|letter| {
        let capital = if after == '-' { letter.to_ascii_uppercase() } else { letter };
        after = letter;
        capital
    });
    capitals.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(ctx: Context) -> String {
        payload(&ctx).unwrap()
    }

    #[tokio::test]
    async fn the_guides_request_gets_the_guides_answer() {
        let (status, headers, text) = super::main(Context::get("/?a=1&b=2")).await.unwrap();
        assert_eq!((status.as_u16(), text.as_str()), (200, "{\"a\": \"1\", \"b\": \"2\"}\n"));
        assert_eq!(headers[CONTENT_TYPE], "application/json");
    }

    #[test]
    fn a_query_is_an_object_of_the_first_values() {
        assert_eq!(
            answer(Context::get("/?b=it-works!&a=caf%C3%A9+1&b=2&c")),
            "{\"b\": \"it-works!\", \"a\": \"café 1\", \"c\": \"\"}\n"
        );
        assert_eq!(answer(Context::get("/")), "{}");
    }

    /// The guide's Python puts names and values between quotes as they are, which here is no JSON.
    #[test]
    fn what_would_break_the_json_is_escaped() {
        let json = answer(Context::get("/?a=%22%2C+%22b&c%5C=1%0A"));
        assert_eq!(json, "{\"a\": \"\\\", \\\"b\", \"c\\\\\": \"1\\n\"}\n");
    }

    #[test]
    fn a_form_is_answered_like_a_query() {
        assert_eq!(
            answer(Context::post("/").form(&[("b", "2"), ("a", "1 & 1")])),
            "{\"b\": \"2\", \"a\": \"1 & 1\"}\n"
        );
        assert_eq!(answer(Context::post("/").form(&[("", ""); 0])), "{}");
    }

    #[test]
    fn json_is_answered_as_python_spaces_it() {
        let post = Context::post("/").header("content-type", "Application/JSON; charset=utf-8");
        assert_eq!(answer(post.body(r#"{"message":"Hello World"}"#)), "{\"message\": \"Hello World\"}\n");
        assert_eq!(answer(Context::post("/").json(&json!({}))), "{}\n");
    }

    #[test]
    fn json_that_is_none_is_a_400() {
        let post = Context::post("/").header("content-type", "application/json");
        assert_eq!(payload(&post.body("{")).unwrap_err().status(), 400);
    }

    #[test]
    fn whatever_has_no_fields_is_an_empty_object() {
        assert_eq!(answer(Context::post("/").body("text")), "{}");
        assert_eq!(answer(Context::builder(Method::DELETE, "/?a=1").body("")), "{}");
    }

    #[test]
    fn a_request_is_printed_as_in_the_guide() {
        let ctx = Context::builder(Method::GET, "/?a=1&b=2")
            .header("host", "localhost:8080")
            .header("user-agent", "curl/7.81.0")
            .header("accept", "*/*")
            .body("");
        let printed = "\
GET http://localhost:8080/?a=1&b=2 localhost:8080
  Host: localhost:8080
  User-Agent: curl/7.81.0
  Accept: */*
URL Query String:
  {\"a\": \"1\", \"b\": \"2\"}

";
        assert_eq!(readable(&ctx, &payload(&ctx).unwrap()), printed);
    }

    #[test]
    fn a_body_is_printed_as_such() {
        let ctx = Context::post("http://h2.example/x").json(&json!([1]));
        let printed = "POST http://h2.example/x h2.example\n  Content-Type: application/json\nRequest body:\n  [1]\n\n";
        assert_eq!(readable(&ctx, &payload(&ctx).unwrap()), printed);
    }
}
