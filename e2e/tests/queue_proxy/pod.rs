//! A pod: a function, and the real queue-proxy in front of it, as Knative's controller sets them up.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::process::Command;

use http::Method;
use kn_func_e2e::{Answer, Client, Protocol, Server, program, tool, until};

/// Where queue-proxy takes requests.
pub(crate) const PROXY: SocketAddr = loopback(8012);

/// Where queue-proxy takes what the kubelet asks before it stops a container.
const ADMIN: SocketAddr = loopback(8022);

/// Where the function listens.
pub(crate) const FUNCTION: SocketAddr = loopback(8080);

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

/// How queue-proxy finds out whether the function is ready, as the controller writes it for it.
pub(crate) const TCP: &str = r#"{"tcpSocket":{"port":8080,"host":"127.0.0.1"},"successThreshold":1}"#;
pub(crate) const HTTP: &str =
    r#"{"httpGet":{"path":"/health/readiness","port":8080,"host":"127.0.0.1","scheme":"HTTP"},"successThreshold":1}"#;

/// What a revision of a service says of its pods.
pub(crate) struct Revision {
    program: PathBuf,
    variables: Vec<(&'static str, String)>,
    concurrency: u32,
    timeout: u32,
    response_start_timeout: u32,
    idle_timeout: u32,
    probe: &'static str,
}

/// A function that runs behind queue-proxy.
pub(crate) struct Pod {
    pub(crate) function: Server,
    pub(crate) proxy: Server,
}

impl Revision {
    /// The function of this crate, with Knative's defaults.
    pub(crate) fn new() -> Self {
        Self::of(env!("CARGO_BIN_EXE_function").into())
    }

    /// Another function.
    pub(crate) fn of(program: PathBuf) -> Self {
        Self {
            program,
            variables: Vec::new(),
            concurrency: 0,
            timeout: 300,
            response_start_timeout: 0,
            idle_timeout: 0,
            probe: TCP,
        }
    }

    /// A variable for the function.
    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// `containerConcurrency`.
    pub(crate) fn concurrency(self, concurrency: u32) -> Self {
        Self { concurrency, ..self }
    }

    /// `timeoutSeconds`.
    pub(crate) fn timeout(self, timeout: u32) -> Self {
        Self { timeout, ..self }
    }

    /// `responseStartTimeoutSeconds`.
    pub(crate) fn response_start_timeout(self, response_start_timeout: u32) -> Self {
        Self { response_start_timeout, ..self }
    }

    /// `idleTimeoutSeconds`.
    pub(crate) fn idle_timeout(self, idle_timeout: u32) -> Self {
        Self { idle_timeout, ..self }
    }

    /// `readinessProbe`.
    pub(crate) fn probe(self, probe: &'static str) -> Self {
        Self { probe, ..self }
    }

    /// Starts the function, as a container gets it.
    pub(crate) fn start_function(&self) -> Server {
        let mut command = program(&self.program);
        command.env_clear().env("PORT", "8080").envs([
            ("K_SERVICE", "hello"),
            ("K_CONFIGURATION", "hello"),
            ("K_REVISION", "hello-00001"),
        ]);
        Server::start(command.envs(self.variables.iter().map(|(name, value)| (name, value))))
    }

    /// Starts queue-proxy and waits until it listens.
    pub(crate) async fn start_proxy(&self) -> Server {
        let mut command = program(tool("queue"));
        command.env_clear();
        self.tell(&mut command);
        let mut proxy = Server::start(&mut command);
        until("queue-proxy to listen", async || {
            assert!(proxy.is_running(), "queue-proxy ended");
            let mut probe = Client::new(PROXY).request(Method::GET, "/");
            probe = probe.header("k-network-probe", "probe").header("k-network-hash", "here");
            Client::new(PROXY).try_send(probe.body(Default::default()).ok()?).await.ok()
        })
        .await;
        proxy
    }

    fn tell(&self, proxy: &mut Command) {
        proxy
            .env("CONTAINER_CONCURRENCY", self.concurrency.to_string())
            .env("REVISION_TIMEOUT_SECONDS", self.timeout.to_string())
            .env("REVISION_RESPONSE_START_TIMEOUT_SECONDS", self.response_start_timeout.to_string())
            .env("REVISION_IDLE_TIMEOUT_SECONDS", self.idle_timeout.to_string())
            .env("SERVING_READINESS_PROBE", self.probe)
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
    }

    /// Starts both and waits until they listen.
    pub(crate) async fn start(self) -> Pod {
        let mut function = self.start_function();
        function.address().await;
        let proxy = self.start_proxy().await;
        Pod { function, proxy }
    }
}

/// A client of queue-proxy.
pub(crate) fn client() -> Client {
    Client::new(PROXY)
}

/// A client of queue-proxy that speaks this.
pub(crate) fn speaking(protocol: Protocol) -> Client {
    Client::speaking(protocol, PROXY)
}

/// A client of the function itself, past queue-proxy.
pub(crate) fn past_the_proxy() -> Client {
    Client::new(FUNCTION)
}

/// Asks queue-proxy whether the function is ready, as the activator does.
pub(crate) async fn probe() -> Answer {
    let probe = client().request(Method::GET, "/");
    let probe = probe.header("k-network-probe", "queue").header("user-agent", "Knative-Activator-Probe");
    client().send(probe.body(Default::default()).expect("the probe is a request")).await
}

/// What the kubelet asks queue-proxy before it sends SIGTERM to the function; answered when it may.
pub(crate) async fn wait_for_drain() -> Answer {
    Client::new(ADMIN).get("/wait-for-drain").await
}
