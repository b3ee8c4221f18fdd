//! Images, built by the Dockerfiles as they are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use kn_func_e2e::{Finished, repository};
use serde_json::Value;

use crate::store::{buildah, podman};

/// An image in the store.
pub(crate) struct Image(String);

impl Image {
    /// The image of an example, by the Dockerfile of its own or of all.
    pub(crate) fn of_example(example: &str) -> Self {
        let own = repository().join("examples").join(example).join("Dockerfile");
        let file = if own.is_file() { own } else { repository().join("examples/Dockerfile") };
        let arguments =
            ["--layers".to_owned(), format!("--build-arg=EXAMPLE={example}"), format!("--file={}", file.display())];
        Self::build(&format!("example-{example}"), &arguments, repository())
    }

    /// The image of a function in a folder of its own, whose build finds this checkout at `/kn-func-runtime`.
    pub(crate) fn of_function(name: &str, folder: &Path) -> Self {
        // A layer that was kept would not know that the checkout has changed.
        let arguments =
            ["--layers=false".to_owned(), format!("--volume={}:/kn-func-runtime:ro", repository().display())];
        Self::build(name, &arguments, folder)
    }

    fn build(name: &str, arguments: &[String], context: &Path) -> Self {
        static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
        let name = format!("localhost/kn-func-e2e/{name}");
        let mut build = buildah();
        build.args(["build", "--isolation=chroot", "--pull=never", "--force-rm", "--tag", &name]);
        build.args(arguments).arg(context);
        // One at a time, and each once.
        let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        if !built.contains(&name) {
            Finished::of(&mut build).stdout();
            built.insert(name.clone());
        }
        Self(name)
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// What podman knows of it.
    pub(crate) fn inspect(&self) -> Value {
        let text = Finished::of(podman().args(["image", "inspect", &self.0])).stdout();
        let images: Value = serde_json::from_str(&text).expect("podman prints JSON");
        images[0].clone()
    }

    /// How many bytes its files have.
    pub(crate) fn size(&self) -> u64 {
        self.inspect()["Size"].as_u64().expect("an image has a size")
    }

    /// The paths of all its files.
    pub(crate) fn files(&self) -> BTreeSet<String> {
        let root = Finished::of(podman().args(["image", "mount", &self.0])).stdout();
        let mut files = BTreeSet::new();
        collect(Path::new(root.trim()), "", &mut files);
        Finished::of(podman().args(["image", "unmount", &self.0])).stdout();
        files
    }
}

fn collect(root: &Path, folder: &str, files: &mut BTreeSet<String>) {
    for entry in fs::read_dir(root.join(folder)).expect("the image can be read") {
        let entry = entry.expect("the image can be read");
        let path = format!("{folder}{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("a file has a type").is_dir() {
            collect(root, &format!("{path}/"), files);
        } else {
            files.insert(path);
        }
    }
}
