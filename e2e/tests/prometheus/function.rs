//! The function that Prometheus watches, in a process of its own: this same program, told by a variable to be it.

use std::env;
use std::future::pending;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use kn_func_e2e::{Server, program};
use kn_func_runtime::metrics::{self, prometheus_client::metrics::counter::Counter};
use kn_func_runtime::{AttributesReader, StatusCode};
use kn_func_runtime::{Body, Context, Error, EventExt, Function, IntoResponse, Lifecycle, Response, Result, run};
use tokio::sync::Semaphore;

/// Says to the child that it is one.
const IS_CHILD: &str = "KN_TEST_FUNCTION";

/// Where its metrics are.
pub(crate) const INSTANCE: &str = "127.0.0.1:9095";

/// At least as long as `/slow` takes, which is in the bucket from 0.1 to 0.25.
pub(crate) const SLOW: Duration = Duration::from_millis(110);

/// A name, a revision and limits.
const VARIABLES: [(&str, &str); 8] = [
    (IS_CHILD, "1"),
    ("LISTEN_ADDRESS", "127.0.0.1:"),
    ("FUNC_METRICS_PORT", "9095"),
    ("FUNC_CONCURRENCY", "3"),
    ("FUNC_REQUEST_TIMEOUT", "3s"),
    ("K_SERVICE", "shop"),
    ("K_CONFIGURATION", "shop"),
    ("K_REVISION", "shop-00001"),
];

/// Starts it.
pub(crate) fn start() -> Server {
    let mut command = program(env::current_exe().expect("this program has a path"));
    command.args(["--exact", "child", "--nocapture", "--test-threads=1"]);
    Server::start(command.env_clear().envs(VARIABLES))
}

/// In the child, runs it; elsewhere does nothing.
pub(crate) fn be_the_child() {
    if env::var_os(IS_CHILD).is_some() {
        // The test harness has begun a line.
        println!();
        assert_eq!(run(open), ExitCode::SUCCESS);
    }
}

struct Shop {
    /// A metric of its own.
    orders: Counter,
    /// `/open` lets one go on that waits at it.
    gate: Arc<Semaphore>,
}

impl Lifecycle for Shop {}

async fn open() -> Result<Function> {
    let orders = Counter::default();
    metrics::register(|registry| registry.register("shop_orders", "Orders that were placed", orders.clone()));
    Ok(Function::with_state(Shop { orders, gate: Arc::new(Semaphore::new(0)) }, work))
}

async fn work(shop: Arc<Shop>, ctx: Context) -> Result<Response> {
    if let Some(event) = ctx.event() {
        if event.ty() == "shop.order.placed" {
            shop.orders.inc();
        }
        return Ok(format!("{} bytes", event.data_bytes().unwrap_or_default().len()).into_response());
    }
    Ok(match ctx.uri().path() {
        "/slow" => {
            tokio::time::sleep(SLOW).await;
            "slow".into_response()
        }
        "/missing" => StatusCode::NOT_FOUND.into_response(),
        "/fail" => return Err(Error::internal("it was told to")),
        "/panic" => panic!("it was told to"),
        "/spawn/panic" => {
            ctx.spawn(async { panic!("it was told to") });
            "spawned".into_response()
        }
        "/stream/fail" => Body::stream(async |mut client| {
            client.send("one ").await?;
            Err(Error::internal("it was told to"))
        })
        .into_response(),
        "/wait" => Body::stream(async move |mut client| {
            client.send("one ").await?;
            shop.gate.acquire().await?.forget();
            client.send("two").await
        })
        .into_response(),
        "/open" => {
            shop.gate.add_permits(1);
            "opened".into_response()
        }
        "/forever" => {
            tracing::info!("waiting for ever");
            pending().await
        }
        _ => "hello".into_response(),
    })
}
