//! The template `state`.

use kn_func_e2e::{Client, Func, installed};

use crate::serve;

#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn tickets_are_sold_until_func_is_told_that_there_are_none() {
    let mut server = serve(&installed("state"), &[("TICKETS", "2")]);
    let address = server.address().await;
    let func = Func::new();
    let function = func.create("state", "tickets");
    let target = format!("--target=http://{address}");
    let invoke = || func.run_in(&function, &["invoke", &target]);
    assert_eq!(invoke().stdout(), "a ticket for you, 1 left\n");
    assert_eq!(Client::new(address).get("/health/readiness").await.text(), "READY");
    assert_eq!(invoke().stdout(), "a ticket for you, 0 left\n");
    let said = invoke().failure();
    assert!(said.contains(&format!("failure invoking 'http://{address}' (HTTP 503)")), "{said}");
    server.stop().await;
}

#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn its_hooks_are_called() {
    let mut server = serve(&installed("state"), &[("TICKETS", "1")]);
    let client = Client::new(server.address().await);
    client.get("/").await;
    let readiness = client.get("/health/readiness").await;
    assert_eq!((readiness.status(), readiness.text()), (503, "sold out"));
    let liveness = client.get("/health/liveness").await;
    assert_eq!((liveness.status(), liveness.text()), (200, "ALIVE"));
    let ended = server.stop().await;
    assert_eq!(ended.code, Some(0));
    let closed = ended.log.iter().find(|line| line.contains(r#""closed""#)).unwrap();
    assert!(closed.contains(r#""left":0"#), "{closed}");
}

#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn a_state_that_cannot_be_opened_ends_the_start_with_a_line() {
    let ended = serve(&installed("state"), &[("TICKETS", "many")]).ended().await;
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.log, ["function did not start: TICKETS is no number: many"]);
}
