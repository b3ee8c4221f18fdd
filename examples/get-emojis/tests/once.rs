//! The search without a server: on the command line, and as a Job that Knative's JobSink starts for an event.

use std::fs;
use std::process::{Command, Output, Stdio};

fn get_emojis() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_get-emojis"));
    command.env_clear().stdin(Stdio::null());
    command
}

fn printed(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

#[test]
fn a_request_on_the_command_line_is_answered_as_the_guide_shows() {
    let output = get_emojis().args(["--request", "GET", "/?descriptions=cold,plane,fam"]).output().unwrap();
    let answer = r#"{"cold": "('cold_face', '🥶')", "plane": "('airplane', '✈')", "fam": "('family', '👪')"}"#;
    assert_eq!((output.status.code(), printed(&output)), (Some(0), answer));
}

#[test]
fn a_request_that_is_refused_says_so_on_stderr_alone() {
    let output = get_emojis().args(["--request", "GET", "/"]).env("LOG_LEVEL", "off").output().unwrap();
    assert_eq!((output.status.code(), printed(&output)), (Some(4), ""));
    let words = "400 Bad Request: query has no `descriptions`; expected one like ?descriptions=cold,plane,fam\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), words);
}

#[test]
fn a_job_reads_its_event_and_prints_the_reply() {
    let folder = std::env::temp_dir().join(format!("get-emojis-once-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let event = r#"{"specversion":"1.0","id":"1","source":"/shop","type":"wanted","data":{"descriptions":["cold"]}}"#;
    fs::write(folder.join("event"), event).unwrap();
    let output = get_emojis().env("K_EXECUTION_MODE", "batch").env("K_EVENT_PATH", &folder).output().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let reply: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reply["type"], "function.response");
    assert_eq!(reply["data"]["cold"], "('cold_face', '🥶')");
    assert_eq!(printed(&output).lines().count(), 1);
}
