//! Who it is that tells of itself.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use uuid::Uuid;

use super::settings::Settings;
use crate::config::Config;

/// What Knative has told the process, and over it what `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say.
pub(super) fn resource(settings: &Settings, config: &Config) -> Resource {
    let mut attributes = vec![
        KeyValue::new("service.name", config.name.clone()),
        // Pods count apart from each other, so their sums must not be taken for one.
        KeyValue::new("service.instance.id", Uuid::new_v4().to_string()),
        KeyValue::new("faas.name", config.name.clone()),
    ];
    // Without a revision it does not run on Knative.
    if let Some(revision) = &config.revision {
        attributes.push(KeyValue::new("kn.service.name", config.name.clone()));
        attributes.push(KeyValue::new("kn.revision.name", revision.clone()));
        attributes.push(KeyValue::new("faas.version", revision.clone()));
    }
    if let Some(configuration) = &config.configuration {
        attributes.push(KeyValue::new("kn.configuration.name", configuration.clone()));
    }
    let said = settings.attributes.iter().map(|(name, value)| KeyValue::new(name.clone(), value.clone()));
    let name = settings.service_name.iter().map(|name| KeyValue::new("service.name", name.clone()));
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(attributes)
        .with_attributes(said.chain(name))
        .build()
}

#[cfg(test)]
mod tests {
    use opentelemetry::Key;

    use super::*;

    fn resource_of(otel: &[(&str, &str)], knative: &[(&str, &str)]) -> Resource {
        let vars = [&[("OTEL_TRACES_EXPORTER", "otlp")], otel].concat();
        let look = |name| Ok(vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()));
        let settings = Settings::from_lookup(look).unwrap().unwrap();
        resource(&settings, &Config::from_vars(knative.iter().copied()).unwrap())
    }

    fn value(resource: &Resource, name: &'static str) -> Option<String> {
        resource.get(&Key::new(name)).map(|value| value.as_str().into_owned())
    }

    #[test]
    fn knative_s_names_are_there() {
        let knative = [("K_SERVICE", "shop"), ("K_CONFIGURATION", "shop"), ("K_REVISION", "shop-00007")];
        let resource = resource_of(&[], &knative);
        for (name, expected) in [
            ("service.name", "shop"),
            ("kn.service.name", "shop"),
            ("kn.configuration.name", "shop"),
            ("kn.revision.name", "shop-00007"),
            ("faas.name", "shop"),
            ("faas.version", "shop-00007"),
            ("telemetry.sdk.language", "rust"),
        ] {
            assert_eq!(value(&resource, name).as_deref(), Some(expected), "{name}");
        }
        assert_eq!(value(&resource, "service.instance.id").map(|id| id.len()), Some(36));
    }

    #[test]
    fn the_variables_of_opentelemetry_win() {
        let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=b,faas.version=2,deployment.environment.name=test");
        let named =
            resource_of(&[("OTEL_SERVICE_NAME", "a"), attributes], &[("K_SERVICE", "shop"), ("K_REVISION", "1")]);
        assert_eq!(value(&named, "service.name").as_deref(), Some("a"));
        assert_eq!(value(&named, "faas.version").as_deref(), Some("2"));
        assert_eq!(value(&named, "kn.service.name").as_deref(), Some("shop"));
        assert_eq!(value(&named, "deployment.environment.name").as_deref(), Some("test"));
        assert_eq!(value(&resource_of(&[attributes], &[]), "service.name").as_deref(), Some("b"));
    }

    #[test]
    fn elsewhere_than_on_knative_its_names_are_not_made_up() {
        let resource = resource_of(&[], &[]);
        assert_eq!(value(&resource, "service.name").as_deref(), Some("function"));
        assert_eq!(value(&resource, "kn.service.name"), None);
        assert_eq!(value(&resource, "kn.revision.name"), None);
    }
}
