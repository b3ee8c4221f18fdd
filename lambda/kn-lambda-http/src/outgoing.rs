//! A handler's answer as a response of ours.

use std::fmt::Debug;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use kn_func_runtime::Result;
use kn_lambda_gateway::{DefaultType, Gateway};
use lambda_http::{Body, Error, Response};

/// A whole answer.
///
/// # Errors
///
/// 502 if it is larger than the limit, or has an interim status or too many headers.
pub(crate) fn whole(gateway: &Gateway, response: Response<Body>) -> Result<kn_func_runtime::Response> {
    let (head, body) = response.into_parts();
    let (body, default_type) = match body {
        Body::Empty => (Bytes::new(), DefaultType::None),
        Body::Text(text) => (Bytes::from(text), DefaultType::Text),
        Body::Binary(octets) => (Bytes::from(octets), DefaultType::Octets),
        // A kind that is not known yet.
        _ => (Bytes::new(), DefaultType::None),
    };
    gateway.within_limit(body.len())?;
    let default_type = if body.is_empty() { DefaultType::None } else { default_type };
    gateway.finished(Response::from_parts(head, body.into()), default_type)
}

/// An answer that is sent while it is made.
///
/// # Errors
///
/// 502 if it has an interim status or too many headers.
pub(crate) fn streaming<B>(gateway: &Gateway, response: Response<B>) -> Result<kn_func_runtime::Response>
where
    B: http_body::Body + Unpin + Send + 'static,
    B::Data: Into<Bytes> + Send,
    B::Error: Into<Error> + Send + Debug,
{
    let default_type = if response.body().is_end_stream() { DefaultType::None } else { DefaultType::Octets };
    let body = |body: B| body.map_frame(|frame| frame.map_data(Into::into)).map_err(Into::into);
    gateway.finished(response.map(|streaming| kn_func_runtime::Body::new(body(streaming))), default_type)
}
