//! What is tried again and what is not, and what comes back.

use std::time::{Duration, Instant, SystemTime};

use kn_func_runtime::event::Reason;
use kn_func_runtime::sink::{Answer, Undelivered};
use kn_func_runtime::{AttributesReader, AttributesWriter, Context, Error, Event, Function, StatusCode, TestClient};
use tokio::net::TcpSocket;

use crate::support::receiver::{Act, Receiver};
use crate::support::{hasty, order, soon};

/// Sends an event to a receiver that does this, with up to three retries.
async fn send(acts: impl IntoIterator<Item = Act>) -> (Result<Answer, Undelivered>, Receiver) {
    let receiver = Receiver::new(acts).await;
    let sink = hasty(&receiver.url()).retries(3).timeout(Duration::from_secs(20)).build().unwrap();
    let outcome = soon("an outcome", sink.send(order("7"))).await;
    (outcome, receiver)
}

#[tokio::test]
async fn every_2xx_is_an_arrival() {
    for status in [200, 201, 202, 204, 299] {
        let (outcome, receiver) = send([Act::status(status)]).await;
        let answer = outcome.unwrap();
        assert_eq!((answer.status().as_u16(), answer.tries()), (status, 1));
        assert_eq!(receiver.received().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_until_it_has_passed() {
    for status in [404, 408, 409, 429, 500, 501, 502, 503, 504, 599] {
        let (outcome, receiver) = send([Act::status(status), Act::status(status), Act::status(202)]).await;
        assert_eq!(outcome.unwrap().tries(), 3, "{status}");
        let received = receiver.received();
        assert_eq!(received.len(), 3, "{status}");
        assert!(received.iter().all(|it| it.header("ce-id") == Some("7") && it.body == r#"{"item":"tea"}"#));
    }
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_tried_again() {
    for status in [300, 304, 400, 401, 402, 403, 405, 406, 410, 413, 415, 418, 422, 451] {
        let (outcome, receiver) = send([Act::status(status)]).await;
        let undelivered = outcome.unwrap_err();
        assert_eq!((undelivered.status().unwrap().as_u16(), undelivered.tries()), (status, 1));
        assert!(!undelivered.is_passing());
        assert_eq!(undelivered.into_event(), order("7"));
        assert_eq!(receiver.received().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Receiver::new([]).await;
    for status in [301, 302, 303, 307, 308] {
        let (outcome, _) = send([Act::with_header(status, format!("location: {}", elsewhere.url()))]).await;
        assert_eq!(outcome.unwrap_err().status().unwrap().as_u16(), status);
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn an_event_that_no_try_delivers_comes_back_with_the_last_reason() {
    let busy = || Act::Answer(503, String::new(), "the store is full\nsecond line");
    let (outcome, receiver) = send([Act::status(500), Act::Close, busy(), busy()]).await;
    let undelivered = outcome.unwrap_err();
    assert_eq!((undelivered.status(), undelivered.tries()), (Some(StatusCode::SERVICE_UNAVAILABLE), 4));
    assert!(undelivered.is_passing());
    let address = receiver.url().replace("?key=hidden", "");
    let words = format!("event was not delivered to {address} by 4 tries: answer 503: the store is full");
    assert_eq!(undelivered.to_string(), words);
    assert_eq!(format!("{undelivered:?}"), format!("Undelivered({words})"));
    assert_eq!(undelivered.into_event(), order("7"));
    assert_eq!(receiver.received().len(), 4);
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_tried_again() {
    for broken in [
        Act::Close,
        Act::CloseAfter("HTTP/1.1 20"),
        Act::CloseAfter("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n"),
        Act::CloseAfter("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"),
        Act::CloseAfter("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nwhole\r\n"),
        Act::CloseAfter("no HTTP at all\r\n\r\n"),
    ] {
        let (outcome, receiver) = send([broken, Act::status(202)]).await;
        assert_eq!(outcome.unwrap().tries(), 2);
        assert_eq!(receiver.received().len(), 2);
    }
}

#[tokio::test]
async fn a_connection_that_always_breaks_off_is_said() {
    let (outcome, _) = send([Act::Close, Act::Close, Act::Close, Act::Close]).await;
    let undelivered = outcome.unwrap_err();
    assert_eq!((undelivered.status(), undelivered.tries(), undelivered.is_passing()), (None, 4, true));
    assert!(undelivered.to_string().contains("by 4 tries: no whole answer: "), "{undelivered}");
}

#[tokio::test]
async fn nobody_who_listens_is_tried_again_and_said() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    let sink = hasty(&url).retries(2).build().unwrap();
    let undelivered = soon("a refusal", sink.send(order("7"))).await.unwrap_err();
    assert_eq!((undelivered.status(), undelivered.tries(), undelivered.is_passing()), (None, 3, true));
    assert!(undelivered.to_string().contains("no connection: "), "{undelivered}");
    assert!(undelivered.to_string().contains("Connection refused"), "{undelivered}");
    assert_eq!(undelivered.into_event(), order("7"));
}

#[tokio::test]
async fn no_answer_in_time_is_tried_again_on_another_connection() {
    let receiver = Receiver::new([Act::Silence, Act::status(202)]).await;
    let sink = hasty(&receiver.url()).timeout(Duration::from_secs(1)).build().unwrap();
    let answer = soon("an answer", sink.send(order("7"))).await.unwrap();
    // A busy machine may need more than the second one.
    assert!(answer.tries() >= 2 && answer.status() == 202, "{answer:?}");
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_said() {
    let receiver = Receiver::new([Act::Silence, Act::Silence]).await;
    let sink = hasty(&receiver.url()).retries(1).timeout(Duration::from_millis(50)).build().unwrap();
    let undelivered = soon("a timeout", sink.send(order("7"))).await.unwrap_err();
    assert!(undelivered.to_string().ends_with("by 2 tries: no answer within 50ms"), "{undelivered}");
    assert_eq!(undelivered.into_event(), order("7"));
}

#[tokio::test]
async fn retry_after_is_waited_for_up_to_the_longest_wait() {
    let longest = Duration::from_millis(150);
    let tomorrow = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(86_400));
    for (status, wait) in [(429, "3600"), (503, "3600"), (429, tomorrow.as_str()), (503, tomorrow.as_str())] {
        let receiver = Receiver::new([Act::with_header(status, format!("retry-after: {wait}"))]).await;
        let sink = hasty(&receiver.url()).longest_wait(longest).build().unwrap();
        let start = Instant::now();
        assert_eq!(soon("an answer", sink.send(order("7"))).await.unwrap().tries(), 2);
        assert!(start.elapsed() >= longest, "{status} {wait}: {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_second_that_the_receiver_asks_for_is_a_second() {
    let receiver = Receiver::new([Act::with_header(503, "retry-after: 1")]).await;
    let sink = hasty(&receiver.url()).longest_wait(Duration::from_secs(30)).build().unwrap();
    let start = Instant::now();
    assert_eq!(soon("an answer", sink.send(order("7"))).await.unwrap().tries(), 2);
    let waited = start.elapsed();
    assert!(waited >= Duration::from_secs(1) && waited < Duration::from_secs(25), "{waited:?}");
}

#[tokio::test]
async fn an_unfit_event_is_not_sent_and_comes_back() {
    let receiver = Receiver::new([]).await;
    let sink = hasty(&receiver.url()).build().unwrap();
    let mut event = order("7");
    event.set_subject(Some(""));
    let undelivered = sink.send(event.clone()).await.unwrap_err();
    assert_eq!(undelivered.fault().unwrap().reason(), Reason::EmptyAttribute);
    assert_eq!((undelivered.tries(), undelivered.is_passing()), (0, false));
    assert!(undelivered.to_string().ends_with(": `subject` is empty"), "{undelivered}");
    let error = Error::from(undelivered);
    assert_eq!((error.status().as_u16(), error.message()), (500, "internal error"));

    let undelivered = sink.send_batch(vec![order("6"), event.clone()]).await.unwrap_err();
    assert!(undelivered.to_string().ends_with(": batch index 1: `subject` is empty"), "{undelivered}");
    assert_eq!(undelivered.into_events(), [order("6"), event]);
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn a_batch_that_no_try_delivers_comes_back_whole() {
    let receiver = Receiver::new([Act::status(500), Act::status(415)]).await;
    let sink = hasty(&receiver.url()).build().unwrap();
    let undelivered = sink.send_batch(vec![order("1"), order("2")]).await.unwrap_err();
    assert_eq!((undelivered.status().unwrap().as_u16(), undelivered.tries()), (415, 2));
    assert_eq!(undelivered.events().len(), 2);
    assert_eq!(undelivered.into_events(), [order("1"), order("2")]);
}

#[tokio::test]
async fn a_function_that_cannot_deliver_answers_what_a_broker_understands() {
    for (act, status, wait) in [
        (Act::with_header(429, "retry-after: 90"), 503, "90"),
        (Act::status(500), 503, ""),
        (Act::Close, 503, ""),
        (Act::status(403), 422, ""),
    ] {
        let receiver = Receiver::new([act]).await;
        let sink = hasty(&receiver.url()).retries(0).build().unwrap();
        let function = Function::new(move |event: Event| {
            let sink = sink.clone();
            async move { sink.send(event).await.map(|answer| answer.status()).map_err(Error::from) }
        });
        let reply = TestClient::new(function).event(order("7")).send().await;
        assert_eq!((reply.status().as_u16(), reply.header("retry-after")), (status, wait));
    }
}

#[tokio::test]
async fn many_events_at_once_all_arrive() {
    let receiver = Receiver::new((0..20).map(|_| Act::status(503))).await;
    let sink = hasty(&receiver.url()).retries(20).build().unwrap();
    let sent: Vec<_> = (0..50)
        .map(|id| {
            let sink = sink.clone();
            tokio::spawn(async move { sink.send(order(&id.to_string())).await.map(|answer| answer.tries()) })
        })
        .collect();
    for sent in sent {
        soon("an arrival", sent).await.unwrap().unwrap();
    }
    let mut ids: Vec<u32> = receiver.received().iter().map(|it| it.header("ce-id").unwrap().parse().unwrap()).collect();
    assert_eq!(ids.len(), 70, "50 arrivals and 20 refusals");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids, (0..50).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_context_s_event_is_passed_on_with_a_question_mark() {
    async fn pass_on(ctx: Context, sink: &kn_func_runtime::sink::Sink) -> kn_func_runtime::Result<u32> {
        let event = ctx.into_event().unwrap();
        Ok(sink.send(event).await?.tries())
    }
    let receiver = Receiver::new([]).await;
    let sink = hasty(&receiver.url()).build().unwrap();
    assert_eq!(pass_on(Context::from(order("7")), &sink).await.unwrap(), 1);
    assert_eq!(receiver.received()[0].header("ce-type"), Some(order("7").ty()));
}
