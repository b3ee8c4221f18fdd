//! A synonym service that answers well, slowly, with errors and with nonsense.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use get_emojis::synonyms::Words;
use get_emojis::{Datamuse, FuzzEmoji, Synonyms, Unavailable};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

/// A service at a free port. It writes down what it is asked for.
struct Service {
    url: String,
    targets: Arc<Mutex<Vec<String>>>,
}

/// What a service does with each request.
#[derive(Clone, Copy)]
enum Reply {
    /// Sends this status and this body.
    Status(u16, &'static str),
    /// Sends this text and then nothing, and keeps the connection.
    Stall(&'static str),
    /// Sends this text and closes the connection.
    Close(&'static str),
    /// Sends a body that never ends.
    Endless,
}

const FIRE: Reply = Reply::Status(200, r#"[{"word": "blaze", "score": 9}, {"word": "fire"}, {"word": "sun"}]"#);

impl Service {
    async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/words", listener.local_addr().unwrap());
        let targets = Arc::new(Mutex::new(Vec::new()));
        let noted = targets.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, reply, noted.clone()));
            }
        });
        Self { url, targets }
    }

    fn datamuse(&self) -> Datamuse {
        Datamuse::new(&self.url).unwrap()
    }

    fn fuzz_emoji(&self) -> FuzzEmoji {
        FuzzEmoji::configured(Some(OsStr::new(&self.url))).unwrap()
    }

    fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap().clone()
    }
}

