//! The real Prometheus, which scrapes a function.

use std::cell::RefCell;
use std::fs;
use std::net::SocketAddr;

use kn_func_e2e::{Client, Server, program, scratch, soon, tool, until};
use serde_json::Value;
use tempfile::TempDir;

use crate::answer::Answer;
use crate::function::INSTANCE;

/// As often as a busy machine can.
const CONFIG: &str = "
global:
  scrape_interval: 200ms
  scrape_timeout: 200ms
scrape_configs:
  - job_name: function
    static_configs:
      - targets: ['INSTANCE']
";

/// A Prometheus that runs, in the network of the test.
pub(crate) struct Prometheus {
    server: Server,
    client: Client,
    _data: TempDir,
}

impl Prometheus {
    /// Starts it and waits until it answers.
    pub(crate) async fn start() -> Self {
        let data = scratch();
        let config = data.path().join("prometheus.yml");
        fs::write(&config, CONFIG.replace("INSTANCE", INSTANCE)).expect("a scratch folder takes files");
        let mut command = program(tool("prometheus"));
        command.arg("--config.file").arg(config).arg("--storage.tsdb.path").arg(data.path().join("tsdb"));
        command.args(["--web.listen-address", "127.0.0.1:9090", "--log.level", "warn"]);
        let server = Server::start(command.env_clear());
        let client = Client::new(SocketAddr::from(([127, 0, 0, 1], 9090)));
        let prometheus = Self { server, client, _data: data };
        until("Prometheus", async || prometheus.is_ready().await.then_some(())).await;
        prometheus
    }

    async fn is_ready(&self) -> bool {
        let request = self.client.request(http::Method::GET, "/-/ready").body(Default::default());
        let answer = self.client.try_send(request.expect("the path is one")).await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    /// What it says at a path of its API.
    pub(crate) async fn api(&self, path: &str) -> Value {
        let answer = self.client.get(&format!("/api/v1/{path}")).await;
        let value = answer.json();
        assert_eq!(value["status"], "success", "{path}: {value}");
        value["data"].clone()
    }

    /// What a query gives now.
    pub(crate) async fn query(&self, query: &str) -> Answer {
        let data = self.api(&format!("query?query={}", encoded(query))).await;
        Answer::of(&data["result"])
    }

    /// Waits until a query gives what is expected: what was sent is there with the next scrape.
    pub(crate) async fn answers(&self, query: &str, is_expected: impl Fn(&Answer) -> bool) -> Answer {
        let last = RefCell::new(Answer::default());
        let asking = until(query, async || {
            let answer = self.query(query).await;
            last.replace(answer.clone());
            is_expected(&answer).then_some(answer)
        });
        let asked = tokio::time::timeout(PATIENCE, asking).await;
        asked.unwrap_or_else(|_| panic!("{query}: {:#?}", last.borrow()))
    }

    pub(crate) async fn stop(self) {
        soon("the end of Prometheus", self.server.stop()).await;
    }
}

/// Less than what all of the test has, so that the last answer is shown.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// A query as a part of a URI.
fn encoded(query: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric();
    query
        .bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
