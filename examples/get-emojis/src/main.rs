//! The emojis that descriptions mean.
//!
//! `cargo run -p get-emojis`, then `curl 'localhost:8080?descriptions=cold,plane,fam'`, or open it in a browser

use std::env;
use std::sync::Arc;

use get_emojis::{FuzzEmoji, Unavailable, page};
use http::header::{ACCEPT, CONTENT_TYPE, VARY};
use http::{HeaderValue, Method, StatusCode};
use kn_func_runtime::{Body, Context, Error, Lifecycle, Response, Result, kn_function};
use serde::Deserialize;

struct App {
    fuzz_emoji: FuzzEmoji,
}

impl App {
    async fn open() -> Result<Self> {
        Ok(Self { fuzz_emoji: FuzzEmoji::configured(env::var_os("SYNONYMS_URL").as_deref())? })
    }
}

impl Lifecycle for App {}

/// The body, or the data of an event: `{"descriptions": ["flame", "confused"]}`.
#[derive(Deserialize)]
#[serde(expecting = "an object with `descriptions`")]
struct Wanted {
    descriptions: Vec<String>,
}

#[kn_function(init = App::open)]
async fn main(app: Arc<App>, ctx: Context) -> Result<Response> {
    let emojis = if let Some(descriptions) = ctx.query_param("descriptions") {
        app.fuzz_emoji.get_emojis(descriptions.split(',')).await
    } else if !ctx.payload().is_empty() {
        let Wanted { descriptions } = ctx.json()?;
        app.fuzz_emoji.get_emojis(descriptions.iter().map(String::as_str)).await
    } else if ctx.event().is_some() {
        return Err(Error::bad_request(r#"event has no data; expected {"descriptions": ["flame", "confused"]}"#));
    } else if is_browser(&ctx) {
        return Ok(page());
    } else {
        return Err(Error::bad_request("query has no `descriptions`; expected one like ?descriptions=cold,plane,fam"));
    };
    Ok(answer("application/json", emojis.map_err(bad_gateway)?))
}

fn is_browser(ctx: &Context) -> bool {
    let accept = ctx.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    matches!(*ctx.method(), Method::GET | Method::HEAD) && accept.is_some_and(page::is_wanted)
}

fn page() -> Response {
    let mut page = answer("text/html; charset=utf-8", page::PAGE);
    page.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
    page
}

fn answer(media_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

fn bad_gateway(error: Unavailable) -> Error {
    Error::new(StatusCode::BAD_GATEWAY, error.to_string()).with_cause(error)
}

#[cfg(test)]
mod tests;
