//! The template `state`.

use kn_func_e2e::{Client, Func, installed};
use tokio::net::TcpListener;

use crate::serve;

#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn visits_by_func_are_counted() {
    let mut server = serve(&installed("state"), &[]);
    let func = Func::new();
    let function = func.create("state", "visits");
    let target = format!("--target=http://{}", server.address().await);
    let invoke = || func.run_in(&function, &["invoke", &target]);
    assert_eq!(invoke().stdout(), "visit 1\n");
    assert_eq!(invoke().stdout(), "visit 2\n");
    server.stop().await;
}

#[tokio::test]
#[ignore = "e2e/run: needs minutes to build"]
async fn requests_are_kept_away_while_its_database_is() {
    let database = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = database.local_addr().unwrap().to_string();
    let mut server = serve(&installed("state"), &[("DATABASE", &address)]);
    let client = Client::new(server.address().await);
    let readiness = client.get("/health/readiness").await;
    assert_eq!((readiness.status(), readiness.text()), (200, "READY"));

    drop(database);
    let readiness = client.get("/health/readiness").await;
    assert_eq!((readiness.status(), readiness.text()), (503, &*format!("no connection to {address}")));
    let liveness = client.get("/health/liveness").await;
    assert_eq!((liveness.status(), liveness.text()), (200, "ALIVE"));
    server.stop().await;
}

#[tokio::test]
#[ignore = "e2e/run: needs minutes to build"]
async fn its_last_hook_knows_of_all_visits() {
    let mut server = serve(&installed("state"), &[]);
    let client = Client::new(server.address().await);
    client.get("/").await;
    client.post("/anywhere", "hello").await;
    let ended = server.stop().await;
    assert_eq!(ended.code, Some(0));
    let closed = ended.log.iter().find(|line| line.contains(r#""closed""#)).unwrap();
    assert!(closed.contains(r#""visits":2"#), "{closed}");
}

#[tokio::test]
#[ignore = "e2e/run: needs minutes to build"]
async fn a_state_that_cannot_be_opened_ends_the_start_with_a_line() {
    let ended = serve(&installed("state"), &[("DATABASE", "nowhere")]).ended().await;
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.log, ["function did not start: DATABASE has no port"]);
}
