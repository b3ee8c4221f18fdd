//! From the environment to a server that listens, or to one line that says why not.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};

use crate::support::Client;
use crate::support::process::{Process, start, start_in_vain, start_without_stderr};

/// The exit code and the one line on stderr of a program that does not listen.
async fn fate(program: &str, vars: &[(&str, &str)]) -> (Option<i32>, String) {
    let ended = start_in_vain(program, vars).ended().await;
    assert!(ended.log.is_empty(), "{:#?}", ended.log);
    let line = ended.stderr.strip_suffix('\n').unwrap_or_else(|| panic!("`{}` does not end", ended.stderr));
    assert!(!line.contains('\n'), "more than one line: {line}");
    (ended.code, line.to_owned())
}

#[tokio::test]
async fn an_init_that_fails_is_one_line_and_exit_code_2() {
    let line = "function did not start: there is no database".to_owned();
    assert_eq!(fate("init fails", &[]).await, (Some(2), line));
}

#[tokio::test]
async fn an_init_that_panics_is_one_line_with_the_place_and_exit_code_2() {
    let (code, line) = fate("init panics", &[]).await;
    assert_eq!(code, Some(2));
    assert!(line.starts_with("function did not start: panicked at "), "{line}");
    assert!(line.contains("process.rs:") && line.ends_with(": no database: none at all"), "{line}");
}

#[tokio::test]
async fn sigterm_and_sigint_end_a_process_whose_init_still_works() {
    for program in ["init waits", "init blocks"] {
        for (signal, code) in [("TERM", 143), ("INT", 130)] {
            let mut process = start_in_vain(program, &[("FUNC_WORKERS", "1")]);
            process.says("starting").await;
            process.signal(signal).await;
            assert_eq!(process.ended().await.code, Some(code), "{program}");
        }
    }
}

#[tokio::test]
async fn a_wrong_environment_is_one_line_that_names_the_variable_and_exit_code_2() {
    let wrong = [
        ("PORT", "80a", "PORT is `80a`; expected a number from 0 to 65535"),
        ("FUNC_DRAIN_TIMEOUT", "soon", "FUNC_DRAIN_TIMEOUT is `soon`; expected a duration, such as 30s, 500ms or 2m"),
        ("LOG_FORMAT", "a\nb", "LOG_FORMAT is `a\\nb`; expected json or text"),
        (
            "RUST_LOG",
            "loud=very",
            "RUST_LOG is `loud=very`; expected a level such as info, or levels by module such as info,my_function=debug",
        ),
    ];
    for (variable, value, line) in wrong {
        assert_eq!(fate("workshop", &[(variable, value)]).await, (Some(2), line.to_owned()));
    }
}

#[tokio::test]
async fn a_fault_that_nobody_can_read_is_exit_code_2_all_the_same() {
    assert_eq!(start_without_stderr("workshop", &[("PORT", "80a")]).ended().await.code, Some(2));
}

#[tokio::test]
async fn a_port_that_is_taken_is_one_line_and_exit_code_2() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let (code, line) = fate("workshop", &[("LISTEN_ADDRESS", &addr.to_string())]).await;
    assert_eq!(code, Some(2));
    assert!(line.starts_with(&format!("cannot listen on {addr}: Address already in use")), "{line}");
}

#[tokio::test]
async fn port_0_is_any_free_one_and_takes_ipv4_and_ipv6() {
    let process = start("workshop", &[("LISTEN_ADDRESS", ""), ("PORT", "0")]).await;
    let mut addr = process.addr();
    assert_ne!(addr.port(), 0);
    assert_eq!(process.client().await.get("/").await.text(), "hello");
    if has_ipv6() {
        addr.set_ip(Ipv6Addr::LOCALHOST.into());
        assert_eq!(Client::connect(addr).await.get("/").await.text(), "hello");
    }
}

#[tokio::test]
async fn listen_address_can_name_two() {
    let both = if has_ipv6() { "127.0.0.1:,[::1]:" } else { "127.0.0.1:,127.0.0.2:" };
    let process = start("workshop", &[("LISTEN_ADDRESS", both)]).await;
    assert_eq!(process.addrs.len(), 2);
    assert_eq!(process.addrs[0].ip(), Ipv4Addr::LOCALHOST);
    for addr in &process.addrs {
        assert_eq!(Client::connect(*addr).await.get("/").await.text(), "hello");
    }
}

fn has_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

#[tokio::test]
async fn one_worker_is_a_runtime_of_one_thread() {
    let one = start("workshop", &[("FUNC_WORKERS", "1")]).await;
    let three = start("workshop", &[("FUNC_WORKERS", "3")]).await;
    assert_eq!(threads(&three) - threads(&one), 3);
    assert_eq!(one.client().await.get("/").await.text(), "hello");
}

fn threads(process: &Process) -> usize {
    fs::read_dir(format!("/proc/{}/task", process.id())).unwrap().count()
}
