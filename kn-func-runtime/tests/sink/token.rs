//! The token that says who sends.

use std::fs;
use std::sync::Arc;

use kn_func_runtime::Error;
use kn_func_runtime::sink::SinkBuilder;

use crate::support::receiver::{Act, Receiver};
use crate::support::{Folder, hasty, order, soon};

const FIRST: &str = "header.first-payload.signature";
const SECOND: &str = "header.second-payload.signature";

fn mounted(token: &str) -> Arc<Folder> {
    let folder = Arc::new(Folder::new());
    folder.mount("token", token);
    folder
}

fn with_token(receiver: &Receiver, folder: &Folder) -> SinkBuilder {
    hasty(&receiver.url()).token_file(folder.path().join("token"))
}

fn tokens(receiver: &Receiver) -> Vec<String> {
    let received = receiver.received();
    received.iter().map(|it| it.header("authorization").unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_token_that_changes_is_read_for_each_try() {
    let folder = mounted(&format!("{FIRST}\n"));
    let renewed = folder.clone();
    let renew = Box::new(move |_: &_| renewed.mount("token", SECOND));
    let receiver = Receiver::new([Act::status(202), Act::After(renew, Box::new(Act::status(503)))]).await;
    let sink = with_token(&receiver, &folder).build().unwrap();
    for _ in 0..2 {
        soon("an answer", sink.send(order("7"))).await.unwrap();
    }
    let (first, second) = (format!("Bearer {FIRST}"), format!("Bearer {SECOND}"));
    assert_eq!(tokens(&receiver), [first.clone(), first, second]);
}

#[tokio::test]
async fn a_token_that_comes_late_is_waited_for() {
    let folder = mounted(FIRST);
    fs::remove_file(folder.path().join("token")).unwrap();
    let receiver = Receiver::new([]).await;
    let sink = with_token(&receiver, &folder).retries(100_000).build().unwrap();
    let late = folder.clone();
    let (outcome, ()) = tokio::join!(soon("an answer", sink.send(order("7"))), async move {
        tokio::task::yield_now().await;
        late.mount("token", FIRST);
    });
    assert!(outcome.unwrap().tries() > 1);
    assert_eq!(tokens(&receiver), [format!("Bearer {FIRST}")]);
}

#[tokio::test]
async fn nothing_is_sent_without_its_token() {
    let receiver = Receiver::new([]).await;
    for token in ["", "two words"] {
        let folder = mounted(token);
        let sink = with_token(&receiver, &folder).retries(1).build().unwrap();
        let undelivered = sink.send(order("7")).await.unwrap_err();
        assert_eq!((undelivered.tries(), undelivered.is_passing()), (2, true));
        assert!(undelivered.to_string().contains(": no token in "), "{undelivered}");
        assert!(!undelivered.to_string().contains("two words"), "{undelivered}");
        assert_eq!(undelivered.into_event(), order("7"));
    }
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn a_token_is_in_no_error_even_if_the_receiver_repeats_it() {
    let folder = mounted(FIRST);
    let receiver = Receiver::new([Act::Echo(400)]).await;
    let sink = with_token(&receiver, &folder).build().unwrap();
    let undelivered = sink.send(order("7")).await.unwrap_err();
    assert!(undelivered.to_string().ends_with("by 1 try: answer 400: Bearer [token]"), "{undelivered}");
    let debug = format!("{undelivered:?} {sink:?}");
    let error = Error::from(undelivered);
    let seen = format!("{debug} {error:?} {error}");
    assert!(!seen.contains("first-payload"), "{seen}");
}
