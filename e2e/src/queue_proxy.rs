//! The real queue-proxy, set up as Knative's controller does. Its ports are fixed, so it needs a network of its own.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::process::Command;

use http::Method;
use serde_json::json;

use crate::client::{Answer, Client, Protocol};
use crate::command::program;
use crate::repository::tool;
use crate::server::Server;
use crate::until;

/// Where queue-proxy takes requests.
pub const PROXY: SocketAddr = loopback(8012);

/// Where queue-proxy takes what the kubelet asks before it stops a container.
const ADMIN: SocketAddr = loopback(8022);

/// Where queue-proxy looks for the function.
pub const FUNCTION: SocketAddr = loopback(8080);

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

/// How queue-proxy finds out whether the function is ready.
#[derive(Debug, Clone, Copy)]
pub enum Probe {
    /// It listens: what Knative does if a service names no probe.
    Tcp,
    /// `GET /health/readiness`.
    Http,
}

/// What a revision tells its queue-proxy.
#[derive(Debug, Clone)]
pub struct QueueProxy {
    concurrency: u32,
    timeout: u32,
    response_start_timeout: u32,
    idle_timeout: u32,
    probe: Probe,
    traces: Option<SocketAddr>,
}

impl Default for QueueProxy {
    fn default() -> Self {
        let (timeout, probe) = (300, Probe::Tcp);
        Self { concurrency: 0, timeout, response_start_timeout: 0, idle_timeout: 0, probe, traces: None }
    }
}

impl QueueProxy {
    /// `containerConcurrency`.
    pub fn concurrency(self, concurrency: u32) -> Self {
        Self { concurrency, ..self }
    }

    /// `timeoutSeconds`.
    pub fn timeout(self, timeout: u32) -> Self {
        Self { timeout, ..self }
    }

    /// `responseStartTimeoutSeconds`.
    pub fn response_start_timeout(self, response_start_timeout: u32) -> Self {
        Self { response_start_timeout, ..self }
    }

    /// `idleTimeoutSeconds`.
    pub fn idle_timeout(self, idle_timeout: u32) -> Self {
        Self { idle_timeout, ..self }
    }

    /// `readinessProbe`.
    pub fn probe(self, probe: Probe) -> Self {
        Self { probe, ..self }
    }

    /// `tracing-protocol: http/protobuf`, `tracing-endpoint` and `tracing-sampling-rate: 1` of `config-observability`.
    pub fn traces_to(self, collector: SocketAddr) -> Self {
        Self { traces: Some(collector), ..self }
    }

    /// Starts it and waits until it listens.
    ///
    /// # Panics
    ///
    /// If it ends instead.
    pub async fn start(&self) -> Server {
        let mut proxy = Server::start(&mut self.command());
        until("queue-proxy to listen", async || {
            assert!(proxy.is_running(), "queue-proxy ended");
            let probe = client().request(Method::GET, "/");
            let probe = probe.header("k-network-probe", "probe").header("k-network-hash", "here");
            client().try_send(probe.body(Default::default()).ok()?).await.ok()
        })
        .await;
        proxy
    }

    fn command(&self) -> Command {
        let mut command = program(tool("queue"));
        command
            .env_clear()
            .env("CONTAINER_CONCURRENCY", self.concurrency.to_string())
            .env("REVISION_TIMEOUT_SECONDS", self.timeout.to_string())
            .env("REVISION_RESPONSE_START_TIMEOUT_SECONDS", self.response_start_timeout.to_string())
            .env("REVISION_IDLE_TIMEOUT_SECONDS", self.idle_timeout.to_string())
            .env("SERVING_READINESS_PROBE", self.probe.as_the_controller_writes_it())
            .envs([
                ("QUEUE_SERVING_PORT", "8012"),
                ("QUEUE_SERVING_TLS_PORT", "8112"),
                ("USER_PORT", "8080"),
                ("SERVING_LOGGING_CONFIG", ""),
                ("SERVING_LOGGING_LEVEL", ""),
                ("SERVING_NAMESPACE", "default"),
                ("SERVING_SERVICE", "hello"),
                ("SERVING_CONFIGURATION", "hello"),
                ("SERVING_REVISION", "hello-00001"),
                ("SERVING_POD", "hello-00001-0"),
                ("SERVING_POD_IP", "127.0.0.1"),
            ]);
        if let Some(collector) = self.traces {
            let endpoint = format!("http://{collector}/v1/traces");
            let tracing = json!({ "protocol": "http/protobuf", "endpoint": endpoint, "samplingRate": 1 });
            command.env("OBSERVABILITY_CONFIG", json!({ "tracing": tracing }).to_string());
            // Go's SDK would keep them for five seconds.
            command.env("OTEL_BSP_SCHEDULE_DELAY", "10");
        }
        command
    }
}

impl Probe {
    fn as_the_controller_writes_it(self) -> &'static str {
        match self {
            Self::Tcp => r#"{"tcpSocket":{"port":8080,"host":"127.0.0.1"},"successThreshold":1}"#,
            Self::Http => {
                r#"{"httpGet":{"path":"/health/readiness","port":8080,"host":"127.0.0.1","scheme":"HTTP"},"successThreshold":1}"#
            }
        }
    }
}

/// What Knative sets for a function of a service `hello`.
pub const VARIABLES: [(&str, &str); 4] =
    [("PORT", "8080"), ("K_SERVICE", "hello"), ("K_CONFIGURATION", "hello"), ("K_REVISION", "hello-00001")];

/// A client of queue-proxy.
pub fn client() -> Client {
    speaking(Protocol::Http1)
}

/// A client of queue-proxy that speaks this.
pub fn speaking(protocol: Protocol) -> Client {
    Client::speaking(protocol, PROXY)
}

/// A client of the function itself, past queue-proxy.
pub fn past_the_proxy() -> Client {
    Client::new(FUNCTION)
}

/// Asks queue-proxy whether the function is ready, as the activator does.
///
/// # Panics
///
/// If it does not say.
pub async fn probe() -> Answer {
    let probe = client().request(Method::GET, "/");
    let probe = probe.header("k-network-probe", "queue").header("user-agent", "Knative-Activator-Probe");
    client().send(probe.body(Default::default()).expect("the probe is a request")).await
}

/// What the kubelet asks queue-proxy before it sends SIGTERM to the function; answered when it may.
///
/// # Panics
///
/// If it is not answered.
pub async fn wait_for_drain() -> Answer {
    Client::new(ADMIN).get("/wait-for-drain").await
}
