//! The example as it runs in a pod: its exit codes, its log, and its answers while its folders are replaced.

#![cfg(unix)]

#[path = "../../../kn-func-runtime/tests/settings/mount.rs"]
mod mount;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use mount::Mount;

const LONGEST: Duration = Duration::from_secs(60);

/// Between two questions, so that a busy machine is not busier.
const PAUSE: Duration = Duration::from_millis(20);

fn program(config: &Mount, secret: &Mount) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_configured"));
    program.env_clear().env("LISTEN_ADDRESS", "127.0.0.1:0").env("LOG_LEVEL", "debug");
    program.env("CONFIG_FOLDER", &config.0).env("SECRET_FOLDER", &secret.0);
    program
}

/// What it says instead of starting.
fn refusal(program: &mut Command) -> String {
    let ended = program.output().unwrap();
    assert_eq!((ended.status.code(), ended.stdout), (Some(2), vec![]));
    String::from_utf8(ended.stderr).unwrap()
}

#[test]
fn a_setting_that_is_missing_or_wrong_ends_the_start_with_a_line() {
    let config = Mount::new(&[("longest-name", b"many")]);
    let secret = Mount::new(&[("password", b"hunter2")]);
    let said = refusal(&mut program(&config, &secret));
    let file = format!("file {}/longest-name", config.text());
    let expected = format!(
        "function did not start: setting `longest-name` from {file} is wrong; expected an integer; \
         looked for in variable GREETING_LONGEST_NAME and {file}\n"
    );
    assert_eq!(said, expected);

    config.publish(&[]);
    let said = refusal(&mut program(&config, &secret));
    let expected = format!(
        "function did not start: setting `token` is missing; looked for in variable GREETING_TOKEN and file {}/token\n",
        secret.text()
    );
    assert_eq!(said, expected);
}

#[test]
fn a_secret_that_is_wrong_is_in_no_line() {
    let config = Mount::new(&[]);
    let secret = Mount::new(&[("token", b"hunter2\xff")]);
    let said = refusal(&mut program(&config, &secret));
    assert!(said.starts_with("function did not start: setting `token` from file "), "{said}");
    assert_eq!((said.lines().count(), said.contains("hunter2")), (1, false), "{said}");
    let said = refusal(program(&config, &secret).env("GREETING_LONGEST_NAME", "hunter2"));
    assert!(said.contains("expected an integer") && !said.contains("hunter2"), "{said}");
}

/// The program while it runs; it is killed if a test ends before it does.
struct Running {
    child: Child,
    lines: Receiver<String>,
    log: Vec<String>,
    address: SocketAddr,
}

impl Running {
    fn start(program: &mut Command) -> Self {
        let mut child = program.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (write, read) = channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| write.send(line)));
        let mut running = Self { child, lines: read, log: Vec::new(), address: ([127, 0, 0, 1], 0).into() };
        let line = running.says(r#""listening""#);
        running.address = line.split(['[', ']']).nth(1).unwrap().parse().unwrap();
        running
    }

    /// Waits for a line that has this in it.
    fn says(&mut self, what: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(LONGEST);
            self.log.push(line.unwrap_or_else(|_| panic!("no {what} in {:#?}", self.log)));
            if let Some(line) = self.log.last().filter(|line| line.contains(what)) {
                return line.clone();
            }
        }
    }

    /// The status and the body of an answer.
    fn get(&self, path: &str, token: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// Asks until the answer is this one. Until then each is the one before it.
    fn becomes(&self, token: &str, old: &(u16, String), new: &(u16, String)) {
        let begin = Instant::now();
        loop {
            let answer = self.get("/?name=Ada", token);
            if answer == *new {
                return;
            }
            assert_eq!(answer, *old);
            assert!(begin.elapsed() < LONGEST, "still {old:?}");
            thread::sleep(PAUSE);
        }
    }

    /// Asks until a line of the log has this in it; each answer is this one.
    fn says_while_it_answers(&mut self, what: &str, token: &str, answer: &(u16, String)) {
        let begin = Instant::now();
        while !self.log.iter().any(|line| line.contains(what)) {
            assert_eq!(self.get("/?name=Ada", token), *answer);
            assert!(begin.elapsed() < LONGEST, "no {what} in {:#?}", self.log);
            thread::sleep(PAUSE);
            self.log.extend(self.lines.try_iter());
        }
    }

    /// Ends it and gives all lines that it wrote.
    fn end(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let rest: Vec<_> = self.lines.iter().collect();
        [std::mem::take(&mut self.log), rest].concat()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn greeting(text: &str) -> (u16, String) {
    (200, format!("{text}, Ada\n"))
}

#[test]
fn a_running_function_follows_its_folders_and_tells_no_secret() {
    let config = Mount::new(&[("words", b"good morning\n"), ("longest-name", b"3")]);
    let secret = Mount::new(&[("token", b"sesame\n")]);
    let mut running = Running::start(&mut program(&config, &secret));
    assert_eq!(running.get("/?name=Ada", "sesame"), greeting("good morning"));
    assert_eq!(running.get("/?name=Lise", "sesame").0, 400);
    let refused = (401, "expected the token in `Authorization: Bearer`".to_owned());
    assert_eq!(running.get("/?name=Ada", "wrong"), refused);

    config.publish(&[("words", b"good evening"), ("longest-name", b"4")]);
    running.becomes("sesame", &greeting("good morning"), &greeting("good evening"));
    assert_eq!(running.get("/?name=Lise", "sesame").0, 200);

    secret.publish(&[("token", b"open sesame")]);
    running.becomes("open sesame", &refused, &greeting("good evening"));
    assert_eq!(running.get("/?name=Ada", "sesame"), refused);

    // What makes no sense changes nothing and is said once, and what is right after that counts.
    for (folder, files, key) in [
        (&secret, &[("token", &b"hunter2\xff"[..])][..], "token"),
        (&config, &[("words", b"good night"), ("longest-name", b"hunter2")], "longest-name"),
    ] {
        folder.publish(files);
        running.says_while_it_answers(&format!("setting `{key}` from file"), "open sesame", &greeting("good evening"));
    }
    config.publish(&[("words", b"good night"), ("longest-name", b"5")]);
    running.becomes("open sesame", &greeting("good evening"), &greeting("good night"));

    let log = running.end();
    assert!(!log.iter().any(|line| line.contains("sesame") || line.contains("hunter2")), "{log:#?}");
    let wrong = log.iter().filter(|line| line.contains("make no sense")).count();
    assert_eq!(wrong, 2, "{log:#?}");
}
