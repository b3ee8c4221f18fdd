//! The guide's request, over a socket: the Lambda function is a server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_secs(60);

const REQUEST: &str = r#"{"descriptions":["flame","confused"]}"#;
const ANSWER: &str = r#"{"flame": "('fire', '\ud83d\udd25')", "confused": "('confused_face', '\ud83d\ude15')"}"#;

/// The program on a free port, ended with the test.
struct Function {
    program: Child,
    address: SocketAddr,
}

impl Function {
    fn start(variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lambda-emojis"));
        command.env("LISTEN_ADDRESS", "127.0.0.1:0").env("LOG_FORMAT", "json").env_remove("RUST_LOG");
        command.envs(variables.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let mut log = BufReader::new(program.stdout.take().unwrap()).lines();
        let line = log.find(|line| line.as_ref().is_ok_and(|line| line.contains(r#""listening""#)));
        let line = line.expect("it listens").unwrap();
        let address = line.split(['[', ']']).nth(1).unwrap().parse().unwrap();
        // Who does not read the log in the end keeps the function from writing it.
        std::thread::spawn(move || log.for_each(drop));
        Self { program, address }
    }

    /// Sends a request and gives the status and the body of the answer, and its head.
    fn send(&self, method: &str, headers: &str, body: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect_timeout(&self.address, PATIENCE).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        let head =
            format!("{method} / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n");
        stream.write_all((head + body).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned(), head.to_ascii_lowercase())
    }

    fn post(&self, body: &str) -> (u16, String) {
        let (status, body, head) = self.send("POST", "content-type: application/json\r\n", body);
        assert!(head.contains("\r\ncontent-type: application/json"), "{head}");
        (status, body)
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        drop(self.program.kill());
        drop(self.program.wait());
    }
}

/// The request in the words of API Gateway.
fn described(body: &str) -> String {
    let body = serde_json::Value::from(body);
    format!(
        r#"{{"version":"2.0","routeKey":"ANY /fuzz-emoji","rawPath":"/default/fuzz-emoji","rawQueryString":"",
            "headers":{{"content-type":"application/json"}},"requestContext":{{"http":{{"method":"POST"}}}},
            "body":{body},"isBase64Encoded":false}}"#
    )
}

#[test]
fn the_guides_request_gets_the_guides_answer() {
    let function = Function::start(&[]);
    assert_eq!(function.post(REQUEST), (200, ANSWER.into()));
    assert_eq!(function.post(&described(REQUEST)), (200, ANSWER.into()));
    // As curl sends it without a header.
    let (status, body, _) = function.send("POST", "content-type: application/x-www-form-urlencoded\r\n", REQUEST);
    assert_eq!((status, body), (200, ANSWER.into()));
}

#[test]
fn a_request_can_be_put_into_the_words_of_a_gateway() {
    for form in ["apigw-v2", "apigw-v1"] {
        let function = Function::start(&[("KN_LAMBDA_EVENT", form)]);
        assert_eq!(function.post(REQUEST), (200, ANSWER.into()), "{form}");
        let error = r#"{"error": "expected value at line 1 column 1"}"#;
        assert_eq!(function.post("descriptions=flame"), (500, error.into()), "{form}");
    }
}

#[test]
fn an_event_is_answered_with_an_event() {
    let function = Function::start(&[]);
    let headers =
        "content-type: application/json\r\nce-specversion: 1.0\r\nce-id: 1\r\nce-source: /guide\r\nce-type: wanted\r\n";
    let (status, body, head) = function.send("POST", headers, REQUEST);
    assert_eq!((status, body), (200, ANSWER.into()));
    assert!(head.contains("\r\nce-id: ") && head.contains("\r\nce-source: "), "{head}");
}

#[test]
fn what_is_no_json_is_a_400_and_what_is_nothing_an_empty_event() {
    let function = Function::start(&[]);
    let (status, body, _) = function.send("POST", "", "descriptions=flame");
    assert_eq!(status, 400, "{body}");
    assert!(body.contains("body is not JSON"), "{body}");
    let (status, body, _) = function.send("GET", "", "");
    assert_eq!((status, body), (200, "{}".into()));
}
