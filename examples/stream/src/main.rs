//! Answers that are made while they are sent: text that ends by itself, and server-sent events that go on for ever.
//!
//! `cargo run -p stream`, then `curl -N 'localhost:8080/countdown?from=3'` and `curl -N localhost:8080/ticks`

use std::time::Duration;

use kn_func_runtime::kn_function;
use kn_func_runtime::{Body, BodySender, Context, Error, IntoResponse, Response, Result, Sse, SseMessage, SseSender};
use serde::Deserialize;
use tokio::select;
use tokio::time::{interval, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// The drain waits for a countdown, so none may take for ever.
const LONGEST: u32 = 60;

#[kn_function]
async fn main(ctx: Context) -> Result<Response> {
    match ctx.uri().path() {
        "/countdown" => {
            let Countdown { from } = ctx.query()?;
            if from > LONGEST {
                return Err(Error::bad_request(format!("`from` is {from}; expected at most {LONGEST}")));
            }
            Ok(Body::stream(move |client| count_down(client, from)).into_response())
        }
        "/ticks" => {
            let draining = ctx.draining();
            let ticks = Sse::stream(|client| async {
                select! {
                    gone = tick(client) => gone,
                    // What never ends by itself ends here; the drain would wait for it.
                    () = draining => Ok(()),
                }
            });
            Ok(ticks.into_response())
        }
        _ => Err(Error::not_found("expected the path /countdown or /ticks")),
    }
}

#[derive(Deserialize)]
struct Countdown {
    from: u32,
}

/// Runs as the client reads, and is dropped when the client goes away.
async fn count_down(mut client: BodySender, from: u32) -> Result<()> {
    for number in (1..=from).rev() {
        client.send(format!("{number}\n")).await?;
        sleep(SECOND).await;
    }
    client.send("lift-off\n").await
}

async fn tick(mut client: SseSender) -> Result<()> {
    let mut seconds = interval(SECOND);
    for number in 0_u64.. {
        seconds.tick().await;
        client.send(SseMessage::new("tick").id(&number.to_string())).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kn_func_runtime::{Function, TestClient};
    use tokio::join;

    #[tokio::test(start_paused = true)]
    async fn a_countdown_ends_by_itself() {
        let response = super::main(Context::get("/countdown?from=2")).await.unwrap();
        assert_eq!(response.into_body().bytes().await.unwrap(), "2\n1\nlift-off\n");
    }

    #[tokio::test(start_paused = true)]
    async fn ticks_go_on_until_the_drain() {
        let client = TestClient::new(Function::new(super::main));
        let stop = async {
            sleep(SECOND * 3 / 2).await;
            client.drain().await;
        };
        let (reply, ()) = join!(client.get("/ticks").send(), stop);
        assert_eq!(reply.header("content-type"), "text/event-stream");
        assert_eq!(reply.text(), "data: tick\nid: 0\n\ndata: tick\nid: 1\n\n");
    }

    #[tokio::test]
    async fn a_countdown_from_nowhere_is_a_400() {
        let error = super::main(Context::get("/countdown?from=x")).await.unwrap_err();
        assert_eq!(error.status(), 400);
    }

    #[tokio::test]
    async fn a_countdown_that_would_hold_the_drain_for_years_is_a_400() {
        let error = super::main(Context::get("/countdown?from=4294967295")).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.message()), (400, "`from` is 4294967295; expected at most 60"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_countdown_is_finished_by_the_drain() {
        let client = TestClient::new(Function::new(super::main));
        let (reply, ()) = join!(client.get("/countdown?from=60").send(), client.drain());
        assert!(reply.text().ends_with("\n2\n1\nlift-off\n"));
    }
}
