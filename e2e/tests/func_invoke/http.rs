//! The template `http`.

use std::fs;

use kn_func_e2e::{Client, Func, installed};

use crate::serve;

/// TestMatrix_Run: a GET of the address gives a body that contains OK.
#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn funcs_matrix_passes() {
    let mut server = serve(&installed("http"), &[]);
    let answer = Client::new(server.address().await).get("").await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().contains("OK"), "{}", answer.text());
    server.stop().await;
}

/// TestCore_Invoke: the parameter `message` comes back, and so does what is invoked with.
#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn funcs_test_of_invoke_passes() {
    let mut server = serve(&installed("http"), &[]);
    let address = server.address().await;
    let answer = Client::new(address).get("/?test-echo-param&message=test-echo-param").await;
    assert!(answer.text().contains("test-echo-param"), "{}", answer.text());

    let func = Func::new();
    let function = func.create("http", "hello");
    let target = format!("--target=http://{address}");
    let said = func.run_in(&function, &["invoke", &target, "--data=func-e2e-test-core-invoke-local"]).stdout();
    assert_eq!(said, "func-e2e-test-core-invoke-local");
    server.stop().await;
}

/// Without data, `func` sends a message of its own, by GET too.
#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn a_message_is_sent_and_comes_back() {
    let mut server = serve(&installed("http"), &[]);
    let target = format!("--target=http://{}", server.address().await);
    let func = Func::new();
    let function = func.create("http", "hello");
    for more in [&[][..], &["--request-type=GET"]] {
        let arguments = [&["invoke", &target], more].concat();
        assert_eq!(func.run_in(&function, &arguments).stdout(), r#"{"message":"Hello World"}"#, "{more:?}");
    }
    server.stop().await;
}

/// `func run` writes down the port of what it runs; so does the README for `cargo run`.
#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn a_function_is_found_by_the_port_in_its_folder() {
    let mut server = serve(&installed("http"), &[]);
    let func = Func::new();
    let function = func.create("http", "hello");
    let port = server.address().await.port().to_string();
    fs::create_dir_all(function.join(".func/runs").join(port)).unwrap();
    assert_eq!(func.run_in(&function, &["invoke", "--data=hello"]).stdout(), "hello");
    server.stop().await;
}
