//! A secret from a file, as a Secret of Kubernetes is mounted.

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;

use kn_func_runtime::http::header::AUTHORIZATION;
use kn_func_runtime::{Context, Error, Result, StatusCode};

/// What buyers say in `Authorization: Bearer`. It is in no log and no answer, so it has no `Debug`.
pub(crate) struct Password(String);

impl Password {
    /// Reads the file once, when the function starts.
    pub(crate) fn read(file: impl Into<PathBuf>) -> Result<Self> {
        let file = file.into();
        let text = fs::read_to_string(&file)
            .map_err(|error| Error::internal(format!("PASSWORD_FILE is `{}`: {error}", file.display())))?;
        match text.trim_end() {
            "" => Err(Error::internal(format!("PASSWORD_FILE is `{}`; expected a password in it", file.display()))),
            password => Ok(Self(password.to_owned())),
        }
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
    use std::env::temp_dir;
    use std::process;

    fn written(name: &str, text: &str) -> PathBuf {
        let file = temp_dir().join(format!("{}-{name}", process::id()));
        fs::write(&file, text).unwrap();
        file
    }

    #[test]
    fn only_the_password_of_the_file_opens() {
        let file = written("password", "sesame\n");
        let password = Password::read(&file).unwrap_or_else(|error| panic!("{}", error.message()));
        fs::remove_file(file).unwrap();
        let check = |ctx: Context| password.check(&ctx).map_err(|error| error.status().as_u16());
        let says = |what: &str| Context::builder(Method::GET, "/").header("authorization", what).body("");
        assert_eq!(check(says("Bearer sesame")), Ok(()));
        for wrong in ["Bearer sesam", "Bearer sesame2", "Bearer sesamE", "Bearer ", "sesame", "Basic sesame"] {
            assert_eq!(check(says(wrong)), Err(401), "{wrong}");
        }
        assert_eq!(check(Context::get("/")), Err(401));
    }

    #[test]
    fn a_file_without_a_password_is_none() {
        let cause = |file: &PathBuf| match Password::read(file) {
            Ok(_) => panic!("there is no password"),
            Err(error) => error.cause().unwrap().to_string(),
        };
        let file = written("empty", "\n");
        assert_eq!(cause(&file), format!("PASSWORD_FILE is `{}`; expected a password in it", file.display()));
        fs::remove_file(&file).unwrap();
        assert!(cause(&file).starts_with(&format!("PASSWORD_FILE is `{}`: ", file.display())));
    }
}
