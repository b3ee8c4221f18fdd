//! What builds keep for the next ones. A build locks it, so that two at a time need two of them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use kn_func_e2e::{Finished, program};
use nix::fcntl::{Flock, FlockArg};

/// How many builds there are at a time.
const BUILDERS: usize = 2;

/// Which of them a build of this process uses.
static TAKEN: Mutex<[bool; BUILDERS]> = Mutex::new([false; BUILDERS]);
static GIVEN_BACK: Condvar = Condvar::new();

/// A cache that one build uses.
pub(crate) struct Cache {
    store: PathBuf,
    number: usize,
    /// Another process may have builds too.
    _lock: Flock<File>,
}

impl Cache {
    /// Waits for one below a folder; for the first, if it must be that.
    pub(crate) fn take(store: &Path, first: bool) -> Self {
        let wanted = if first { 1 } else { BUILDERS };
        let is_free = |taken: &[bool; BUILDERS], number: usize| {
            // All but the first begin as a copy of the first.
            !taken[number] && (number == 0 || kept(store, number).exists())
        };
        let mut taken = taken();
        let number = loop {
            if let Some(number) = (0..wanted).find(|number| is_free(&taken, *number)) {
                break number;
            }
            taken = GIVEN_BACK.wait(taken).unwrap_or_else(PoisonError::into_inner);
        };
        taken[number] = true;
        drop(taken);
        let lock = File::create(store.join(format!("cache-{number}.lock"))).expect("target/ can be written to");
        let lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, error)| error);
        Self { store: store.to_owned(), number, _lock: lock.expect("a file can be locked") }
    }

    /// Where buildah finds it: its folder for temporary files.
    pub(crate) fn folder(&self) -> PathBuf {
        folder(&self.store, self.number)
    }

    /// Makes the others of the first, once that has been built with, unless they are there.
    pub(crate) fn share(&self) {
        for number in 1..BUILDERS {
            let to = kept(&self.store, number);
            if self.number > 0 || to.exists() {
                continue;
            }
            let part = to.with_extension("part");
            fs::create_dir_all(folder(&self.store, number)).expect("target/ can be written to");
            // With the times of its files, which cargo compares.
            let mut copy = program("cp");
            copy.args(["--archive", "--no-target-directory"]).arg(kept(&self.store, 0)).arg(&part);
            Finished::of(&mut copy).stdout();
            fs::rename(part, to).expect("target/ can be written to");
        }
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        taken()[self.number] = false;
        GIVEN_BACK.notify_all();
    }
}

fn taken() -> MutexGuard<'static, [bool; BUILDERS]> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn folder(store: &Path, number: usize) -> PathBuf {
    store.join(["tmp", "tmp/second"][number])
}

/// What buildah keeps in its folder.
fn kept(store: &Path, number: usize) -> PathBuf {
    folder(store, number).join("buildah-cache")
}
