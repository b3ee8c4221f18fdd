//! What of a request a function is invoked with.

use bytes::Bytes;
use kn_func_runtime::{Context, FromRequest, Request, RequestExt as _, Result};
use kn_lambda_gateway::Gateway;

use crate::exchange::{Answer, Exchange};
use crate::places::Place;

/// An input that becomes an invocation.
pub(crate) trait Intake: FromRequest + Send {
    /// Begins the exchange.
    ///
    /// # Errors
    ///
    /// 400 if it is nothing to invoke a function with.
    fn begin(self, gateway: &Gateway, place: Option<Place>) -> Result<(Exchange, Answer)>;
}

/// What the gateway makes of the request is the payload.
impl Intake for Context {
    fn begin(self, gateway: &Gateway, place: Option<Place>) -> Result<(Exchange, Answer)> {
        let invocation = gateway.invocation(&self)?;
        Ok(Exchange::begin(gateway, invocation, self.handle(), None, place))
    }
}

/// The request itself, with its whole body. Events are not looked at.
pub(crate) struct Whole(http::Request<Bytes>);

impl FromRequest for Whole {
    async fn from_request(request: Request) -> Result<Self> {
        let (head, body) = Request::from_request(request).await?.into_parts();
        Ok(Self(http::Request::from_parts(head, body.bytes().await?)))
    }
}

impl Intake for Whole {
    fn begin(self, gateway: &Gateway, place: Option<Place>) -> Result<(Exchange, Answer)> {
        let Self(request) = self;
        let invocation = gateway.bare_invocation(&request.request_id(), request.deadline(), request.headers());
        let (handle, remote_addr) = (request.handle(), request.remote_addr());
        Ok(Exchange::begin(gateway, invocation, handle, Some((request, remote_addr)), place))
    }
}
