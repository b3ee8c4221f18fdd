//! A panic of the user's code as a value, with the place where it happened.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::pin::pin;
use std::sync::Once;

use tracing::Level;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What a panic said, and where.
#[derive(Debug)]
pub(crate) struct Panic {
    message: String,
    place: Option<String>,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "panicked at {place}: {}", self.message),
            None => write!(f, "panicked: {}", self.message),
        }
    }
}

impl std::error::Error for Panic {}

/// Runs a future to its end; a panic in it is an error of its own, and the future is dropped.
pub(crate) async fn catch<F: Future>(future: F) -> Result<F::Output, Panic> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch_now(|| future.as_mut().poll(cx)) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Err(panic).into(),
    })
    .await
}

/// Runs a piece of code; a panic in it is an error.
pub(crate) fn catch_now<T>(code: impl FnOnce() -> T) -> Result<T, Panic> {
    let outer = CATCHING.replace(true);
    // Whoever asks drops what panicked and never looks at it again.
    let outcome = catch_unwind(AssertUnwindSafe(code));
    CATCHING.set(outer);
    outcome.map_err(|payload| Panic { message: words(payload.as_ref()), place: PLACE.take() })
}

/// From now on a panic that is caught here leaves its place for the log instead of text on stderr.
pub(crate) fn remember_places() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let logged = CATCHING.get() && tracing::enabled!(Level::ERROR);
            if logged { remember(info) } else { previous(info) }
        }));
    });
}

fn remember(info: &PanicHookInfo<'_>) {
    PLACE.set(info.location().map(ToString::to_string));
}

fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is no text").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_with_its_words() {
        let caught = catch(async { panic!("no {}", "luck") }).await;
        assert_eq!(caught.map(|(): ()| ()).unwrap_err().message, "no luck");
    }

    #[tokio::test]
    async fn what_does_not_panic_passes_through() {
        assert_eq!(catch(async { 7 }).await.unwrap(), 7);
    }
}
