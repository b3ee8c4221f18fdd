//! How a sink is made: from the environment, or by hand.

use std::env::{self, VarError};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::Uri;

use super::overrides::Overrides;
use super::patience::Patience;
use super::token::TokenFile;
use super::trust::Trust;
use super::{Inner, Sink};
use crate::client::{Protocol, Roots, is_reachable};
use crate::config::ConfigError;
use crate::error::excerpt;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Makes a [`Sink`]. What is not understood is said by [`build`](Self::build).
///
/// ```
/// use std::time::Duration;
/// use kn_func_runtime::sink::Sink;
///
/// let sink = Sink::to("https://events.example.com/orders")
///     .timeout(Duration::from_secs(5))
///     .retries(2)
///     .token_file("/run/secrets/token")
///     .build()?;
///
/// let error = Sink::to("events.example.com").build().unwrap_err();
/// assert_eq!(error.to_string(), "sink is `events.example.com`; expected an http or https URL");
/// # Ok::<(), kn_func_runtime::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct SinkBuilder {
    url: Uri,
    roots: Roots,
    folder: Option<PathBuf>,
    token: Option<PathBuf>,
    overrides: Overrides,
    protocol: Protocol,
    is_structured: bool,
    timeout: Duration,
    patience: Patience,
    fault: Option<ConfigError>,
}

impl SinkBuilder {
    /// What [`Sink::from_env`] takes from the environment, for those who change something about it.
    ///
    /// ```
    /// use kn_func_runtime::sink::SinkBuilder;
    ///
    /// # fn example() -> Result<(), kn_func_runtime::ConfigError> {
    /// let sink = SinkBuilder::from_env().structured().build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_env() -> Self {
        Self::from_lookup(Path::new("/"), |name| match env::var(name) {
            Ok(value) => Ok(value),
            Err(VarError::NotPresent) => Ok(String::new()),
            Err(VarError::NotUnicode(value)) => Err(ConfigError::new(name, value.to_string_lossy(), "UTF-8 text")),
        })
    }

    /// `root` is where the folders of Kubernetes are mounted.
    fn from_lookup(root: &Path, lookup: impl Fn(&'static str) -> Result<String, ConfigError>) -> Self {
        let mut fault = None;
        let mut variable = |name| {
            lookup(name).unwrap_or_else(|error| {
                fault.get_or_insert(error);
                String::new()
            })
        };
        let (url, certificates, overrides) = (variable("K_SINK"), variable("K_CA_CERTS"), variable("K_CE_OVERRIDES"));
        let mut builder = Self { fault, ..Self::new() };
        builder.set_url("K_SINK", "an http or https URL, as a SinkBinding sets it", &url);
        if !certificates.trim().is_empty() {
            builder.add_certificates("K_CA_CERTS", certificates.as_bytes());
        }
        match Overrides::parse(&overrides) {
            Some(overrides) => builder.overrides = overrides,
            None => {
                let expected =
                    r#"{"extensions":{"name":"value"}}, with names of a to z and 0 to 9 that are no attributes"#;
                builder.refuse("K_CE_OVERRIDES", &overrides, expected);
            }
        }
        builder.folder = Some(root.join("knative-custom-certs"));
        builder.token = Some(root.join("oidc/token")).filter(|token| token.exists());
        builder
    }

    pub(super) fn to(url: &str) -> Self {
        let mut builder = Self::new();
        builder.set_url("sink", "an http or https URL", url);
        builder
    }

    fn new() -> Self {
        Self {
            url: Uri::default(),
            roots: Roots::public(),
            folder: None,
            token: None,
            overrides: Overrides::default(),
            protocol: Protocol::default(),
            is_structured: false,
            timeout: TIMEOUT,
            patience: Patience::default(),
            fault: None,
        }
    }

    /// Sends events as one JSON document each, in structured mode.
    pub fn structured(mut self) -> Self {
        self.is_structured = true;
        self
    }

    /// Speaks HTTP/2 from the first byte, also in plain text (h2c). Otherwise that is for TLS to agree on.
    #[cfg(feature = "http2")]
    pub fn http2(mut self) -> Self {
        self.protocol = Protocol::Http2;
        self
    }

    /// How long a try may take, to the last byte of the answer. 30 s unless it is said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many tries there may be after the first one. 5 unless it is said.
    pub fn retries(mut self, retries: u32) -> Self {
        self.patience.retries = retries;
        self
    }

    /// How long is waited after the first try, twice as long after the second one and so on. 0.2 s unless it is said.
    pub fn backoff(mut self, backoff: Duration) -> Self {
        self.patience.backoff = backoff;
        self
    }

    /// The longest wait between two tries, also if the sink asks for more. 10 s unless it is said.
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.patience.longest_wait = wait;
        self
    }

    /// Sets an extension on every event, over that of the event.
    pub fn extension(mut self, name: &str, value: &str) -> Self {
        if !self.overrides.set(name, value) {
            self.refuse("extension", name, "a name of a to z and 0 to 9 that is no attribute, and a value of text");
        }
        self
    }

    /// Trusts the certificate authorities of a PEM text, beside those that are trusted anyway.
    pub fn ca_certs(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.add_certificates("CA certificate", pem.as_ref());
        self
    }

    /// Trusts the certificate authorities of all `*.pem` files in a folder, which may change or be missing.
    pub fn trust_bundles(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Sends the token in this file, read for every try, as `Authorization: Bearer`.
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.token = Some(path.into());
        self
    }

    /// The sink. It connects when there is something to send.
    ///
    /// # Errors
    ///
    /// The first thing that was not understood, and what would be right.
    pub fn build(self) -> Result<Sink, ConfigError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let inner = Inner {
            url: self.url,
            trust: Trust::new(self.roots, self.folder, self.protocol),
            token: self.token.map(TokenFile::new),
            overrides: self.overrides,
            is_structured: self.is_structured,
            timeout: self.timeout,
            patience: self.patience,
        };
        Ok(Sink { inner: Arc::new(inner) })
    }

    fn set_url(&mut self, name: &'static str, expected: &str, url: &str) {
        match url.trim().parse() {
            Ok(uri) if is_reachable(&uri) => self.url = uri,
            // What stands before the @ is a password.
            _ => self.refuse(name, url.rsplit_once('@').map_or(url, |(_, host)| host), expected),
        }
    }

    fn add_certificates(&mut self, name: &'static str, pem: &[u8]) {
        if self.roots.add(pem).is_err() {
            self.refuse(name, &String::from_utf8_lossy(pem), "certificates in PEM");
        }
    }

    /// The first fault counts.
    fn refuse(&mut self, name: &'static str, value: &str, expected: &str) {
        self.fault.get_or_insert_with(|| ConfigError::new(name, excerpt(value), expected));
    }
}