async fn serve(stream: TcpStream, reply: Reply, targets: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut stream = BufStream::new(stream);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        targets.lock().unwrap().push(line.split(' ').nth(1).unwrap().to_owned());
        while line != "\r\n" {
            line.clear();
            stream.read_line(&mut line).await?;
        }
        match reply {
            Reply::Status(status, body) => {
                let head = format!("HTTP/1.1 {status} Some Reason\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all((head + body).as_bytes()).await?;
            }
            Reply::Stall(text) => {
                stream.write_all(text.as_bytes()).await?;
                stream.flush().await?;
                std::future::pending::<Infallible>().await;
            }
            Reply::Close(text) => {
                stream.write_all(text.as_bytes()).await?;
                return stream.flush().await;
            }
            Reply::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n[").await?;
                loop {
                    stream.write_all(br#"{"word": "more"},"#).await?;
                }
            }
        }
        stream.flush().await?;
    }
}

async fn ask(datamuse: &Datamuse, word: &str) -> Result<Arc<[String]>, Unavailable> {
    match datamuse.of(word) {
        Words::Asked(answer) => answer.await,
        Words::Known(_) => panic!("a service has to be asked"),
    }
}

async fn failure(reply: Reply) -> Unavailable {
    ask(&Service::start(reply).await.datamuse(), "flame").await.unwrap_err()
}

#[tokio::test]
async fn the_first_word_that_is_a_name_is_the_synonym() {
    let service = Service::start(FIRE).await;
    let json = service.fuzz_emoji().get_emojis(["Combustion"]).await.unwrap();
    assert_eq!(json, r#"{"Combustion": "('fire', '🔥')"}"#);
    assert_eq!(service.targets(), ["/words?rel_syn=combustion"]);
}

#[tokio::test]
async fn words_are_compared_as_they_are() {
    let service =
        Service::start(Reply::Status(200, r#"[{"word": "Fire"}, {"word": "hot beverage"}, {"word": ""}]"#)).await;
    assert_eq!(service.fuzz_emoji().get_emoji("combustion").await.unwrap().name(), "");
}

#[tokio::test]
async fn the_service_is_asked_only_for_what_no_name_contains() {
    let service = Service::start(FIRE).await;
    service.fuzz_emoji().get_emojis(["dog", "cold", "", "flame"]).await.unwrap();
    assert_eq!(service.targets(), ["/words?rel_syn=flame"], "and in place of the embedded synonyms");
}

#[tokio::test]
async fn an_empty_list_is_a_good_answer() {
    let service = Service::start(Reply::Status(200, "[]")).await;
    assert_eq!(service.fuzz_emoji().get_emojis(["xyzzy"]).await.unwrap(), r#"{"xyzzy": "('', '')"}"#);
}

#[tokio::test]
async fn words_are_percent_encoded() {
    let service = Service::start(FIRE).await;
    ask(&service.datamuse(), "a&b=c d#/ß?%\r\n").await.unwrap();
    assert_eq!(service.targets(), ["/words?rel_syn=a%26b%3Dc%20d%23%2F%C3%9F%3F%25%0D%0A"]);
}

#[tokio::test]
async fn nobody_is_asked_for_a_word_that_no_dictionary_has() {
    let service = Service::start(FIRE).await;
    assert!(ask(&service.datamuse(), &"x".repeat(100_000)).await.unwrap().is_empty());
    assert!(service.targets().is_empty());
}

#[tokio::test]
async fn answers_are_kept_and_failures_are_not() {
    let service = Service::start(FIRE).await;
    let datamuse = service.datamuse();
    for _ in 0..3 {
        assert_eq!(ask(&datamuse, "flame").await.unwrap().len(), 3);
    }
    assert_eq!(service.targets().len(), 1);

    let service = Service::start(Reply::Status(503, "")).await;
    let datamuse = service.datamuse();
    for _ in 0..3 {
        ask(&datamuse, "flame").await.unwrap_err();
    }
    assert_eq!(service.targets().len(), 3);
}

#[tokio::test]
async fn no_more_than_1024_answers_are_kept() {
    let service = Service::start(FIRE).await;
    let datamuse = service.datamuse();
    for number in 0..=1024 {
        ask(&datamuse, &format!("word{number}")).await.unwrap();
    }
    ask(&datamuse, "word1").await.unwrap();
    assert_eq!(service.targets().len(), 1025, "word1 is kept");
    ask(&datamuse, "word0").await.unwrap();
    assert_eq!(service.targets().len(), 1026, "word0 made room");
}

#[tokio::test]
async fn a_slow_answer_is_given_up() {
    for text in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[{\"word\":"] {
        let datamuse = Service::start(Reply::Stall(text)).await.datamuse().with_timeout(Duration::from_millis(50));
        let error = ask(&datamuse, "flame").await.unwrap_err();
        assert_eq!(error.to_string(), "the synonym service did not answer in time", "after {text:?}");
    }
}

#[tokio::test]
async fn any_status_but_200_is_a_failure() {
    assert_eq!(failure(Reply::Status(500, "[]")).await.to_string(), "the synonym service answered 500, expected 200");
    assert_eq!(failure(Reply::Status(302, "[]")).await.to_string(), "the synonym service answered 302, expected 200");
}

#[tokio::test]
async fn nonsense_is_a_failure() {
    for body in [
        "",
        "<html>",
        "{}",
        "null",
        r#"["fire"]"#,
        r#"[{"word": 1}]"#,
        r#"[{"score": 1}]"#,
        "[]]",
        r#"[{"word": "fire"}"#,
    ] {
        let error = failure(Reply::Status(200, body)).await;
        assert_eq!(
            error.to_string(),
            "the synonym service answered with something else than a JSON list of words",
            "to {body}"
        );
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let error = failure(Reply::Endless).await;
    assert_eq!(error.to_string(), "the synonym service answered with more than a list of words");
}

#[tokio::test]
async fn a_broken_connection_is_a_failure() {
    for text in ["", "no HTTP at all\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[{\"word\":"] {
        let error = failure(Reply::Close(text)).await;
        assert_eq!(error.to_string(), "the synonym service cannot be reached", "after {text:?}");
    }
}

#[tokio::test]
async fn a_refused_connection_is_a_failure() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let datamuse = Datamuse::new(&format!("http://{}/words", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let error = ask(&datamuse, "flame").await.unwrap_err();
    assert_eq!(error.to_string(), "the synonym service cannot be reached");
}

#[tokio::test]
async fn one_failure_fails_the_whole_call() {
    let fuzz_emoji = Service::start(Reply::Status(500, "")).await.fuzz_emoji();
    fuzz_emoji.get_emojis(["dog", "flame", "cold"]).await.unwrap_err();
    fuzz_emoji.get_emojis(["dog", "cold"]).await.unwrap();
}

#[cfg(feature = "https")]
#[tokio::test]
async fn https_is_spoken() {
    let service = Service::start(Reply::Close("")).await;
    let error = ask(&Datamuse::new(&service.url.replace("http", "https")).unwrap(), "flame").await.unwrap_err();
    assert_eq!(error.to_string(), "the synonym service cannot be reached");
    assert!(service.targets().iter().all(|target| !target.contains("flame")), "the word went out unencrypted");
}
