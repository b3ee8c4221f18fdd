//! One place for a process: it is started, watched, ended, and started again.

use std::sync::Arc;
use std::time::Duration;

use tokio::select;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::api::{self, Api, Identity, Phase};
use crate::child::{Child, Ending, Output};
use crate::desk::{Desk, ended};
use crate::lines;
use crate::queue::Queue;
use crate::settings::Settings;

/// How long a process may take to end after SIGTERM, as on Lambda.
const GRACE: Duration = Duration::from_secs(2);

/// The longest that Lambda lets a process take before it asks for work.
const LONGEST_START: Duration = Duration::from_secs(130);

/// Between the end of a process and the start of the next, if it was of any use; doubled each time that it was not.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long what a process has written may take to be read when it is no more.
const LAST_LINES: Duration = Duration::from_secs(1);

/// What all places share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) queue: Arc<Queue>,
    pub(crate) identity: Identity,
    pub(crate) response_limit: usize,
    /// How many places have a process that works, or may soon have one.
    pub(crate) hopeful: watch::Sender<usize>,
    pub(crate) stopping: watch::Sender<bool>,
}

impl Shared {
    /// Resolves when the function is to stop.
    fn stop(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.stopping.subscribe();
        // A sender that is gone has nobody to start processes for.
        async move { drop(stopping.wait_for(|stopping| *stopping).await) }
    }
}

/// One place for a process.
#[derive(Debug)]
pub(crate) struct Place {
    shared: Arc<Shared>,
    /// Told how the first start went.
    first: Option<oneshot::Sender<Result<(), String>>>,
    is_hopeful: bool,
    failures: u32,
}

/// How a process was.
struct Life {
    reason: String,
    has_started: bool,
    was_useful: bool,
}

impl Place {
    /// A place, and how its first process starts. One that fails to start is not started again before somebody knows.
    pub(crate) fn new(shared: Arc<Shared>) -> (Self, oneshot::Receiver<Result<(), String>>) {
        let (first, started) = oneshot::channel();
        shared.hopeful.send_modify(|places| *places += 1);
        (Self { shared, first: Some(first), is_hopeful: true, failures: 0 }, started)
    }

    /// Another place beside one that works.
    pub(crate) fn further(shared: Arc<Shared>) -> Self {
        Self { first: None, ..Self::new(shared).0 }
    }

    /// Has a process in it until the function is to stop.
    pub(crate) async fn keep_filled(mut self) {
        while !self.is_stopping() {
            let life = self.live().await;
            if let Some(first) = self.first.take() {
                // The first process failed; whoever waited for it decides what follows.
                let _ = first.send(Err(life.reason));
                return;
            }
            if self.is_stopping() {
                return;
            }
            self.failures = if life.was_useful { 0 } else { self.failures.saturating_add(1) };
            if !life.has_started {
                self.despair(&life.reason);
            }
            let pause = pause(self.failures);
            tracing::error!(reason = life.reason, "function process ended; the next one starts in {pause:?}");
            select! {
                () = sleep(pause) => {}
                () = self.shared.stop() => {}
            }
        }
    }

    fn is_stopping(&self) -> bool {
        *self.shared.stopping.borrow()
    }

    /// The process asks for work.
    fn hope(&mut self) {
        if !std::mem::replace(&mut self.is_hopeful, true) {
            self.shared.hopeful.send_modify(|places| *places += 1);
        }
        if let Some(first) = self.first.take() {
            // Nobody waits for those that are started again.
            let _ = first.send(Ok(()));
        }
    }

    /// The process did not start. Who waits for one waits in vain, if no other place has one.
    fn despair(&mut self, reason: &str) {
        if std::mem::replace(&mut self.is_hopeful, false) {
            self.shared.hopeful.send_modify(|places| *places = places.saturating_sub(1));
        }
        if *self.shared.hopeful.borrow() == 0 {
            self.shared.queue.refuse_all(|| ended(reason.to_owned()));
        }
    }

