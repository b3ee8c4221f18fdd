//! The function that our server serves: each request becomes an invocation, each answer a response.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::StatusCode;
use http::header::CONTENT_TYPE;
use kn_func_runtime::{Context, Error, Function, Lifecycle, Response, Result, async_trait};
use kn_lambda_gateway::{DefaultType, Failure, Gateway, Invocation};
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use crate::api::Identity;
use crate::outcome::Outcome;
use crate::pool::Pool;
use crate::queue::Job;
use crate::settings::Settings;

/// A Lambda program behind a gateway.
struct Lambda {
    gateway: Gateway,
    pool: Pool,
}

/// Starts the processes of a command and gives the function that they are.
///
/// # Errors
///
/// A variable that cannot be understood, or a process that does not start.
pub(crate) async fn open(command: Vec<OsString>) -> Result<Function> {
    let gateway = Gateway::from_env()?;
    let settings = Settings::read(command, gateway.function(), gateway.concurrency())?;
    let identity = Identity {
        name: gateway.function().name.clone(),
        version: gateway.function().version.clone(),
        handler: settings.handler.to_string_lossy().into_owned(),
    };
    let pool = Pool::start(settings, identity, gateway.response_limit()).await?;
    Ok(Function::with_state(Lambda { gateway, pool }, answer))
}

#[async_trait]
impl Lifecycle for Lambda {
    async fn ready(&self) -> Result<()> {
        if self.pool.is_hopeful() { Ok(()) } else { Err(Error::unavailable("no process of the function starts")) }
    }

    async fn stop(&self) -> Result<()> {
        self.pool.stop().await;
        Ok(())
    }
}

async fn answer(lambda: Arc<Lambda>, ctx: Context) -> Result<Response> {
    let gateway = &lambda.gateway;
    let mut invocation = gateway.invocation(&ctx)?;
    let (reply, outcome) = oneshot::channel();
    let job = Job {
        payload: std::mem::take(&mut invocation.payload),
        headers: invocation.headers(),
        id: usable(&invocation.request_id),
        deadline: deadline(&ctx, &invocation),
        request: ctx.handle(),
        reply,
    };
    // What came is not kept while the function is at work.
    drop(ctx);
    match lambda.pool.invoke(job, outcome).await {
        Outcome::Whole(answer) => gateway.response(&invocation, answer),
        Outcome::Failed(report) => Err(Failure::read(&report).into_error(StatusCode::INTERNAL_SERVER_ERROR)),
        Outcome::Streamed { prelude, body } => gateway.streamed(&prelude, body),
        Outcome::Plain { media_type, body } => {
            let mut response = Response::new(body);
            response.headers_mut().insert(CONTENT_TYPE, media_type);
            gateway.finished(response, DefaultType::Octets)
        }
        Outcome::Refused(refusal) => Err(refusal),
    }
}

fn deadline(ctx: &Context, invocation: &Invocation) -> Instant {
    let left = || invocation.deadline.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
    ctx.deadline().map_or_else(|| Instant::now() + left(), Instant::from_std)
}

/// The id of a request as processes get it. They put it into a path, and one of their clients ends at an id that is none there.
fn usable(id: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !id.is_empty() && id.bytes().all(is_plain) { id.to_owned() } else { Uuid::new_v4().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_no_part_of_a_path_is_replaced() {
        assert_eq!(usable("8476a536-e9f4-11e8-9739-2dfe598c3fcd"), "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
        for odd in ["", "a/b", "a b", "a?b", "%zz", "ä", "{}"] {
            assert!(Uuid::parse_str(&usable(odd)).is_ok(), "{odd}");
        }
    }
}
