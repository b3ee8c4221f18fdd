//! The Collector, which writes what it gets into files.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use kn_func_e2e::{Server, program, scratch, tool, until};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Where it takes OTLP over HTTP.
pub(crate) const COLLECTOR: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 4318));

pub(crate) struct Collector {
    _server: Server,
    folder: TempDir,
}

/// A span as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    pub(crate) trace: String,
    pub(crate) id: String,
    pub(crate) parent: String,
    pub(crate) name: String,
    /// 2 is that of a server, 3 that of a client.
    pub(crate) kind: u64,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) resource: BTreeMap<String, String>,
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let folder = scratch();
        let file = |name: &str| folder.path().join(name);
        let config = json!({
            "receivers": { "otlp": { "protocols": { "http": { "endpoint": COLLECTOR.to_string() } } } },
            "exporters": {
                "file/traces": { "path": file("traces"), "flush_interval": "10ms" },
                "file/metrics": { "path": file("metrics"), "flush_interval": "10ms" },
            },
            "service": { "pipelines": {
                "traces": { "receivers": ["otlp"], "exporters": ["file/traces"] },
                "metrics": { "receivers": ["otlp"], "exporters": ["file/metrics"] },
            } },
        });
        fs::write(file("config.yaml"), config.to_string()).unwrap();
        let mut server = Server::start(program(tool("collector")).env_clear().arg("--config").arg(file("config.yaml")));
        server.says("Everything is ready").await;
        Self { _server: server, folder }
    }

    /// What came, a line each. The last line may not be whole yet.
    fn lines(&self, file: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join(file)).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        for of_resource in self.lines("traces").iter().flat_map(|line| list(&line["resourceSpans"])) {
            let resource = attributes(&of_resource["resource"]);
            for span in list(&of_resource["scopeSpans"]).iter().flat_map(|of_scope| list(&of_scope["spans"])) {
                spans.push(Span {
                    trace: text(&span["traceId"]),
                    id: text(&span["spanId"]),
                    parent: text(&span["parentSpanId"]),
                    name: text(&span["name"]),
                    kind: span["kind"].as_u64().unwrap(),
                    attributes: attributes(span),
                    resource: resource.clone(),
                });
            }
        }
        spans
    }

    /// Waits until this span of this service is there.
    pub(crate) async fn span(&self, service: &str, name: &str) -> Span {
        let what = format!("the span `{name}` of {service} to arrive");
        until(&what, async || {
            let of_service = |span: &Span| span.resource.get("service.name").is_some_and(|it| it == service);
            self.spans().into_iter().find(|span| span.name == name && of_service(span))
        })
        .await
    }

    /// Waits until the span with this id is there.
    pub(crate) async fn parent_of(&self, span: &Span) -> Span {
        let what = format!("the parent of {span:?} to arrive");
        until(&what, async || self.spans().into_iter().find(|it| it.id == span.parent)).await
    }

    /// Waits until a metric has a point with these attributes of which this is true.
    pub(crate) async fn metric(&self, name: &str, labels: &[(&str, &str)], is: impl Fn(&Value) -> bool) -> Value {
        let has = |point: &Value| {
            let attributes = attributes(point);
            labels.iter().all(|(label, value)| attributes.get(*label).is_some_and(|it| it == value))
        };
        until(&format!("{name} {labels:?} to arrive"), async || {
            self.points(name).into_iter().find(|point| has(point) && is(point))
        })
        .await
    }

    fn points(&self, name: &str) -> Vec<Value> {
        let lines = self.lines("metrics");
        let of_resources = lines.iter().flat_map(|line| list(&line["resourceMetrics"]));
        let of_scopes = of_resources.flat_map(|it| list(&it["scopeMetrics"]));
        let metrics = of_scopes.flat_map(|it| list(&it["metrics"])).filter(|it| it["name"] == name);
        let kinds = metrics.flat_map(|it| ["sum", "histogram"].map(|kind| list(&it[kind]["dataPoints"])));
        kinds.flatten().cloned().collect()
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn attributes(of: &Value) -> BTreeMap<String, String> {
    let plain = |value: &Value| {
        let value = value.as_object().and_then(|it| it.values().next()).cloned().unwrap_or_default();
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    };
    list(&of["attributes"]).iter().map(|it| (text(&it["key"]), plain(&it["value"]))).collect()
}
