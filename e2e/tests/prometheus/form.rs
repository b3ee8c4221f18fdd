//! Whether Grafana can import the dashboard.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::dashboard::{dashboard, panels, queries};

#[test]
fn the_dashboard_is_one_of_current_grafana() {
    let dashboard = dashboard();
    // As Grafana 10.4 and 11 write it; each newer one takes it and brings it up to date.
    assert_eq!(dashboard["schemaVersion"], 39);
    assert!(dashboard["id"].is_null(), "an id is of one Grafana only");
    for name in ["uid", "title"] {
        assert!(dashboard[name].as_str().is_some_and(|text| !text.is_empty() && text.len() <= 40), "{name}");
    }
}

#[test]
fn each_panel_asks_the_data_source_that_was_chosen() {
    let dashboard = dashboard();
    let chosen = serde_json::json!({ "type": "prometheus", "uid": "${datasource}" });
    let list = dashboard["templating"]["list"].as_array().unwrap();
    assert!(
        list.iter().any(|it| it["name"] == "datasource" && it["type"] == "datasource" && it["query"] == "prometheus")
    );
    for asking in panels(&dashboard).iter().chain(list.iter().filter(|it| it["type"] == "query")) {
        assert_eq!(asking["datasource"], chosen, "{asking}");
        for target in asking["targets"].as_array().into_iter().flatten() {
            assert_eq!(target["datasource"], chosen, "{target}");
        }
    }
}

#[test]
fn each_panel_has_an_id_a_title_and_a_place_of_its_own() {
    let dashboard = dashboard();
    let mut ids = BTreeSet::new();
    let mut titles = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for panel in panels(&dashboard) {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()) && titles.insert(title), "{title}");
        assert!(["stat", "table", "timeseries"].iter().any(|kind| panel["type"] == *kind), "{title}");
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
        assert!(w > 0 && h > 0 && x + w <= 24, "{title} is not on the grid");
        let mut cells = (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y)));
        assert!(cells.all(|cell| taken.insert(cell)), "{title} is over another panel");
    }
    assert!(!ids.is_empty());
}

#[test]
fn each_query_is_of_the_function_and_the_revision_that_were_chosen() {
    for (name, query) in queries(&dashboard()) {
        let metrics = query.matches("http_server_").count() + query.matches("faas_").count();
        let metrics = metrics + query.replace("kn_function_build_info", "").matches("kn_function_").count();
        let chosen = query.matches(r#"kn_function_build_info{function=~"$function", revision=~"$revision"}"#).count();
        assert_eq!(chosen, metrics.max(1), "{name}: {query}");
    }
}

#[test]
fn variables_may_be_all_and_several() {
    let dashboard = dashboard();
    let list = dashboard["templating"]["list"].as_array().unwrap();
    let names: Vec<&Value> = list.iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["datasource", "function", "revision"]);
    for variable in list.iter().filter(|it| it["type"] == "query") {
        // A function that does not run on Knative has no revision, which is as good as an empty one.
        assert_eq!((&variable["allValue"], &variable["multi"]), (&Value::from(".*"), &Value::from(true)));
    }
}
