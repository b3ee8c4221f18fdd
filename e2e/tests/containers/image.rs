//! Images, built by the Dockerfiles as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use kn_func_e2e::{Finished, repository};
use serde_json::Value;

use crate::cache::Cache;
use crate::store::{buildah, podman, store};

/// The Dockerfile of all examples but those that have one of their own.
const DOCKERFILE: &str = "examples/Dockerfile";

/// An image in the store.
#[derive(Clone)]
pub(crate) struct Image {
    name: String,
    said: String,
}

impl Image {
    /// The image of an example, by the Dockerfile of its own or of all.
    pub(crate) fn of_example(example: &str) -> Self {
        let own = repository().join("examples").join(example).join("Dockerfile");
        let file = if own.is_file() { own } else { repository().join(DOCKERFILE) };
        let arguments = ["--layers".to_owned(), of(example), by(&file)];
        Self::once(&format!("example-{example}"), &arguments, repository())
    }

    /// The image of an example of another checkout, by the Dockerfile of all, with a cache below a folder.
    pub(crate) fn of_checkout(name: &str, example: &str, checkout: &Path, cache: &Path) -> Self {
        let arguments = ["--layers=false".to_owned(), of(example), by(&repository().join(DOCKERFILE))];
        Self::build(name, &arguments, checkout, cache)
    }

    /// The image of a function in a folder of its own, whose build finds this checkout at `/kn-func-runtime`.
    pub(crate) fn of_function(name: &str, folder: &Path) -> Self {
        // A layer that was kept would not know that the checkout has changed.
        let arguments =
            ["--layers=false".to_owned(), format!("--volume={}:/kn-func-runtime:ro", repository().display())];
        Self::once(name, &arguments, folder)
    }

    /// The image of a program in a folder of its own, with a cache below another folder.
    pub(crate) fn of_program(name: &str, folder: &Path, cache: &Path) -> Self {
        Self::build(name, &["--layers=false".to_owned()], folder, cache)
    }

    /// Builds it, unless it has been built already.
    fn once(name: &str, arguments: &[String], context: &Path) -> Self {
        static BUILT: Mutex<BTreeMap<String, Arc<OnceLock<Image>>>> = Mutex::new(BTreeMap::new());
        let built = BUILT.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default().clone();
        let image = built.get_or_init(|| {
            // AWS's crates are compiled once, for all that have them.
            let cache = Cache::take(store(), name.contains("lambda"));
            let image = Self::build(name, arguments, context, &cache.folder());
            cache.share();
            image
        });
        image.clone()
    }

    fn build(name: &str, arguments: &[String], context: &Path, cache: &Path) -> Self {
        let name = format!("localhost/kn-func-e2e/{name}");
        let mut build = buildah();
        build.env("TMPDIR", cache);
        build.args(["build", "--isolation=chroot", "--pull=never", "--force-rm", "--tag", &name]);
        let build = Finished::of(build.args(arguments).arg(context));
        assert!(build.is_ok(), "{build}");
        Self { name, said: build.words() }
    }

    /// One for each, as many builds at a time as there are caches for.
    pub(crate) fn for_each<T: Sync>(all: &[T], image: impl Fn(&T) -> Self + Sync) -> Vec<Self> {
        thread::scope(|scope| {
            let image = &image;
            let builds: Vec<_> = all.iter().map(|one| scope.spawn(move || image(one))).collect();
            let images = builds.into_iter().map(|build| build.join().unwrap_or_else(|panic| resume_unwind(panic)));
            images.collect()
        })
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What its build wrote.
    pub(crate) fn said(&self) -> &str {
        &self.said
    }

    /// What podman knows of it.
    pub(crate) fn inspect(&self) -> Value {
        let text = Finished::of(podman().args(["image", "inspect", &self.name])).stdout();
        let images: Value = serde_json::from_str(&text).expect("podman prints JSON");
        images[0].clone()
    }

    /// How many bytes its files have.
    pub(crate) fn size(&self) -> u64 {
        self.inspect()["Size"].as_u64().expect("an image has a size")
    }

    /// The paths of all its files.
    pub(crate) fn files(&self) -> BTreeSet<String> {
        let root = Finished::of(podman().args(["image", "mount", &self.name])).stdout();
        let mut files = BTreeSet::new();
        collect(Path::new(root.trim()), "", &mut files);
        Finished::of(podman().args(["image", "unmount", &self.name])).stdout();
        files
    }
}

/// What an image that runs to its end prints.
pub(crate) fn said(image: &Image) -> String {
    Finished::of(podman().args(["run", "--rm", "--pull=never", "--network=none", image.name()])).stdout()
}

fn of(example: &str) -> String {
    format!("--build-arg=EXAMPLE={example}")
}

fn by(file: &Path) -> String {
    format!("--file={}", file.display())
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
