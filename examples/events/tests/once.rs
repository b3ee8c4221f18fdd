//! An order without a server: from a file, from stdin, and in a Job that Knative's JobSink starts.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("events-once-{test}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.join(name);
        fs::write(&file, text).unwrap();
        file
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn order(item: &str, quantity: u32) -> String {
    let data = json!({ "item": item, "quantity": quantity });
    json!({ "specversion": "1.0", "id": "7", "source": "/shop", "type": "order.placed", "data": data }).to_string()
}

fn events() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_events"));
    command.env_clear().env("LOG_LEVEL", "off").stdin(Stdio::null());
    command
}

/// The exit code, and what went to stdout and to stderr.
fn outcome(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn with_file(text: &str, test: &str) -> (Option<i32>, String, String) {
    let folder = Folder::new(test);
    let file = folder.file("order.json", text);
    outcome(&events().arg("--event").arg(file).output().unwrap())
}

#[test]
fn a_reply_is_one_line_of_json() {
    let (code, line, _) = with_file(&order("tea", 2), "reply");
    assert_eq!((code, line.lines().count()), (Some(0), 1), "{line}");
    let reply: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&reply["type"], &reply["source"], &reply["id"]),
        (&json!("order.sold"), &json!("/till"), &json!("receipt-7"))
    );
    assert_eq!(reply["data"], json!({ "item": "tea", "total": 6 }));
}

#[test]
fn an_event_may_come_on_stdin() {
    let mut child = events().args(["--event", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(order("coffee", 1).as_bytes()).unwrap();
    let (code, line, _) = outcome(&child.wait_with_output().unwrap());
    assert_eq!(code, Some(0));
    assert!(line.contains(r#""total":4"#), "{line}");
}

#[test]
fn no_reply_prints_nothing() {
    let text = order("tea", 2).replace("order.placed", "order.seen");
    assert_eq!(with_file(&text, "none"), (Some(0), String::new(), String::new()));
}

#[test]
fn the_exit_code_tells_what_is_refused_for_good_from_what_may_pass() {
    let (code, stdout, stderr) = with_file(&order("gold", 1), "refused");
    assert_eq!((code, stdout.as_str()), (Some(4), ""));
    assert_eq!(stderr, "422 Unprocessable Entity: no such item: \"gold\"\n");

    let (code, stdout, stderr) = with_file(&order("tea", 101), "passing");
    assert_eq!((code, stdout.as_str()), (Some(5), ""));
    assert_eq!(stderr, "503 Service Unavailable: not so many in stock yet\n");
}

#[test]
fn what_is_no_event_is_refused_with_the_reason() {
    let (code, _, stderr) = with_file("{", "broken");
    assert_eq!(code, Some(4));
    assert!(stderr.starts_with("400 Bad Request: "), "{stderr}");

    let (code, _, stderr) = with_file(&format!("[{}]", order("tea", 1)), "batch");
    assert_eq!(code, Some(4));
    assert!(stderr.contains("function takes one event at a time; got a batch"), "{stderr}");
}

#[test]
fn a_job_reads_its_event_from_its_folder() {
    let folder = Folder::new("job");
    folder.file("event", &order("tea", 3));
    let job = |path: &std::path::Path| {
        outcome(&events().env("K_EXECUTION_MODE", "batch").env("K_EVENT_PATH", path).output().unwrap())
    };
    let (code, line, _) = job(&folder.0);
    assert_eq!(code, Some(0));
    assert!(line.contains(r#""total":9"#), "{line}");

    let (code, _, stderr) = job(&folder.0.join("nowhere"));
    assert_eq!((code, stderr.lines().count()), (Some(2), 1));
    assert!(stderr.starts_with("K_EVENT_PATH is `"), "{stderr}");
    assert!(stderr.contains("expected the folder of the file `event`, as K_EXECUTION_MODE is `batch`: "), "{stderr}");
}

#[test]
fn the_log_does_not_mix_with_the_answer() {
    let folder = Folder::new("log");
    let file = folder.file("order.json", &order("gold", 1));
    let output = events().env("LOG_LEVEL", "info").arg("--event").arg(file).output().unwrap();
    let (code, stdout, stderr) = outcome(&output);
    assert_eq!((code, stdout.as_str()), (Some(4), ""));
    let line: Value = serde_json::from_str(stderr.lines().next().unwrap()).unwrap();
    assert_eq!((&line["message"], &line["event_id"]), (&json!("request refused"), &json!("7")));
}
