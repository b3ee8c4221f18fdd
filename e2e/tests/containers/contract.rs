//! What Knative's conformance tests of the runtime contract assert, asked of `examples/runtime-contract` behind queue-proxy.
//!
//! Names in comments are those of Knative's tests.

use http::Method;
use kn_func_e2e::queue_proxy::{Probe, QueueProxy, VARIABLES, speaking};
use kn_func_e2e::{Protocol, in_own_network};
use serde_json::{Value, json};

use crate::container::Container;
use crate::image::Image;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The files that the contract names, in order.
const FILES: [&str; 18] = [
    "/dev/console",
    "/dev/fd",
    "/dev/full",
    "/dev/null",
    "/dev/ptmx",
    "/dev/random",
    "/dev/stderr",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/tty",
    "/dev/urandom",
    "/dev/zero",
    "/etc/resolv.conf",
    "/proc/self/fd",
    "/proc/self/fd/0",
    "/proc/self/fd/1",
    "/proc/self/fd/2",
    "/tmp",
];

/// What the function told through queue-proxy.
async fn told(protocol: Protocol, headers: &[(&str, &str)]) -> Value {
    let client = speaking(protocol);
    let request = client.request(Method::GET, "/a?b=c");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let answer = client.send(request.body(Default::default()).unwrap()).await;
    assert_eq!((answer.status(), answer.header("content-type")), (200, "application/json"));
    answer.json()
}

/// Runs the function as Knative would, with these options of podman besides, and gives what it told to each protocol.
fn with(
    options: &'static [&'static str],
    headers: &'static [(&'static str, &'static str)],
    judge: fn(Protocol, &Value),
) {
    let image = Image::of_example("runtime-contract");
    in_own_network(async move || {
        let variables = VARIABLES.map(|(name, value)| format!("--env={name}={value}"));
        let options: Vec<_> = variables.iter().map(String::as_str).chain(options.iter().copied()).collect();
        let container = Container::start(&image, &options).await;
        let _proxy = QueueProxy::default().probe(Probe::Http).start().await;
        for protocol in [Protocol::Http1, Protocol::H2c] {
            judge(protocol, &told(protocol, headers).await);
        }
        assert_eq!(container.stop().await.code, Some(0));
    });
}

// TestMustEnvVars, TestShouldEnvVars
#[test]
#[ignore = "e2e/run: needs buildah, podman, runc and queue-proxy"]
fn variables_name_the_port_and_the_revision() {
    with(&[], &[], |_, told| {
        for (name, value) in VARIABLES {
            assert_eq!(told["host"]["envs"][name], value, "{name}");
        }
    });
}

// TestMustHaveHeadersSet, TestShouldHaveHeadersSet
#[test]
#[ignore = "e2e/run: needs buildah, podman, runc and queue-proxy"]
fn headers_say_who_asked_and_carry_what_was_sent() {
    let sent = &[
        ("x-forwarded-for", "10.1.2.3"),
        ("x-forwarded-proto", "http"),
        ("traceparent", TRACE),
        ("this-was-user-set", "a value"),
    ];
    with(&[], sent, |_, told| {
        let request = &told["request"];
        assert_eq!((&request["method"], &request["uri"]), (&json!("GET"), &json!("/a?b=c")));
        assert_eq!(request["host"], "127.0.0.1:8012");
        assert_eq!(request["headers"]["Host"], Value::Null);
        for (name, value) in [
            ("Forwarded", "for=10.1.2.3;proto=http"),
            ("X-Forwarded-For", "10.1.2.3, 127.0.0.1"),
            ("X-Forwarded-Proto", "http"),
            ("Traceparent", TRACE),
            ("This-Was-User-Set", "a value"),
        ] {
            assert_eq!(request["headers"][name], json!([value]), "{name}");
        }
    });
}

// TestProtocols
#[test]
#[ignore = "e2e/run: needs buildah, podman, runc and queue-proxy"]
fn the_protocol_is_the_one_that_the_client_speaks() {
    with(&[], &[], |protocol, told| {
        let expected = match protocol {
            Protocol::Http1 => json!([1, 1]),
            Protocol::H2c => json!([2, 0]),
        };
        assert_eq!(json!([told["request"]["protoMajor"], told["request"]["protoMinor"]]), expected);
    });
}

