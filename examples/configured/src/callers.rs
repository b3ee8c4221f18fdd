//! Who may call.

use kn_func_runtime::http::header::AUTHORIZATION;
use kn_func_runtime::{Context, Error, Result, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq;

/// The variable `GREETING_TOKEN`, or else the file `token` in the folder of the Secret. `Debug` does not show it.
#[derive(Debug, Deserialize)]
pub(crate) struct Callers {
    #[serde(deserialize_with = "not_empty")]
    token: SecretString,
}

/// An empty one would open the door to everybody.
fn not_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    let token = SecretString::deserialize(deserializer)?;
    if token.expose_secret().is_empty() {
        Err(D::Error::invalid_length(0, &"a token that is not empty"))
    } else {
        Ok(token)
    }
}

impl Callers {
    /// Whether the caller says the token.
    pub(crate) fn check(&self, ctx: &Context) -> Result<()> {
        let said = ctx.headers().get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        // It takes as long for a wrong first byte as for a wrong last one, so that nobody finds the token byte by byte.
        if said.is_some_and(|said| said.ct_eq(self.token.expose_secret().as_bytes()).into()) {
            Ok(())
        } else {
            Err(Error::new(StatusCode::UNAUTHORIZED, "expected the token in `Authorization: Bearer`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kn_func_runtime::http::Method;

    #[test]
    fn only_the_token_opens() {
        let callers = Callers { token: "sesame".into() };
        let check = |ctx: Context| callers.check(&ctx).map_err(|error| error.status().as_u16());
        let says = |what: &str| Context::builder(Method::GET, "/").header("authorization", what).body("");
        assert_eq!(check(says("Bearer sesame")), Ok(()));
        for wrong in ["Bearer sesam", "Bearer sesame2", "Bearer sesamE", "Bearer ", "sesame", "Basic sesame"] {
            assert_eq!(check(says(wrong)), Err(401), "{wrong}");
        }
        assert_eq!(check(Context::get("/")), Err(401));
    }

    #[test]
    fn an_empty_token_ends_the_start() {
        let error = kn_func_runtime::Settings::new().vars([("TOKEN", "")]).read::<Callers>().unwrap_err();
        assert_eq!(error.to_string(), "setting `token` is missing; looked for in variable TOKEN");
        let folder = std::env::temp_dir().join(format!("configured-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("token"), "\n").unwrap();
        let error = kn_func_runtime::Settings::new().folder(&folder).read::<Callers>().unwrap_err().to_string();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(error.contains("is wrong; expected a token that is not empty; looked for in "), "{error}");
    }

    #[test]
    fn a_panic_does_not_tell_the_token() {
        let callers = Callers { token: "sesame".into() };
        let panic = std::panic::catch_unwind(|| panic!("no call for {callers:?}")).unwrap_err();
        let words = panic.downcast::<String>().unwrap();
        assert_eq!(*words, "no call for Callers { token: SecretBox<str>([REDACTED]) }");
    }
}
