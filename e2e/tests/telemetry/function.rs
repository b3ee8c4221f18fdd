//! The functions that are watched.

use kn_func_e2e::queue_proxy::{QueueProxy, VARIABLES};
use kn_func_e2e::{Server, built, program};

use crate::collector::COLLECTOR;

/// Starts `examples/observed` as Knative does, with these variables besides, and waits until it listens.
pub(crate) async fn observed(variables: &[(&str, &str)]) -> Server {
    let mut command = program(built("observed"));
    command.env_clear().envs(VARIABLES).env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{COLLECTOR}"));
    command.env("OTEL_BSP_SCHEDULE_DELAY", "10").env("OTEL_METRIC_EXPORT_INTERVAL", "10");
    let mut function = Server::start(command.envs(variables.iter().copied()));
    function.address().await;
    function
}

/// Starts queue-proxy with tracing switched on.
pub(crate) async fn traced_proxy() -> Server {
    QueueProxy::default().traces_to(COLLECTOR).start().await
}
