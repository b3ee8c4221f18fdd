//! A network that only one test has, so that programs with fixed ports do not meet.

use std::panic::resume_unwind;
use std::thread;

use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::runtime::Builder;

use crate::command::{Finished, program};

/// Runs a test in a network namespace of its own, which has nothing but loopback. Programs that it starts are in it too.
///
/// # Panics
///
/// If the test does, or if this machine does not allow the namespace.
pub fn in_own_network(test: impl AsyncFnOnce() + Send + 'static) {
    many_files();
    // A namespace belongs to a thread and to what that thread starts; it is gone with the last of them.
    let outcome = thread::spawn(|| {
        unshare(CloneFlags::CLONE_NEWNET).unwrap_or_else(|error| {
            panic!("no network namespace can be made here ({error}); expected root or CAP_SYS_ADMIN")
        });
        Finished::of(program("ip").args(["link", "set", "lo", "up"])).stdout();
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime can be built");
        runtime.block_on(test());
    });
    if let Err(panic) = outcome.join() {
        resume_unwind(panic);
    }
}

/// Lets this process have as many open files as the system allows: each connection is one, and a shell may start with few.
///
/// # Panics
///
/// If the system does not tell its limits.
pub fn many_files() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("the system tells its limits");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("a limit can be raised to what is allowed");
}
