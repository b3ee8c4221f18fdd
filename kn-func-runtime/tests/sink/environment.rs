//! A process with the variables that a SinkBinding sets.

use std::env;
use std::process::{Output, Stdio};
use std::time::Duration;

use kn_func_runtime::sink::{Sink, SinkBuilder};
use tokio::process::Command;

use crate::support::authority::Authority;
use crate::support::receiver::{Act, Receiver};
use crate::support::secure::Secure;
use crate::support::{Folder, order, soon};

/// Set in a process that sends an event and ends.
const TOLD: &str = "SINK_TEST_SENDS";

/// The file of the token that it sends.
const TOKEN: &str = "SINK_TEST_TOKEN";

/// What the process does, and nothing in a test run.
pub(crate) fn send_if_told() {
    if env::var_os(TOLD).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    kn_func_runtime::init_logging().unwrap();
    let sink = match env::var(TOKEN) {
        Ok(path) => SinkBuilder::from_env().backoff(Duration::from_millis(1)).token_file(path).build(),
        Err(_) => Sink::from_env(),
    };
    let sink = sink.unwrap_or_else(|error| panic!("{error}"));
    let outcome = runtime.block_on(sink.send(order("7")));
    outcome.unwrap_or_else(|undelivered| panic!("{undelivered}"));
}

async fn process(vars: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["child", "--exact", "--nocapture"]).env(TOLD, "yes").stdin(Stdio::null()).kill_on_drop(true);
    for variable in ["K_SINK", "K_CE_OVERRIDES", "K_CA_CERTS"] {
        command.env_remove(variable);
    }
    soon("the end of the process", command.envs(vars.iter().copied()).output()).await.unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[tokio::test]
async fn a_sink_is_what_a_sinkbinding_says() {
    let receiver = Receiver::new([]).await;
    let overrides = r#"{"extensions":{"shop":"corner"}}"#;
    let output = process(&[("K_SINK", &receiver.url()), ("K_CE_OVERRIDES", overrides)]).await;
    assert!(output.status.success(), "{}", words(&output));
    let received = receiver.received();
    assert_eq!((received.len(), received[0].header("ce-shop")), (1, Some("corner")));
}

#[tokio::test]
async fn a_sink_over_tls_is_trusted_by_k_ca_certs() {
    let authority = Authority::new();
    let receiver = Secure::new(authority.server("127.0.0.1", &[]), || {}).await;
    let vars = [("K_SINK", receiver.url()), ("K_CA_CERTS", authority.pem()), ("K_CE_OVERRIDES", String::new())];
    let output = process(&vars.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn a_process_without_a_sink_is_told_what_is_missing() {
    let output = process(&[]).await;
    assert!(!output.status.success());
    let expected = "K_SINK is ``; expected an http or https URL, as a SinkBinding sets it";
    assert!(words(&output).contains(expected), "{}", words(&output));
}

#[tokio::test]
async fn no_line_of_the_log_has_the_token() {
    let folder = Folder::new();
    folder.mount("token", "header.secret-payload.signature");
    let receiver = Receiver::new([Act::Echo(503), Act::Echo(400)]).await;
    let path = folder.path().join("token");
    let path = path.to_str().unwrap();
    let output =
        process(&[("K_SINK", &receiver.url()), (TOKEN, path), ("LOG_LEVEL", "TRACE"), ("LOG_FORMAT", "json")]).await;
    let words = words(&output);
    assert!(words.contains(r#""reason":"answer 503: Bearer [token]""#), "{words}");
    assert!(words.contains("by 2 tries: answer 400: Bearer [token]"), "{words}");
    assert!(!words.contains("secret-payload") && !words.contains("hidden"), "{words}");
    let sent: Vec<_> = receiver.received().iter().map(|it| it.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, [Some("Bearer header.secret-payload.signature".to_owned()), sent[0].clone()]);
}
