//! Events, a sink in a hurry, and folders of a test's own.

pub(crate) mod authority;
pub(crate) mod receiver;
pub(crate) mod secure;

use std::fs;
use std::future::Future;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kn_func_runtime::sink::{Sink, SinkBuilder};
use kn_func_runtime::{Event, EventBuilder, EventBuilderV10};
use uuid::Uuid;

/// A test that hangs fails.
pub(crate) async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| panic!("{what} did not come within {limit:?}"))
}

pub(crate) fn order(id: &str) -> Event {
    let event = EventBuilderV10::new().id(id).source("/shop").ty("order.placed").subject("tea & \u{e9}clair");
    event.data("application/json", r#"{"item":"tea"}"#).build().unwrap()
}

/// A sink that waits for a millisecond where another one takes its time.
pub(crate) fn hasty(url: &str) -> SinkBuilder {
    Sink::to(url).backoff(Duration::from_millis(1)).longest_wait(Duration::from_millis(2))
}

/// A folder that is gone after the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sink-{}", Uuid::new_v4()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Puts a file there as Kubernetes mounts it: a link into a folder that is a link too, which is swapped at once.
    pub(crate) fn mount(&self, name: &str, text: &str) {
        let version = Uuid::new_v4().to_string();
        let data = self.0.join(format!("..{version}"));
        fs::create_dir(&data).unwrap();
        fs::write(data.join(name), text).unwrap();
        let swapped = self.0.join(format!("..link-{version}"));
        symlink(&data, &swapped).unwrap();
        fs::rename(&swapped, self.0.join("..data")).unwrap();
        if !self.0.join(name).is_symlink() {
            symlink(Path::new("..data").join(name), self.0.join(name)).unwrap();
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
