//! What surrounds one request: its id, its peer, its deadline, and the work that it leaves behind.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use uuid::Uuid;

use crate::error::{BoxError, Result, excerpt};
use crate::host::Host;
use crate::observer::{Fault, Watch};
use crate::panic::{self, Panic};
use crate::places::{Place, Places};
use crate::trace::TraceHeaders;
#[cfg(feature = "logging")]
use crate::trace::TraceParent;

pub(crate) static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request id that somebody sent is kept when it is visible ASCII and not longer than this.
const LONGEST_REQUEST_ID: usize = 128;

tokio::task_local! {
    static CURRENT: Arc<Scope>;
}

/// One request, as the log and the function's background work see it.
#[derive(Debug)]
pub(crate) struct Scope {
    host: Arc<Host>,
    method: Method,
    uri: Uri,
    remote_addr: Option<SocketAddr>,
    deadline: Option<Instant>,
    request_id: OnceLock<HeaderValue>,
    trace: TraceHeaders,
    watch: Option<Arc<Watch>>,
    is_read: AtomicBool,
    has_begun: AtomicBool,
    places: Option<Places>,
    place: Mutex<Option<Place>>,
    event: OnceLock<EventKey>,
}

/// Which event a request is; of a batch the first one, and nothing if the batch is empty.
#[derive(Debug, Default)]
pub(crate) struct EventKey {
    /// Its start, for the log.
    #[cfg_attr(
        not(any(feature = "logging", feature = "otel")),
        expect(dead_code, reason = "only the log and a span say it")
    )]
    pub(crate) id: String,
    pub(crate) ty: String,
    pub(crate) source: String,
    #[cfg_attr(not(feature = "otel"), expect(dead_code, reason = "only a span says it"))]
    pub(crate) subject: Option<String>,
    /// The attributes of the distributed tracing extension.
    pub(crate) trace: TraceHeaders,
}

impl Scope {
    pub(crate) fn new<B>(host: Arc<Host>, request: &Request<B>) -> Self {
        let headers = request.headers();
        let request_id = headers.get(&X_REQUEST_ID).filter(|id| is_usable(id)).cloned();
        Self {
            host,
            method: request.method().clone(),
            uri: request.uri().clone(),
            remote_addr: None,
            deadline: None,
            request_id: request_id.map(OnceLock::from).unwrap_or_default(),
            trace: TraceHeaders::of(headers),
            watch: None,
            is_read: AtomicBool::new(false),
            has_begun: AtomicBool::new(false),
            places: None,
            place: Mutex::new(None),
            event: OnceLock::new(),
        }
    }

    pub(crate) fn with(
        self,
        remote_addr: Option<SocketAddr>,
        deadline: Option<Instant>,
        places: Option<Places>,
        watch: Option<Watch>,
    ) -> Self {
        Self { remote_addr, deadline, places, watch: watch.map(Arc::new), ..self }
    }

    /// The input of the running call is there: from now on the function is at work, if it gets a place. Gives who watches it.
    pub(crate) fn begin() -> Result<Option<Arc<Watch>>> {
        CURRENT.try_with(|scope| scope.take_place()).unwrap_or(Ok(None))
    }

    fn take_place(&self) -> Result<Option<Arc<Watch>>> {
        // A function inside of another one is at work in its place, and under its eyes.
        if self.has_begun.swap(true, Ordering::Relaxed) {
            return Ok(None);
        }
        if let Some(places) = &self.places {
            let place = places.take().inspect_err(|_| self.fault(Fault::Shed))?;
            *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
        }
        if let Some(watch) = &self.watch {
            watch.begun(self.event());
        }
        Ok(self.watch.clone())
    }

    /// The function is no longer at work, and its answer is sent or given up.
    pub(crate) fn end(self: &Arc<Self>) {
        if self.places.is_some() {
            *self.place.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        if let Some(watch) = &self.watch {
            self.around_now(|| watch.ended(self));
        }
    }

    /// Who watches the request, if anybody does.
    pub(crate) fn watch(&self) -> Option<&Watch> {
        self.watch.as_deref()
    }

    /// Notes what goes wrong.
    pub(crate) fn fault(&self, fault: Fault) {
        if let Some(watch) = &self.watch {
            watch.fault(fault);
        }
    }

    /// Notes that the function, or a part of it, panicked.
    pub(crate) fn panicked(&self) {
        if let Some(watch) = &self.watch {
            watch.panicked();
        }
    }

    /// Notes why a streaming answer broke off.
    pub(crate) fn broke_off(&self, error: &BoxError) {
        if error.is::<Panic>() { self.panicked() } else { self.fault(Fault::Broken) }
    }

    /// Notes that the answer was taken whole.
    pub(crate) fn sent(&self) {
        if let Some(watch) = &self.watch {
            watch.sent();
        }
    }

    /// Whether the function was called: its input is there, and it got a place.
    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// The scope that the server gave to a request, or one for a request made by hand.
    pub(crate) fn of<B>(request: &Request<B>) -> Arc<Self> {
        let given = request.extensions().get::<Arc<Self>>().cloned();
        given.or_else(Self::unread).unwrap_or_else(|| Arc::new(Self::new(Arc::default(), request)))
    }

    /// The scope of the running call, for the one who first asks: its input. A request that the function makes is another one.
    fn unread() -> Option<Arc<Self>> {
        let unread = |scope: &Arc<Self>| (!scope.is_read.swap(true, Ordering::Relaxed)).then(|| scope.clone());
        CURRENT.try_with(unread).ok().flatten()
    }

    /// The scope that a server has given to a request, if one has.
    #[cfg(feature = "tower")]
    pub(crate) fn given<B>(request: &Request<B>) -> Option<Arc<Self>> {
        request.extensions().get::<Arc<Self>>().cloned()
    }

    /// Gives the scope to a request that may be read in another task.
    pub(crate) fn give<B>(request: &mut Request<B>) {
        let scope = Self::of(request);
        request.extensions_mut().insert(scope);
    }

    /// Runs a future so that its log lines carry this request. The function itself is under watch from [`Scope::begin`] on.
    pub(crate) fn hold<F: Future>(self: Arc<Self>, future: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, future)
    }

