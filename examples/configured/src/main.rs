//! Settings of a ConfigMap and a token of a Secret: typed, read at the start, and followed while they change.
//!
//! `GREETING_WORDS='good morning' cargo run -p configured`, then `curl 'localhost:8080/?name=Ada'`

mod callers;

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use callers::Callers;
use kn_func_runtime::{Context, Error, Followed, Lifecycle, Result, Settings, kn_function};
use serde::Deserialize;

/// What is no secret: the variables `GREETING_WORDS` and `GREETING_LONGEST_NAME`, or else the files `words` and `longest-name` in
/// the folder of the ConfigMap.
#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Greeting {
    words: String,
    longest_name: usize,
}

impl Default for Greeting {
    fn default() -> Self {
        Self { words: "hello".into(), longest_name: 40 }
    }
}

/// With a `SECRET_FOLDER` only for callers who say the token in it.
#[derive(Debug)]
struct App {
    greeting: Followed<Greeting>,
    callers: Option<Followed<Callers>>,
}

impl App {
    /// A setting that is missing or wrong ends the start with one line, which names it and where it was looked for, and exit code 2.
    async fn open() -> Result<Self> {
        let folder = |variable| env::var_os(variable).map(PathBuf::from);
        let settings = Settings::new().prefix("GREETING_");
        let config = folder("CONFIG_FOLDER").unwrap_or_else(|| "/etc/configured/config".into());
        let greeting = settings.clone().folder(config).follow()?;
        let callers = folder("SECRET_FOLDER").map(|secret| settings.folder(secret).follow()).transpose()?;
        Ok(Self { greeting, callers })
    }
}

impl Lifecycle for App {}

#[kn_function(init = App::open)]
async fn main(app: Arc<App>, ctx: Context) -> Result<String> {
    if let Some(callers) = &app.callers {
        callers.current().check(&ctx)?;
    }
    // Asked once, so that all of a request sees the same settings.
    let greeting = app.greeting.current();
    let name = ctx.query_param("name").unwrap_or_else(|| "world".into());
    if name.chars().count() > greeting.longest_name {
        return Err(Error::bad_request(format!("a name has at most {} letters", greeting.longest_name)));
    }
    Ok(format!("{}, {name}\n", greeting.words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(vars: &[(&str, &str)]) -> Arc<App> {
        let settings = Settings::new().prefix("GREETING_").vars(vars.iter().copied());
        let callers =
            vars.iter().any(|(name, _)| *name == "GREETING_TOKEN").then(|| settings.clone().follow().unwrap());
        Arc::new(App { greeting: settings.follow().unwrap(), callers })
    }

    #[tokio::test]
    async fn a_greeting_has_the_words_of_the_settings() {
        let greeted = super::main(app(&[("GREETING_WORDS", "good morning")]), Context::get("/?name=Ada")).await;
        assert_eq!(greeted.unwrap(), "good morning, Ada\n");
        assert_eq!(super::main(app(&[]), Context::get("/")).await.unwrap(), "hello, world\n");
    }

    #[tokio::test]
    async fn a_name_is_as_long_as_the_settings_allow() {
        let app = app(&[("GREETING_LONGEST_NAME", "3")]);
        assert_eq!(super::main(app.clone(), Context::get("/?name=Zo%C3%AB")).await.unwrap(), "hello, Zoë\n");
        let error = super::main(app, Context::get("/?name=Lise")).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.message()), (400, "a name has at most 3 letters"));
    }

    #[tokio::test]
    async fn who_does_not_say_the_token_is_not_greeted() {
        let error = super::main(app(&[("GREETING_TOKEN", "sesame")]), Context::get("/")).await.unwrap_err();
        assert_eq!(error.status(), 401);
    }

    #[test]
    fn the_state_shows_no_setting() {
        let app = app(&[("GREETING_TOKEN", "sesame"), ("GREETING_WORDS", "good morning")]);
        let shown = format!("{app:?} {:?}", app.callers.as_ref().unwrap().current());
        assert!(!shown.contains("sesame") && !shown.contains("good morning"), "{shown}");
    }
}
