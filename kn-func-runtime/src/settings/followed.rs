//! Settings that change while the function runs.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock, TryLockError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::folder::Version;
use super::{Settings, SettingsError};

const INTERVAL: Duration = Duration::from_secs(1);

/// Settings of which [`Followed::current`] gives those that are mounted now.
///
/// Kubernetes replaces a mounted ConfigMap or Secret a minute or so after it has changed. Whoever asks for the current settings looks
/// where the folder leads, at most once a second, and reads it if that is another place; no task and no watcher runs for it. New
/// settings that are missing or wrong are one line of the log, and the old ones stay. Ask once a request, so that all of it sees the
/// same. Variables and files mounted by `subPath` never change, nor does a folder that is no mount of Kubernetes.
///
/// ```
/// use kn_func_runtime::{Context, Followed, Function, Settings, TestClient};
/// use serde::Deserialize;
/// use std::sync::Arc;
///
/// #[derive(Deserialize)]
/// struct Greeting {
///     words: String,
/// }
///
/// struct App {
///     greeting: Followed<Greeting>,
/// }
///
/// impl kn_func_runtime::Lifecycle for App {}
///
/// async fn greet(app: Arc<App>, _: Context) -> String {
///     app.greeting.current().words.clone()
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let greeting = Settings::new().vars([("WORDS", "good morning")]).folder("/etc/greeting").follow()?;
/// let client = TestClient::new(Function::with_state(App { greeting }, greet));
/// assert_eq!(client.get("/").send().await.text(), "good morning");
/// # Ok::<(), kn_func_runtime::SettingsError>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Followed<T> {
    settings: Settings,
    interval: Duration,
    value: RwLock<Arc<T>>,
    last_look: Mutex<Look>,
}

/// What the last look has seen.
struct Look {
    at: Instant,
    versions: Vec<Version>,
    fault: Option<SettingsError>,
}

impl<T: DeserializeOwned> Followed<T> {
    pub(super) fn new(settings: Settings) -> Result<Self, SettingsError> {
        let (value, versions) = settings.read_with_versions()?;
        let last_look = Mutex::new(Look { at: Instant::now(), versions, fault: None });
        Ok(Self { settings, interval: INTERVAL, value: RwLock::new(Arc::new(value)), last_look })
    }

    /// Looks for changes at most so often; once a second, unless this says something else.
    pub fn every(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// The settings of now.
    pub fn current(&self) -> Arc<T> {
        match self.last_look.try_lock() {
            Ok(mut look) => self.look(&mut look),
            Err(TryLockError::Poisoned(look)) => self.look(&mut look.into_inner()),
            // Somebody looks already; who does not wait has the old settings.
            Err(TryLockError::WouldBlock) => {}
        }
        self.value.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn look(&self, look: &mut Look) {
        if look.at.elapsed() < self.interval {
            return;
        }
        look.at = Instant::now();
        if look.versions == self.settings.versions() {
            return;
        }
        match self.settings.read_with_versions() {
            Ok((value, versions)) => {
                *self.value.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
                *look = Look { versions, fault: None, ..*look };
                tracing::info!(folders = ?self.settings.folders, "settings have changed");
            }
            // A line for each fault, not for each look.
            Err(fault) if look.fault.as_ref() == Some(&fault) => {}
            Err(fault) => {
                tracing::error!(error = %fault, "settings have changed and make no sense; the old ones stay");
                look.fault = Some(fault);
            }
        }
    }
}

impl<T> fmt::Debug for Followed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Followed").field("settings", &self.settings).finish_non_exhaustive()
    }
}
