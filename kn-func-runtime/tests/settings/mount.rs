//! A folder as Kubernetes mounts a ConfigMap or a Secret, and what the kubelet does with it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The folder; it is removed when this is dropped.
pub(crate) struct Mount(pub(crate) PathBuf);

impl Mount {
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Self {
        let name = format!("mount-{}-{}", std::process::id(), next());
        let mount = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        // Left there by a process that was killed, whose id was the same.
        let _ = fs::remove_dir_all(&mount.0);
        fs::create_dir(&mount.0).unwrap();
        mount.publish(files);
        mount
    }

    pub(crate) fn text(&self) -> String {
        self.0.display().to_string()
    }

    /// All steps of the kubelet's atomic writer, in its order.
    pub(crate) fn publish(&self, files: &[(&str, &[u8])]) {
        let state = format!("..2026_11_25_00_00_00.{:09}", next());
        let old = fs::read_link(self.0.join("..data"));
        fs::create_dir(self.0.join(&state)).unwrap();
        for (name, bytes) in files {
            fs::write(self.0.join(&state).join(name), bytes).unwrap();
        }
        symlink(&state, self.0.join("..data_tmp")).unwrap();
        fs::rename(self.0.join("..data_tmp"), self.0.join("..data")).unwrap();
        for (name, _) in files {
            if fs::symlink_metadata(self.0.join(name)).is_err() {
                symlink(Path::new("..data").join(name), self.0.join(name)).unwrap();
            }
        }
        for entry in fs::read_dir(&self.0).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !name.starts_with("..") && !files.iter().any(|(known, _)| *known == name) {
                fs::remove_file(self.0.join(name)).unwrap();
            }
        }
        if let Ok(old) = old {
            fs::remove_dir_all(self.0.join(old)).unwrap();
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A number that was not given before.
fn next() -> usize {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}
