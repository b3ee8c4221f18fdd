//! The dashboard as `docs/` has it.

use std::collections::BTreeMap;
use std::fs;

use kn_func_e2e::repository;
use serde_json::Value;

/// The file.
pub(crate) fn dashboard() -> Value {
    let text = fs::read_to_string(repository().join("docs/grafana-dashboard.json"));
    serde_json::from_str(&text.expect("the dashboard is there")).expect("the dashboard is JSON")
}

pub(crate) fn panels(dashboard: &Value) -> &[Value] {
    dashboard["panels"].as_array().map_or(&[], Vec::as_slice)
}

/// All queries by the title of their panel and their letter, as in `Duration B`.
pub(crate) fn queries(dashboard: &Value) -> BTreeMap<String, String> {
    let of_panel = |panel: &Value| {
        let title = text(&panel["title"]);
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        targets.into_iter().map(move |it| (format!("{title} {}", text(&it["refId"])), text(&it["expr"])))
    };
    panels(dashboard).iter().flat_map(of_panel).collect()
}

/// The variables that are asked of Prometheus, each with the query of its values.
pub(crate) fn variables(dashboard: &Value) -> BTreeMap<String, String> {
    let list = dashboard["templating"]["list"].as_array().cloned().unwrap_or_default();
    let asked = list.into_iter().filter(|it| it["type"] == "query");
    asked.map(|it| (text(&it["name"]), text(&it["query"]["query"]))).collect()
}

/// A query with the values of its variables, as Grafana sends it.
pub(crate) fn filled(query: &str, values: &[(&str, &str)]) -> String {
    let filled = values.iter().fold(query.to_owned(), |query, (name, value)| query.replace(&format!("${name}"), value));
    assert!(!filled.contains('$'), "a variable is left in `{filled}`");
    filled
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