    /// Runs work elsewhere as part of this request.
    pub(crate) async fn around<F: Future>(self: Arc<Self>, future: F) -> F::Output {
        match self.watch.clone() {
            None => self.hold(future).await,
            Some(watch) => self.hold(watch.around(future)).await,
        }
    }

    /// Runs a piece of code as part of this request.
    pub(crate) fn around_now<T>(self: &Arc<Self>, code: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self.clone(), || match &self.watch {
            None => code(),
            Some(watch) => watch.enter(code),
        })
    }

    /// Looks at the request that the running code belongs to.
    pub(crate) fn current<T>(look: impl FnOnce(&Self) -> T) -> Option<T> {
        CURRENT.try_with(|scope| look(scope)).ok()
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// For the log: without the query, which may hold what nobody should read there.
    pub(crate) fn path(&self) -> &str {
        excerpt(self.uri.path())
    }

    pub(crate) fn remote_addr(&self) -> Option<SocketAddr> {
        self.remote_addr
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The id that came with the request.
    pub(crate) fn given_request_id(&self) -> Option<&HeaderValue> {
        self.request_id.get()
    }

    /// The id that came with the request, or a new one.
    pub(crate) fn request_id(&self) -> &HeaderValue {
        self.request_id.get_or_init(|| {
            let id = Uuid::new_v4().to_string();
            HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
        })
    }

    pub(crate) fn request_id_text(&self) -> &str {
        self.request_id().to_str().unwrap_or_default()
    }

    /// The trace that the request continues: that of its headers, else that of its event.
    #[cfg(feature = "logging")]
    pub(crate) fn trace(&self) -> Option<TraceParent<'_>> {
        self.trace.parent().or_else(|| self.event()?.trace.parent())
    }

    /// Adds what continues the trace to the headers of a request that this one makes.
    pub(crate) fn propagate(&self, headers: &mut HeaderMap) {
        if self.watch.as_ref().is_some_and(|watch| watch.inject(headers)) {
            return;
        }
        let of_event = self.event().filter(|_| !self.trace.has_parent()).map(|event| &event.trace);
        of_event.unwrap_or(&self.trace).add_to(headers);
    }

    /// Which event the request is, if it is one that an input has read.
    pub(crate) fn event(&self) -> Option<&EventKey> {
        self.event.get()
    }

    pub(crate) fn is_event(&self, key: EventKey) {
        // The first reading counts; a second one reads the same request.
        let is_new = self.event.set(key).is_ok();
        if let Some(watch) = self.watch.as_ref().filter(|_| is_new && self.has_begun()) {
            watch.begun(self.event());
        }
    }

    /// Runs work that outlives the response; the drain waits for it.
    pub(crate) fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let work = panic::catch(work);
        let scope = self.clone();
        let logged = async move {
            if let Err(panic) = work.await {
                scope.panicked();
                tracing::error!(error = %panic, "spawned work failed");
            }
        };
        self.host.spawn(self.clone().around(logged));
    }
}

fn is_usable(id: &HeaderValue) -> bool {
    !id.is_empty() && id.len() <= LONGEST_REQUEST_ID && id.as_bytes().iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(name: &HeaderName, value: &'static str) -> Scope {
        let mut request = Request::new(());
        request.headers_mut().insert(name, HeaderValue::from_static(value));
        Scope::new(Arc::default(), &request)
    }

    #[test]
    fn a_request_id_is_taken_from_the_header() {
        assert_eq!(scope(&X_REQUEST_ID, "abc-1").request_id_text(), "abc-1");
    }

    #[test]
    fn a_request_id_that_cannot_be_used_is_replaced() {
        for id in ["", "two words", "tab\there"] {
            let scope = scope(&X_REQUEST_ID, id);
            assert_eq!(scope.given_request_id(), None, "{id:?}");
            assert_eq!(scope.request_id_text().len(), 36, "{id:?}");
        }
    }
}
