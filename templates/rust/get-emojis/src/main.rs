//! A function of several files: it finds the emojis that descriptions mean. This one knows of HTTP and events, the others of emojis.

use std::sync::Arc;

use get_emojis::FuzzEmoji;
use kn_func_runtime::{Context, Error, Lifecycle, Response, Result, kn_function};
use serde::Deserialize;

struct App {
    fuzz_emoji: FuzzEmoji,
}

impl App {
    async fn open() -> Result<Self> {
        Ok(Self { fuzz_emoji: FuzzEmoji::new() })
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
async fn main(app: Arc<App>, ctx: Context) -> Result<Response<String>> {
    let emojis = if let Some(descriptions) = ctx.query_param("descriptions") {
        app.fuzz_emoji.get_emojis(descriptions.split(','))
    } else if !ctx.payload().is_empty() {
        let Wanted { descriptions } = ctx.json()?;
        app.fuzz_emoji.get_emojis(descriptions.iter().map(String::as_str))
    } else if ctx.event().is_some() {
        return Err(Error::bad_request(r#"event has no data; expected {"descriptions": ["flame", "confused"]}"#));
    } else {
        return Err(Error::bad_request("query has no `descriptions`; expected one like ?descriptions=cold,plane,fam"));
    };
    Ok(Response::builder().header("content-type", "application/json").body(emojis)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn descriptions_are_answered_with_emojis() {
        let app = Arc::new(App::open().await.unwrap());
        let response = super::main(app, Context::get("/?descriptions=cold,plane,fam")).await.unwrap();
        assert_eq!(
            response.body(),
            r#"{"cold": "('cold_face', '🥶')", "plane": "('airplane', '✈')", "fam": "('family', '👪')"}"#
        );
    }
}