// TestShouldHaveStdinEOF, TestCmdArgs, TestWorkingDirService
#[test]
#[ignore = "e2e/run: needs buildah, podman, runc and queue-proxy"]
fn stdin_is_at_its_end_and_arguments_and_working_directory_are_as_asked() {
    with(&["--workdir=/tmp", r#"--entrypoint=["/function","abra","cadabra","do"]"#], &[], |_, told| {
        assert_eq!(told["host"]["stdin"], json!({ "eof": true }));
        assert_eq!(told["host"]["args"], json!(["/function", "abra", "cadabra", "do"]));
        assert_eq!(told["host"]["user"]["cwd"], json!({ "directory": "/tmp" }));
    });
}

// TestMustHaveFiles, TestShouldHaveFiles, TestShouldHaveSysctlReadOnly
#[test]
#[ignore = "e2e/run: needs buildah, podman, runc and queue-proxy"]
fn files_are_there_and_can_be_used_as_their_modes_say() {
    with(&[], &[], |_, told| {
        let files = &told["host"]["files"];
        for (path, target) in [
            ("/dev/fd", "/proc/self/fd"),
            ("/dev/stdin", "/proc/self/fd/0"),
            ("/dev/stdout", "/proc/self/fd/1"),
            ("/dev/stderr", "/proc/self/fd/2"),
        ] {
            assert_eq!(files[path]["sourceFile"], target, "{path}");
        }
        for path in ["/dev/fd", "/proc/self/fd", "/tmp"] {
            assert_eq!(files[path]["isDir"], true, "{path}");
        }
        assert_eq!(files["/tmp"]["mode"], "rwxrwxrwx");
        let mode = files["/etc/resolv.conf"]["mode"].as_str().unwrap();
        assert!(mode.starts_with("rw") && mode[3..4] == *"r" && mode[6..7] == *"r", "{mode}");
        let names: Vec<_> = files.as_object().unwrap().keys().collect();
        assert_eq!(names, FILES);
        for (path, file) in files.as_object().unwrap() {
            let expected = if path == "/dev/console" {
                json!("stat /dev/console: no such file or directory")
            } else {
                Value::Null
            };
            assert_eq!(file["error"], expected, "{path}");
        }
        for path in FILES.into_iter().filter(|path| !["/dev/console", "/dev/tty"].contains(path)) {
            assert_eq!(told["host"]["fileaccess"][path], json!({}), "{path}");
        }
        let mounts = told["host"]["mounts"].as_array().unwrap();
        for (path, kind) in [("/", None), ("/proc/sys", Some("proc"))] {
            let mount = mounts.iter().find(|mount| mount["path"] == path).unwrap();
            assert_eq!(mount["options"][0], "ro", "{mount}");
            assert!(kind.is_none_or(|kind| mount["type"] == kind), "{mount}");
        }
    });
}

// TestMustRunAsUser
#[test]
#[ignore = "e2e/run: needs buildah, podman, runc and queue-proxy"]
fn the_user_is_the_one_that_was_asked_for() {
    with(&["--user=2020:3030"], &[], |_, told| {
        let user = &told["host"]["user"];
        assert_eq!((&user["uid"], &user["euid"]), (&json!(2020), &json!(2020)));
        assert_eq!((&user["gid"], &user["egid"]), (&json!(3030), &json!(3030)));
    });
}

// TestShouldRunAsUserContainerDefault
#[test]
#[ignore = "e2e/run: needs buildah, podman, runc and queue-proxy"]
fn without_a_wish_the_user_is_the_one_of_the_image() {
    with(&["--user="], &[], |_, told| {
        let user = &told["host"]["user"];
        assert_eq!((&user["uid"], &user["euid"]), (&json!(65532), &json!(65532)));
    });
}

// TestMustHaveCgroupConfigured, TestShouldHaveCgroupReadOnly
#[test]
#[ignore = "e2e/run: needs buildah, podman, runc and queue-proxy"]
fn limits_can_be_read_and_not_written() {
    with(&["--memory=128m", "--cpus=1"], &[], |_, told| {
        let files = told["host"]["cgroups"].as_array().unwrap();
        let value = |name: &str| {
            files.iter().find(|file| file["name"].as_str().unwrap().ends_with(name)).map(|file| &file["value"])
        };
        let memory = value("memory.max").or_else(|| value("memory.limit_in_bytes"));
        assert_eq!(memory, Some(&json!("134217728")), "{files:?}");
        match value("cpu.max") {
            Some(cpu) => assert_eq!(cpu, "100000 100000"),
            None => assert_eq!(value("cpu.cfs_quota_us"), value("cpu.cfs_period_us"), "{files:?}"),
        }
        for file in files {
            assert_eq!((&file["readOnly"], &file["error"]), (&json!(true), &Value::Null), "{file}");
        }
    });
}
