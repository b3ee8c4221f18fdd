//! Who may call.

use kn_func_runtime::http::header::AUTHORIZATION;
use kn_func_runtime::{Context, Error, Result, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use subtle::ConstantTimeEq;

/// The variable `GREETING_TOKEN`, or else the file `token` in the folder of the Secret. `Debug` does not show it.
#[derive(Debug, Deserialize)]
pub(crate) struct Callers {
    token: SecretString,
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
    fn a_panic_does_not_tell_the_token() {
        let callers = Callers { token: "sesame".into() };
        let panic = std::panic::catch_unwind(|| panic!("no call for {callers:?}")).unwrap_err();
        let words = panic.downcast::<String>().unwrap();
        assert_eq!(*words, "no call for Callers { token: SecretBox<str>([REDACTED]) }");
    }
}
