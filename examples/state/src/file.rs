//! Text from a file that a variable names, as a ConfigMap or a Secret of Kubernetes is mounted.

use std::path::PathBuf;
use std::{env, fs};

use kn_func_runtime::{Error, Result};

/// The text of the file, without space at its end; none if the variable is not set.
pub(crate) fn named_by(variable: &str) -> Result<Option<String>> {
    env::var_os(variable).map(|file| text(variable, file)).transpose()
}

fn text(variable: &str, file: impl Into<PathBuf>) -> Result<String> {
    let file = file.into();
    let text = fs::read_to_string(&file)
        .map_err(|error| Error::internal(format!("{variable} is `{}`: {error}", file.display())))?;
    match text.trim_end() {
        "" => Err(Error::internal(format!("{variable} is `{}`; expected text in it", file.display()))),
        text => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::env::temp_dir;
    use std::process;

    /// What is read from a file with this in it, or why not, and what the file is called.
    fn read(name: &str, written: &[u8]) -> (Result<String, String>, String) {
        let file = temp_dir().join(format!("{}-{name}", process::id()));
        fs::write(&file, written).unwrap();
        let read = text("NOTICE_FILE", &file).map_err(|error| error.cause().unwrap().to_string());
        fs::remove_file(&file).unwrap();
        (read, file.display().to_string())
    }

    #[test]
    fn lines_are_kept_and_the_end_of_the_last_is_not() {
        assert_eq!(read("lines", b" a\n\nb \n\n").0.unwrap(), " a\n\nb");
    }

    #[test]
    fn a_file_without_text_is_none() {
        let (read, file) = read("empty", b"\n");
        assert_eq!(read.unwrap_err(), format!("NOTICE_FILE is `{file}`; expected text in it"));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let (no_text, file) = read("bytes", b"\xff");
        assert!(no_text.unwrap_err().starts_with(&format!("NOTICE_FILE is `{file}`: ")));
        let gone = text("NOTICE_FILE", &file).unwrap_err().cause().unwrap().to_string();
        assert!(gone.starts_with(&format!("NOTICE_FILE is `{file}`: No such file")), "{gone}");
    }
}
