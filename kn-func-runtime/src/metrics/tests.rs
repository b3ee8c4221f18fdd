//! What the page says after known requests.

use std::future::pending;
use std::time::Duration;

use http::{Method, StatusCode};

use super::*;
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::function::Function;
use crate::output::IntoResponse;
use crate::testing::TestClient;

/// A function that is counted, and the page of it.
struct Counted {
    client: TestClient,
    page: TestClient,
}

impl Counted {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(mut config: Config) -> Self {
        let Counting { registry, .. } = Counting::start(&mut config);
        let page = page::function(Arc::new(registry));
        Self {
            client: TestClient::with_config(Function::new(work), config),
            page: TestClient::with_config(page, without_health()),
        }
    }

    async fn page(&self) -> String {
        self.page.get("/metrics").send().await.text().to_owned()
    }

    /// The values on the page: of a name, or of a name with labels.
    async fn values<const N: usize>(&self, series: [&str; N]) -> [Option<f64>; N] {
        let page = self.page().await;
        series.map(|series| page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok()))
    }

    async fn value(&self, series: &str) -> Option<f64> {
        let [value] = self.values([series]).await;
        value
    }
}

async fn work(ctx: Context) -> Result<crate::body::Response> {
    Ok(match ctx.uri().path() {
        "/wait" => pending().await,
        "/panic" => panic!("the function panics"),
        "/fail" => return Err(Error::internal("the function fails")),
        "/missing" => return Err(Error::not_found("there is no such thing")),
        "/stream" => Body::stream(async |mut client| client.send("a stream").await).into_response(),
        "/stream/fail" => Body::stream(async |mut client| {
            client.send("one ").await?;
            Err(Error::internal("the stream has no more"))
        })
        .into_response(),
        "/stream/panic" => Body::stream(async |mut client| {
            client.send("one ").await?;
            panic!("the stream panics")
        })
        .into_response(),
        "/spawn/panic" => {
            ctx.spawn(async { panic!("the work panics") });
            StatusCode::OK.into_response()
        }
        _ => "hello".into_response(),
    })
}

