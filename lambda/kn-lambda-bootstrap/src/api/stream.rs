//! Responses that are passed on while the process makes them.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use kn_func_runtime::{Body, BodySender};

use super::answer::{INVALID, bad_response, discard};
use super::prelude::{Prelude, Step};
use super::trailer::{Failure, Tail};
use crate::desk::Claim;
use crate::outcome::Outcome;

/// Passes on an HTTP response: its head as JSON, eight NUL bytes, its body.
pub(super) async fn http(mut claim: Claim, headers: &HeaderMap, mut body: Incoming) {
    let mut unfinished = Prelude::default();
    loop {
        let piece = match next(&mut body).await {
            Piece::Data(piece) => piece,
            Piece::End(failure) => {
                let reason = failure.unwrap_or_else(|| "the stream ended before its eight NUL bytes".into());
                return claim.say(Outcome::Refused(bad_response(INVALID, "function's response has no head", reason)));
            }
        };
        match unfinished.push(&piece) {
            Step::Unfinished(prelude) => unfinished = prelude,
            Step::Whole { prelude, rest } => {
                let (sender, answer) = Body::channel();
                claim.say(Outcome::Streamed { prelude, body: answer });
                return pass_on(claim, sender, Tail::announced_by(headers), rest, body).await;
            }
            Step::TooLong => {
                let reason = "eight NUL bytes should have followed the head";
                claim.say(Outcome::Refused(bad_response(
                    INVALID,
                    "function's response has no end of its head",
                    reason,
                )));
                return discard(body).await;
            }
        }
    }
}

/// Passes on bytes.
pub(super) async fn plain(mut claim: Claim, media_type: Option<HeaderValue>, headers: &HeaderMap, body: Incoming) {
    let media_type = media_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let (sender, answer) = Body::channel();
    claim.say(Outcome::Plain { media_type, body: answer });
    pass_on(claim, sender, Tail::announced_by(headers), Bytes::new(), body).await;
}

/// Passes a stream on as the client takes it. If it fails, the client's ends without an end.
async fn pass_on(claim: Claim, mut sender: BodySender, mut tail: Tail, first: Bytes, mut body: Incoming) {
    let mut piece = Piece::Data(first);
    let failure = loop {
        match piece {
            Piece::Data(data) => {
                let data = tail.push(data);
                if !data.is_empty() && sender.send(data).await.is_err() {
                    // The client has gone; the process goes on all the same.
                    return discard(body).await;
                }
            }
            Piece::End(Some(failure)) => break failure,
            Piece::End(None) => match tail.end() {
                Err(failure) => break failure.to_string(),
                Ok(rest) => {
                    // Whether the client is there does not matter any more.
                    if rest.is_empty() || sender.send(rest).await.is_ok() {
                        let _ = sender.finish().await;
                    }
                    return;
                }
            },
        }
        piece = next(&mut body).await;
    };
    tracing::error!(request_id = claim.id(), error = failure, "function's stream failed");
}

enum Piece {
    Data(Bytes),
    /// With the reason if it is no good one.
    End(Option<String>),
}

async fn next(body: &mut Incoming) -> Piece {
    loop {
        match body.frame().await {
            None => return Piece::End(None),
            Some(Err(error)) => return Piece::End(Some(format!("the process broke it off: {error}"))),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Piece::Data(data),
                Err(frame) => {
                    let failure = frame.trailers_ref().and_then(Failure::of);
                    if let Some(failure) = failure {
                        return Piece::End(Some(failure.to_string()));
                    }
                }
            },
        }
    }
}
