//! What asks the process to stop.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::Builder;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// SIGTERM and SIGINT, heard on a thread of their own: a function that never yields does not keep them.
///
/// From the moment this is made: the first process of a container would not get them otherwise.
#[derive(Debug)]
pub(crate) struct Signals {
    asked: oneshot::Receiver<()>,
    is_serving: Arc<AtomicBool>,
}

impl Signals {
    /// Until somebody asks for the first one, a signal ends the process at once.
    pub(crate) fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let mut ears = {
            let _driver = runtime.enter();
            Ears { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? }
        };
        let (ask, asked) = oneshot::channel();
        let is_serving = Arc::new(AtomicBool::new(false));
        let serving = is_serving.clone();
        let hear = async move {
            let code = ears.next().await;
            if !serving.load(Ordering::Relaxed) || ask.send(()).is_err() {
                std::process::exit(code);
            }
            let code = ears.next().await;
            tracing::warn!("second signal: exiting at once");
            std::process::exit(code);
        };
        thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(hear))?;
        Ok(Self { asked, is_serving })
    }

    /// From now on the first signal does not end the process: the future resolves. The second one does.
    pub(crate) fn first(self) -> impl Future<Output = ()> {
        self.is_serving.store(true, Ordering::Relaxed);
        // The thread that sends lives as long as the process.
        async move { drop(self.asked.await) }
    }
}

struct Ears {
    terminate: Signal,
    interrupt: Signal,
}

impl Ears {
    /// Waits for a signal; gives the exit code of a process that it ends, as shells count.
    async fn next(&mut self) -> i32 {
        select! {
            _ = self.terminate.recv() => 128 + 15,
            _ = self.interrupt.recv() => 128 + 2,
        }
    }
}