/// The page with a `*` in the place of what a clock says.
fn masked(page: &str) -> String {
    let is_timed = |line: &str| line.starts_with("http_server_request_duration_seconds_sum");
    let is_fast =
        |line: &str| line.starts_with("http_server_request_duration_seconds_bucket") && !line.contains("+Inf");
    let lines = page.lines().filter(|line| !is_fast(line)).map(|line| match line.rsplit_once(' ') {
        Some((series, _)) if is_timed(line) => format!("{series} *\n"),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[tokio::test]
async fn the_page_tells_what_was_counted() {
    let vars = [("K_SERVICE", "shop"), ("K_REVISION", "shop-00002"), ("K_CONFIGURATION", "shop")];
    let counted = Counted::with(Config::from_vars(vars).unwrap());
    counted.client.post("/").body("a body").send().await;
    let expected = include_str!("page.txt").replace("{version}", env!("CARGO_PKG_VERSION"));
    assert_eq!(masked(&counted.page().await), expected);
}

#[tokio::test]
async fn a_page_of_the_older_format_says_the_same() {
    let counted = Counted::new();
    counted.client.get("/").send().await;
    let page = counted.page.get("/metrics").header("accept", "text/plain").send().await;
    assert_eq!(page.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let requests = "# TYPE http_server_requests_total counter\n\
                    http_server_requests_total{http_request_method=\"GET\",http_response_status_code=\"200\"} 1\n";
    assert!(page.text().contains(requests), "{}", page.text());
    assert!(!page.text().contains("# EOF"), "{}", page.text());
}

#[tokio::test]
async fn requests_are_counted_by_method_and_status() {
    let counted = Counted::new();
    for path in ["/", "/", "/missing", "/fail", "/panic"] {
        counted.client.get(path).send().await;
    }
    counted.client.request(Method::HEAD, "/").send().await;
    counted.client.request(Method::from_bytes(b"BREW").unwrap(), "/").send().await;
    let series = [("GET", 200), ("GET", 404), ("GET", 500), ("HEAD", 200), ("_OTHER", 200), ("BREW", 200)].map(
        |(method, status)| {
            format!(
                "http_server_requests_total{{http_request_method=\"{method}\",http_response_status_code=\"{status}\"}}"
            )
        },
    );
    let values = counted.values(series.each_ref().map(String::as_str)).await;
    assert_eq!(values, [Some(2.0), Some(1.0), Some(2.0), Some(1.0), Some(1.0), None]);
}

#[tokio::test]
async fn each_request_is_in_each_histogram_and_none_stays_in_flight() {
    let counted = Counted::new();
    counted.client.post("/").body("a body").send().await;
    counted.client.post("/stream").body("x".repeat(1000)).send().await;
    let labels = "{http_request_method=\"POST\",http_response_status_code=\"200\"}";
    let of = |name: &str| format!("http_server_{name}{labels}");
    let series = [
        of("request_duration_seconds_count"),
        of("request_body_size_bytes_count"),
        of("request_body_size_bytes_sum"),
        of("response_body_size_bytes_sum"),
        "http_server_active_requests{http_request_method=\"POST\"}".to_owned(),
    ];
    let values = counted.values(series.each_ref().map(String::as_str)).await;
    assert_eq!(values, [Some(2.0), Some(2.0), Some(1006.0), Some(13.0), Some(0.0)]);
}

#[tokio::test]
async fn health_probes_are_not_counted() {
    let counted = Counted::new();
    counted.client.get("/health/liveness").send().await;
    counted.client.get("/health/readiness").send().await;
    assert!(!counted.page().await.contains("http_server_requests"));
}

#[tokio::test]
async fn panics_are_counted_wherever_they_happen() {
    let counted = Counted::new();
    counted.client.get("/panic").send().await;
    assert!(counted.client.get("/stream/panic").send().await.is_broken());
    counted.client.get("/spawn/panic").send().await;
    counted.client.drain().await;
    assert_eq!(counted.value("kn_function_panics_total").await, Some(3.0));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_counted() {
    let counted = Counted::new();
    counted.client.get("/stream").send().await;
    assert_eq!(counted.value("kn_function_broken_answers_total").await, Some(0.0));
    assert!(counted.client.get("/stream/fail").send().await.is_broken());
    assert_eq!(counted.value("kn_function_broken_answers_total").await, Some(1.0));
}

#[tokio::test]
async fn a_client_that_went_away_is_a_499() {
    let counted = Counted::new();
    let gone = tokio::time::timeout(Duration::ZERO, counted.client.get("/wait").send()).await;
    assert!(gone.is_err());
    let requests = "http_server_requests_total{http_request_method=\"GET\",http_response_status_code=\"499\"}";
    let in_flight = "http_server_active_requests{http_request_method=\"GET\"}";
    let values = counted.values([requests, "kn_function_client_disconnects_total", in_flight]).await;
    assert_eq!(values, [Some(1.0), Some(1.0), Some(0.0)]);
}

#[tokio::test]
async fn a_request_is_in_flight_until_it_ends() {
    let counted = Counted::new();
    let mut waiting = Box::pin(counted.client.get("/wait").send());
    assert!(tokio::time::timeout(Duration::ZERO, &mut waiting).await.is_err());
    let in_flight = "http_server_active_requests{http_request_method=\"GET\"}";
    assert_eq!(counted.value(in_flight).await, Some(1.0));
    drop(waiting);
    assert_eq!(counted.value(in_flight).await, Some(0.0));
}

#[tokio::test]
async fn a_shed_request_is_counted() {
    let counted = Counted::with(Config::default().concurrency(1));
    let mut waiting = Box::pin(counted.client.get("/wait").send());
    assert!(tokio::time::timeout(Duration::ZERO, &mut waiting).await.is_err());
    assert_eq!(counted.client.get("/").send().await.status(), 503);
    assert_eq!(counted.value("kn_function_shed_requests_total").await, Some(1.0));
}

#[tokio::test(start_paused = true)]
async fn a_request_out_of_time_is_counted() {
    let counted = Counted::with(Config::default().request_timeout(Duration::from_secs(3)));
    assert_eq!(counted.client.get("/wait").send().await.status(), 504);
    assert_eq!(counted.value("kn_function_timeouts_total").await, Some(1.0));
}

#[tokio::test]
async fn events_are_counted_by_type_up_to_a_hundred_types() {
    let counted = Counted::new();
    for number in 0..110 {
        let event = counted.client.post("/").header("ce-specversion", "1.0").header("ce-id", "1");
        event.header("ce-source", "/shop").header("ce-type", &format!("shop.{number}")).send().await;
    }
    let of = |ty: &str| format!("kn_function_events_total{{cloudevents_event_type=\"{ty}\"}}");
    let series = [of("shop.0"), of("shop.99"), of("shop.100"), of("_OTHER")];
    let values = counted.values(series.each_ref().map(String::as_str)).await;
    assert_eq!(values, [Some(1.0), Some(1.0), None, Some(10.0)]);
}

#[tokio::test]
async fn only_the_page_is_there_and_only_to_be_read() {
    let Counted { page, .. } = Counted::new();
    for path in ["/", "/health/readiness", "/metrics/"] {
        let reply = page.get(path).send().await;
        assert_eq!((reply.status(), reply.text()), (StatusCode::NOT_FOUND, "metrics are at /metrics"), "{path}");
    }
    let refusal = page.post("/metrics").send().await;
    assert_eq!((refusal.status(), refusal.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
    let head = page.request(Method::HEAD, "/metrics").send().await;
    assert_eq!(head.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(head.bytes().is_empty());
}

#[test]
fn without_a_port_nobody_counts() {
    let mut config = Config::default();
    let served = serve(&mut config).unwrap();
    assert!(config.observers.is_empty() && served.until_dropped.is_empty());
}