impl fmt::Debug for SinkBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkBuilder")
            .field("authority", &self.url.authority())
            .field("roots", &self.roots)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(vars: &[(&str, &str)]) -> String {
        let lookup = |name: &str| vars.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value).to_owned();
        let builder = SinkBuilder::from_lookup(Path::new("/nowhere"), |name| Ok(lookup(name)));
        builder.build().err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_variable_that_is_not_understood_is_named() {
        let sink = ("K_SINK", "http://broker/");
        assert_eq!(fault(&[sink, ("K_CE_OVERRIDES", ""), ("K_CA_CERTS", "")]), "");
        assert_eq!(fault(&[]), "K_SINK is ``; expected an http or https URL, as a SinkBinding sets it");
        assert!(fault(&[("K_SINK", "broker")]).starts_with("K_SINK is `broker`; expected "));
        assert!(fault(&[sink, ("K_CA_CERTS", "x")]).starts_with("K_CA_CERTS is `x`; expected certificates in PEM"));
        assert!(fault(&[sink, ("K_CE_OVERRIDES", "{")]).starts_with("K_CE_OVERRIDES is `{`; expected {\"extensions\""));
    }

    #[test]
    fn a_password_in_the_address_is_not_repeated() {
        assert!(fault(&[("K_SINK", "http://user:word@broker/")]).starts_with("K_SINK is `broker/`; expected "));
    }

    #[test]
    fn what_kubernetes_mounts_is_used_if_it_is_there() {
        let root = env::temp_dir().join(format!("sink-{}", uuid::Uuid::new_v4()));
        let token = || SinkBuilder::from_lookup(&root, |_| Ok(String::new())).token;
        assert_eq!(token(), None);
        std::fs::create_dir_all(root.join("oidc")).unwrap();
        std::fs::write(root.join("oidc/token"), "abc").unwrap();
        let (found, folder) = (token(), SinkBuilder::from_lookup(&root, |_| Ok(String::new())).folder);
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!(found, Some(root.join("oidc/token")));
        assert_eq!(folder, Some(root.join("knative-custom-certs")));
    }

    #[test]
    fn the_first_fault_is_told() {
        let error = Sink::to("http://broker").extension("my-shop", "").ca_certs("").build().unwrap_err();
        assert_eq!(error.variable(), "extension");
    }
}
