//! A Job that is told to stop.

use std::fs;

use crate::support::process::start_in_vain;

#[tokio::test]
async fn a_job_that_is_told_to_stop_has_the_time_of_a_drain() {
    let folder = std::env::temp_dir().join(format!("kn-func-job-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("event"), r#"{"specversion":"1.0","id":"1","source":"/s","type":"t"}"#).unwrap();
    let vars =
        [("K_EXECUTION_MODE", "batch"), ("K_EVENT_PATH", folder.to_str().unwrap()), ("FUNC_DRAIN_TIMEOUT", "50ms")];
    let mut process = start_in_vain("job waits", &vars);
    process.says("working").await;
    process.signal("TERM").await;
    let ended = process.ended().await;
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(5), "drain took longer than 50ms\n"));
}
