//! Events out: sent to a broker, or wherever `K_SINK` says, until they have arrived.
//!
//! A function that answers an event with an event needs none of this. It is for those that send of their own accord: several events for
//! one, an event for an HTTP request, an event from a task. A SinkBinding gives them the address.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use kn_func_runtime::sink::Sink;
//! use kn_func_runtime::{Context, EventBuilder, EventBuilderV10, Lifecycle, Result, StatusCode, kn_function};
//!
//! struct App {
//!     sink: Sink,
//! }
//!
//! impl Lifecycle for App {}
//!
//! impl App {
//!     async fn open() -> Result<Self> {
//!         Ok(Self { sink: Sink::from_env()? })
//!     }
//! }
//!
//! #[kn_function(init = App::open)]
//! async fn main(app: Arc<App>, ctx: Context) -> Result<StatusCode> {
//!     let event = EventBuilderV10::new().id(ctx.request_id()).source("/shop").ty("order.placed");
//!     app.sink.send(event.data("application/json", ctx.payload().into_owned()).build()?).await?;
//!     Ok(StatusCode::ACCEPTED)
//! }
//! ```
//!
//! # What is tried again
//!
//! What Knative tries again: 404, 408, 409, 429 and 5xx, no connection, one that breaks off, and no answer within 30 s; and a token file
//! that cannot be read. Any other answer than 2xx is final, a redirect too. There are up to five more tries, after 0.2, 0.4, 0.8, 1.6 and
//! 3.2 s, each cut by up to a half so that not all senders come at once. A `Retry-After` of a 429 or 503 is waited for, up to 10 s.
//! So the last try has failed within 230 s, before queue-proxy ends the request; [`SinkBuilder`] changes each of these numbers.
//! Every try sends the same id, so a receiver can tell that it has the event already.
//!
//! What could not be delivered comes back inside of [`Undelivered`]. Who drops the future of [`Sink::send`] gives the event up: a function's
//! future is dropped when its client goes away, or at `FUNC_REQUEST_TIMEOUT`. What must be sent none the less goes into
//! [`Context::spawn`](crate::Context::spawn).
//!
//! # What is sent
//!
//! The event as it is, in binary mode: nothing is filled in, also no time. Only the extensions of `K_CE_OVERRIDES` are set, over those that the event
//! has. An event that breaks the specification is not sent. Each try carries the trace of the running request, as
//! [`propagate`](crate::propagate) would add it.
//!
//! # What is trusted
//!
//! Over TLS, Mozilla's certificate authorities, those of `K_CA_CERTS`, and those of the `*.pem` files in `/knative-custom-certs`, which are read
//! again when a connection fails. If there is an `/oidc/token` at the start, it is read for every try, because it is renewed, and sent as
//! `Authorization: Bearer`; it is never in a log or an error.

mod answer;
mod builder;
mod message;
mod overrides;
mod patience;
mod refusal;
mod token;
mod trust;
mod undelivered;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{Method, Request, Uri};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::client::Failure;
use crate::config::ConfigError;
use crate::event::Event;
use crate::trace;

pub use answer::Answer;
pub use builder::SinkBuilder;
use message::Message;
use overrides::Overrides;
use patience::Patience;
use refusal::{Reason, Refusal};
use token::TokenFile;
use trust::Trust;
pub use undelivered::Undelivered;

/// Where events are sent to; the [module](self) says how. A clone shares the connections.
#[derive(Clone)]
pub struct Sink {
    inner: Arc<Inner>,
}

struct Inner {
    url: Uri,
    trust: Trust,
    token: Option<TokenFile>,
    overrides: Overrides,
    is_structured: bool,
    timeout: Duration,
    patience: Patience,
}

impl Sink {
    /// The sink that the environment names: `K_SINK`, `K_CE_OVERRIDES`, `K_CA_CERTS`, `/knative-custom-certs` and `/oidc/token`, which a
    /// SinkBinding gives. Call it in `init`: a function without its sink should not start.
    ///
    /// # Errors
    ///
    /// The first variable that is missing or cannot be understood.
    ///
    /// ```
    /// use kn_func_runtime::sink::Sink;
    ///
    /// let error = Sink::from_env().unwrap_err();
    /// assert_eq!(error.to_string(), "K_SINK is ``; expected an http or https URL, as a SinkBinding sets it");
    /// ```
    pub fn from_env() -> Result<Self, ConfigError> {
        SinkBuilder::from_env().build()
    }

    /// A sink at this `http` or `https` URL, whatever the environment says.
    ///
    /// ```
    /// use kn_func_runtime::sink::Sink;
    ///
    /// let sink = Sink::to("http://broker-ingress.knative-eventing/shop/default").retries(10).build()?;
    /// # Ok::<(), kn_func_runtime::ConfigError>(())
    /// ```
    pub fn to(url: impl AsRef<str>) -> SinkBuilder {
        SinkBuilder::to(url.as_ref())
    }

