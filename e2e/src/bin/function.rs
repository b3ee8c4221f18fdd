//! The function that queue-proxy stands in front of: what it does is in the path.

use std::convert::Infallible;
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use kn_func_runtime::{
    Body, Context, Error, IntoResponse, Json, Lifecycle, Response, Result, Sse, async_trait, kn_function,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// What the paths share.
struct Works {
    /// `/open` lets one go on that waits at it.
    gate: Arc<Semaphore>,
    /// How many are in `/alone`.
    alone: AtomicUsize,
    /// What readiness says; `/unready` makes it false and `/ready` true.
    ready: AtomicBool,
}

impl Works {
    /// Reads the file that `OPENS_AFTER` names, which may be a pipe that nobody has written to yet.
    async fn open() -> Result<Self> {
        if let Some(path) = env::var_os("OPENS_AFTER") {
            tracing::info!("opening");
            tokio::fs::read(path).await?;
        }
        let ready = AtomicBool::new(env::var_os("UNREADY").is_none());
        Ok(Self { gate: Arc::new(Semaphore::new(0)), alone: AtomicUsize::new(0), ready })
    }
}

#[async_trait]
impl Lifecycle for Works {
    async fn ready(&self) -> Result<()> {
        if self.ready.load(Ordering::SeqCst) { Ok(()) } else { Err(Error::unavailable("not yet")) }
    }

    async fn stop(&self) -> Result<()> {
        tracing::info!("stopped");
        Ok(())
    }
}

#[kn_function(init = Works::open)]
async fn main(works: Arc<Works>, ctx: Context) -> Result<Response> {
    let gate = works.gate.clone();
    Ok(match ctx.uri().path() {
        "/headers" => Json(headers(ctx.headers())).into_response(),
        "/fail" => return Err(Error::internal("it was told to")),
        "/protocol" => format!("{:?}", ctx.request().version()).into_response(),
        "/echo" => ctx.body().clone().into_response(),
        "/take" => {
            let _ended = Ended("take");
            sleep(millis(&ctx)?).await;
            "taken".into_response()
        }
        "/open" => {
            gate.add_permits(1);
            ().into_response()
        }
        "/stream" => Body::stream(async move |mut client| {
            let _ended = Ended("stream");
            client.send("one ").await?;
            pass(&gate).await?;
            client.send("two").await
        })
        .into_response(),
        "/stream/fail" => Body::stream(async move |mut client| {
            client.send("one ").await?;
            pass(&gate).await?;
            Err(Error::internal("there is no more"))
        })
        .into_response(),
        "/sse" => Sse::stream(async move |mut client| {
            client.send("one").await?;
            pass(&gate).await?;
            client.send("two").await
        })
        .into_response(),
        "/trailers" => trailers(),
        "/alone" => {
            let others = works.alone.fetch_add(1, Ordering::SeqCst);
            sleep(millis(&ctx)?).await;
            works.alone.fetch_sub(1, Ordering::SeqCst);
            if others > 0 { StatusCode::CONFLICT.into_response() } else { "alone".into_response() }
        }
        "/ready" => {
            works.ready.store(true, Ordering::SeqCst);
            ().into_response()
        }
        "/unready" => {
            works.ready.store(false, Ordering::SeqCst);
            ().into_response()
        }
        _ => "hello".into_response(),
    })
}

fn millis(ctx: &Context) -> Result<Duration> {
    let millis = ctx.query_param("millis").ok_or_else(|| Error::bad_request("query has no `millis`"))?;
    let millis = millis.parse().map_err(|_| Error::bad_request("`millis` is no number"))?;
    Ok(Duration::from_millis(millis))
}

async fn pass(gate: &Semaphore) -> Result<()> {
    gate.acquire().await?.forget();
    Ok(())
}

fn headers(headers: &HeaderMap) -> Value {
    let mut all = json!({});
    for name in headers.keys() {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        all[name.as_str()] = values.collect();
    }
    all
}

fn trailers() -> Response {
    let trailers = HeaderMap::from_iter([(HeaderName::from_static("x-checksum"), HeaderValue::from_static("42"))]);
    let frames = [Frame::data(Bytes::from_static(b"counted")), Frame::trailers(trailers)];
    let body = StreamBody::new(futures_util::stream::iter(frames.map(Ok::<_, Infallible>)));
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert("trailer", HeaderValue::from_static("x-checksum"));
    response
}

/// Says in the log when what a request began is over, whether it was finished or dropped.
struct Ended(&'static str);

impl Drop for Ended {
    fn drop(&mut self) {
        tracing::info!("{} ended", self.0);
    }
}
