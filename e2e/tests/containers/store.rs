//! Where the images and containers of the tests are: below `target`, with nothing of the machine's own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use kn_func_e2e::{Finished, program, repository};

/// `buildah` on the store.
pub(crate) fn buildah() -> Command {
    on_store("buildah")
}

/// `podman` on the store.
pub(crate) fn podman() -> Command {
    on_store("podman")
}

fn on_store(name: &str) -> Command {
    let store = store();
    let mut command = program(name);
    command
        // Where podman's monitor leaves a file if the kernel kills a function.
        .current_dir(store.join("tmp"))
        .env("CONTAINERS_CONF", store.join("containers.conf"))
        .env("CONTAINERS_STORAGE_CONF", store.join("storage.conf"))
        .env("TMPDIR", store.join("tmp"));
    command
}

/// The store, once the base image of the Dockerfiles is in it.
pub(crate) fn store() -> &'static Path {
    static STORE: OnceLock<PathBuf> = OnceLock::new();
    STORE.get_or_init(|| {
        Finished::of(&mut program(repository().join("e2e/base-image"))).stdout();
        repository().join("target/e2e/containers")
    })
}