    /// Sends an event, in binary mode unless the sink is [structured](SinkBuilder::structured), and waits until it has arrived.
    ///
    /// # Errors
    ///
    /// The event and why it could not be delivered. `?` makes it a 503 if a broker that sends the cause again may have more luck, and else a
    /// 422; an event that breaks the specification is a 500.
    ///
    /// ```
    /// use kn_func_runtime::sink::Sink;
    /// use kn_func_runtime::{AttributesReader, Event, Result};
    ///
    /// async fn pass_on(sink: &Sink, event: Event) -> Result<()> {
    ///     if let Err(undelivered) = sink.send(event).await {
    ///         eprintln!("{undelivered}");
    ///         let event = undelivered.into_event(); // it is still there, to be kept somewhere else
    ///         eprintln!("{} has to wait", event.id());
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub async fn send(&self, event: Event) -> Result<Answer, Undelivered> {
        let message = Message::of(&event, &self.inner.overrides, self.inner.is_structured);
        self.deliver(message).await.map_err(|(refusal, tries)| self.undelivered(event, refusal, tries))
    }

    /// Sends events as one batch, which is all delivered or all comes back.
    ///
    /// Brokers and channels take no batch: this is for receivers that say that they do. Functions of this crate do if they take a
    /// `Vec<Event>`, of up to [`BATCH_LIMIT`](crate::event::BATCH_LIMIT) events.
    ///
    /// # Errors
    ///
    /// The events and why they could not be delivered, as [`Sink::send`] has it.
    ///
    /// ```
    /// use kn_func_runtime::sink::Sink;
    /// use kn_func_runtime::{Event, Result, StatusCode};
    ///
    /// async fn pass_on(sink: &Sink, events: Vec<Event>) -> Result<StatusCode> {
    ///     Ok(sink.send_batch(events).await?.status())
    /// }
    /// ```
    pub async fn send_batch(&self, events: Vec<Event>) -> Result<Answer, Undelivered<Vec<Event>>> {
        let message = Message::of_batch(&events, &self.inner.overrides);
        self.deliver(message).await.map_err(|(refusal, tries)| self.undelivered(events, refusal, tries))
    }

    /// Tries until there is an answer that stands.
    async fn deliver(&self, message: Result<Message, Refusal>) -> Result<Answer, (Refusal, u32)> {
        let message = message.map_err(|refusal| (refusal, 0))?;
        let mut tries = 0;
        loop {
            let refusal = match self.attempt(&message).await {
                Ok(answer) => return Ok(answer.after(tries + 1)),
                Err(refusal) => refusal,
            };
            tries += 1;
            if !refusal.is_passing() || !self.inner.patience.allows(tries) {
                self.look_again(&refusal).await;
                return Err((refusal, tries));
            }
            let wait = self.inner.patience.wait(tries, refusal.retry_after);
            let wait_ms = wait.as_millis() as u64;
            tracing::warn!(sink = %self, sent = message.id, reason = %refusal, tries, wait_ms, "event is not delivered yet");
            sleep(wait).await;
            self.look_again(&refusal).await;
        }
    }

    /// A receiver that cannot be reached may have another certificate authority now.
    async fn look_again(&self, refusal: &Refusal) {
        if refusal.is_unreachable() {
            let inner = self.inner.clone();
            // It reads files. A panic in there would leave the connections as they were.
            let _ = spawn_blocking(move || inner.trust.renew()).await;
        }
    }

    async fn attempt(&self, message: &Message) -> Result<Answer, Refusal> {
        let inner = &self.inner;
        let mut request = Request::new(message.body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = inner.url.clone();
        *request.headers_mut() = message.headers.clone();
        trace::propagate(request.headers_mut());
        let token = match &inner.token {
            Some(file) => Some(file.read().map_err(Reason::NoToken)?),
            None => None,
        };
        if let Some(token) = &token {
            request.headers_mut().insert(AUTHORIZATION, token.as_header());
        }
        match inner.trust.client().send(request, inner.timeout).await {
            Ok(response) if response.status().is_success() => Ok(Answer::new(response.map(Some))),
            Ok(response) => Err(Refusal::of(&response, token.as_ref())),
            Err(Failure::TooLarge(status)) if status.is_success() => Ok(Answer::without_body(status)),
            Err(Failure::TooLarge(status)) => Err(Reason::Status(status, String::new()).into()),
            Err(failure) => Err(Reason::NoAnswer(failure).into()),
        }
    }

    fn undelivered<E>(&self, event: E, refusal: Refusal, tries: u32) -> Undelivered<E> {
        Undelivered::new(event, self.to_string(), refusal, tries)
    }
}

/// The address, without its query, which may hold what nobody should read.
impl fmt::Display for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.inner.url;
        let (scheme, authority) = (url.scheme_str().unwrap_or_default(), url.authority().map_or("", |it| it.as_str()));
        write!(f, "{scheme}://{authority}{}", url.path())
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sink({self})")
    }
}
