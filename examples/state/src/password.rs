//! A secret that callers have to know.

use std::hint::black_box;

use kn_func_runtime::http::header::AUTHORIZATION;
use kn_func_runtime::{Context, Error, Result, StatusCode};

/// What buyers say in `Authorization: Bearer`. It is in no log and no answer, so it has no `Debug`.
pub(crate) struct Password(String);

impl Password {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// Whether the caller said it.
    pub(crate) fn check(&self, ctx: &Context) -> Result<()> {
        let said = ctx.headers().get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        if said.is_some_and(|said| is_same(said, self.0.as_bytes())) {
            Ok(())
        } else {
            Err(Error::new(StatusCode::UNAUTHORIZED, "expected the password in `Authorization: Bearer`"))
        }
    }
}

/// Takes as long for a wrong first byte as for a wrong last one, so that nobody finds the password byte by byte.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |sum, (one, other)| black_box(sum | (one ^ other)));
    one.len() == other.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use kn_func_runtime::http::Method;

    #[test]
    fn only_the_password_opens() {
        let password = Password::new("sesame".into());
        let check = |ctx: Context| password.check(&ctx).map_err(|error| error.status().as_u16());
        let says = |what: &str| Context::builder(Method::GET, "/").header("authorization", what).body("");
        assert_eq!(check(says("Bearer sesame")), Ok(()));
        for wrong in ["Bearer sesam", "Bearer sesame2", "Bearer sesamE", "Bearer ", "sesame", "Basic sesame"] {
            assert_eq!(check(says(wrong)), Err(401), "{wrong}");
        }
        assert_eq!(check(Context::get("/")), Err(401));
    }
}