    /// Starts a process and sees it to its end.
    async fn live(&mut self) -> Life {
        let shared = self.shared.clone();
        let unborn = |reason| Life { reason, has_started: false, was_useful: false };
        let listener = match api::listen().await {
            Ok(listener) => listener,
            Err(error) => return unborn(format!("there is no address for the Runtime API: {error}")),
        };
        let address = match listener.local_addr() {
            Ok(address) => address,
            Err(error) => return unborn(format!("there is no address for the Runtime API: {error}")),
        };
        let (mut child, output) = match Child::start(&shared.settings, address).await {
            Ok(started) => started,
            Err(reason) => return unborn(format!("`{}` cannot be started: {reason}", shared.settings.command())),
        };
        let api = Arc::new(Api {
            queue: shared.queue.clone(),
            desk: Arc::new(Desk::new(shared.settings.at_once)),
            function: shared.identity.clone(),
            response_limit: shared.response_limit,
            phase: watch::Sender::new(Phase::Starting),
            init_error: Default::default(),
        });
        let logs = log(output, child.id(), &api.desk);
        let (say_reason, reason) = oneshot::channel();
        let reason = async { reason.await.unwrap_or_default() };
        // Its last answers are still read when the next process is there already.
        tokio::spawn(api::serve(listener, api.clone(), reason));
        tracing::debug!(process = child.id(), "function process started");
        let reason = self.watch(&mut child, &api).await;
        let has_started = *api.phase.borrow() >= Phase::Up;
        api.reach(Phase::Ended);
        for mut log in logs {
            // Lines that nobody ends would hold it for ever.
            if timeout(LAST_LINES, &mut log).await.is_err() {
                log.abort();
            }
        }
        let reason = match api.take_init_error() {
            Some(words) => format!("{reason}, after it said {words}"),
            None => reason,
        };
        let _ = say_reason.send(reason.clone());
        let id = child.id();
        child.reap().await;
        Life { reason: format!("process {id} {reason}"), has_started, was_useful: api.desk.was_useful() }
    }

    /// Follows a process to its end; says how it came.
    async fn watch(&mut self, child: &mut Child, api: &Api) -> String {
        let start_by = Instant::now() + LONGEST_START;
        loop {
            let phase = *api.phase.borrow();
            let why = select! {
                biased;
                ending = child.ended() => return ending.to_string(),
                () = self.shared.stop() => {
                    api.reach(Phase::Stopping);
                    api.desk.forget_request();
                    child.terminate().await;
                    return match timeout(GRACE, child.ended()).await {
                        Ok(ending) => ending.to_string(),
                        Err(_) => kill(child, format!("did not end within {GRACE:?} of SIGTERM")).await,
                    };
                }
                () = api.reached(Phase::Failed), if phase == Phase::Starting => {
                    if *api.phase.borrow() >= Phase::Up {
                        self.hope();
                        continue;
                    }
                    match timeout(GRACE, child.ended()).await {
                        Ok(ending) => return ending.to_string(),
                        Err(_) => format!("did not end within {GRACE:?} of its init error"),
                    }
                }
                () = sleep_until(start_by), if phase < Phase::Up => format!("did not ask for work within {LONGEST_START:?}"),
                () = api.desk.overdue() => "did not answer a request before its deadline".into(),
            };
            // It takes no further request with it. One that has not asked for any has not started.
            if *api.phase.borrow() >= Phase::Up {
                api.reach(Phase::Stopping);
            }
            return kill(child, why).await;
        }
    }
}

async fn kill(child: &mut Child, why: String) -> String {
    child.kill().await;
    let ending = child.ended().await;
    if ending == Ending::Killed(9) { format!("{why} and was killed") } else { format!("{why} and {ending}") }
}

fn log(output: Output, process: u32, desk: &Arc<Desk>) -> Vec<JoinHandle<()>> {
    let stdout = output.stdout.map(|output| tokio::spawn(lines::log(output, "stdout", process, desk.clone())));
    let stderr = output.stderr.map(|output| tokio::spawn(lines::log(output, "stderr", process, desk.clone())));
    stdout.into_iter().chain(stderr).collect()
}

fn pause(failures: u32) -> Duration {
    let factor = 2_u32.saturating_pow(failures.saturating_sub(1));
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_fails_again_and_again_is_started_less_and_less_often() {
        let pauses: Vec<_> = [0, 1, 2, 3, 7, 8, 90].map(|failures| pause(failures).as_millis()).into();
        assert_eq!(pauses, [100, 100, 200, 400, 6400, 10_000, 10_000]);
    }
}
