//! Traces, metrics and logs that belong together, across a call to another function.
//!
//! `cargo run -p observed`, then `curl localhost:8080 -d 'some words'`

use std::env;
use std::sync::Arc;
use std::time::Duration;

use kn_func_runtime::metrics::prometheus_client::metrics::counter::Counter;
use kn_func_runtime::otel::opentelemetry::{global, metrics};
use kn_func_runtime::{Context, Error, HeaderMap, Lifecycle, Result, kn_function, propagate};
use reqwest::{Client, Url};

/// Counts words, and lets the function at `NEXT` do the same, if there is one.
struct Desk {
    client: Client,
    next: Option<Url>,
    /// For Prometheus, which asks at `FUNC_METRICS_PORT`.
    words: Counter,
    /// For the Collector, which `OTEL_EXPORTER_OTLP_ENDPOINT` names.
    pushed_words: metrics::Counter<u64>,
}

impl Lifecycle for Desk {}

impl Desk {
    async fn open() -> Result<Self> {
        let next = env::var("NEXT").ok().filter(|next| !next.is_empty());
        Self::before(next.as_deref())
    }

    fn before(next: Option<&str>) -> Result<Self> {
        let url = |next: &str| {
            next.parse()
                .map_err(|_| Error::internal(format!("NEXT is `{next}`; expected a URL such as http://words.default")))
        };
        let words = Counter::default();
        kn_func_runtime::metrics::register(|registry| {
            registry.register("observed_words", "Words that were counted", words.clone());
        });
        Ok(Self {
            client: Client::builder().timeout(Duration::from_secs(10)).build()?,
            next: next.map(url).transpose()?,
            words,
            pushed_words: global::meter("observed").u64_counter("observed.words").with_unit("{word}").build(),
        })
    }

    fn count(&self, text: &str) -> u64 {
        // A span of `tracing`, which is one of the trace too.
        let _span = tracing::info_span!("count words", bytes = text.len()).entered();
        let words = text.split_whitespace().count() as u64;
        self.words.inc_by(words);
        self.pushed_words.add(words, &[]);
        tracing::info!(words, "counted");
        words
    }

    async fn ask(&self, next: &Url, text: String) -> Result<String> {
        // These make the next function's span a child of ours.
        let mut headers = HeaderMap::new();
        propagate(&mut headers);
        let answer = self.client.post(next.clone()).headers(headers).body(text).send().await?;
        Ok(answer.error_for_status()?.text().await?)
    }
}

#[kn_function(init = Desk::open)]
async fn main(desk: Arc<Desk>, ctx: Context) -> Result<String> {
    let text = String::from_utf8_lossy(ctx.body()).into_owned();
    let words = desk.count(&text);
    match &desk.next {
        Some(next) => Ok(format!("{words}, and the next one says {}", desk.ask(next, text).await?)),
        None => Ok(words.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kn_func_runtime::{Function, Server, TestClient};
    use tokio::net::{TcpListener, TcpSocket};
    use tokio::sync::oneshot;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn client(next: Option<&str>) -> TestClient {
        TestClient::new(Function::with_state(Desk::before(next).unwrap(), super::main))
    }

    #[tokio::test]
    async fn words_are_counted() {
        assert_eq!(client(None).post("/").body("three  little words\n").send().await.text(), "3");
        assert_eq!(client(None).get("/").send().await.text(), "0");
    }

    #[tokio::test]
    async fn the_next_one_is_asked_with_the_headers_of_the_trace() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let next = format!("http://{}", listener.local_addr().unwrap());
        let says_trace = Function::new(async |ctx: Context| ctx.headers()["traceparent"].to_str().unwrap().to_owned());
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(Server::new(says_trace).serve(listener, async { drop(stopped.await) }));

        let asked = client(Some(&next)).post("/").header("traceparent", PARENT).body("two words");
        assert_eq!(asked.send().await.text(), format!("2, and the next one says {PARENT}"));
        stop.send(()).unwrap();
        server.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_next_one_that_cannot_be_asked_is_a_failure_of_ours() {
        // Bound, so that nobody else gets the port, and not listening.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let nobody = format!("http://{}", socket.local_addr().unwrap());
        assert_eq!(client(Some(&nobody)).get("/").send().await.status(), 500);
    }

    #[test]
    fn what_is_no_url_stops_the_start() {
        let error = Desk::before(Some("the next")).err().unwrap();
        let cause = error.cause().unwrap().to_string();
        assert_eq!(cause, "NEXT is `the next`; expected a URL such as http://words.default");
    }
}
