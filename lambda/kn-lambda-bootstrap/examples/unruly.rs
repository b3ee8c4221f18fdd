//! A Lambda program that speaks the Runtime API well or badly, as each event asks it to: what the tests of the runner run.
//!
//! `cargo run -p kn-lambda-bootstrap --example unruly` needs `AWS_LAMBDA_RUNTIME_API`.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio, exit};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const RUNTIME: &str = "/2018-06-01/runtime";

fn main() -> Outcome {
    if env::args().nth(1).as_deref() == Some("idle") {
        rest();
    }
    let mut api = Api::connect()?;
    start(&mut api)?;
    loop {
        let event = api.next()?;
        answer(&mut api, &event)?;
    }
}

/// What `START` asks for; `STARTS` is a file with a line for each start.
fn start(api: &mut Api) -> Outcome {
    let starts = match env::var_os("STARTS") {
        Some(path) => {
            OpenOptions::new().create(true).append(true).open(&path)?.write_all(b"start\n")?;
            fs::read_to_string(path)?.lines().count()
        }
        None => 1,
    };
    match env::var("START").unwrap_or_default().as_str() {
        "crash" => exit(3),
        "crash again" if starts > 1 => exit(3),
        "init-error" => {
            let report = json!({ "errorType": "NoDatabase", "errorMessage": "it is gone" }).to_string();
            let told = api.post("/init/error", &[("Lambda-Runtime-Function-Error-Type", "Init")], report.as_bytes())?;
            println!("init error was told: {}", told.status);
            exit(4)
        }
        "stubborn" => ignore_terminate(),
        "hang" => {
            println!("start hangs");
            rest()
        }
        _ => {}
    }
    Ok(())
}

fn answer(api: &mut Api, event: &Event) -> Outcome {
    let asked: Value = serde_json::from_slice(&event.payload)?;
    let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    wait_for(&text("until"));
    match text("do").as_str() {
        "crash" => exit(3),
        "hang" => rest(),
        "error" => {
            let told = api.post(&event.path("error"), &[], text("report").as_bytes())?;
            println!("error was told: {}", told.status);
        }
        "half" => {
            let head = format!(
                "POST {RUNTIME}{} HTTP/1.1\r\nhost: api\r\ncontent-length: 1000\r\n\r\n",
                event.path("response")
            );
            api.writer.write_all(head.as_bytes())?;
            api.writer.write_all(b"{\"half")?;
            exit(3)
        }
        "answer" => event.respond(api, text("answer").as_bytes())?,
        "answer and crash" => {
            event.respond(api, text("answer").as_bytes())?;
            exit(3)
        }
        "large" => {
            let bytes = usize::try_from(asked["bytes"].as_u64().unwrap_or_default())?;
            let told = api.post(&event.path("response"), &[], &vec![b'7'; bytes])?;
            println!("large answer was told: {} {}", told.status, told.text());
        }
        "for another" => {
            let other = api.post("/invocation/another/response", &[], b"{}")?;
            let report = json!({ "status": other.status, "body": other.text() });
            event.respond(api, report.to_string().as_bytes())?;
        }
        "twice" => {
            event.respond(api, b"1")?;
            let again = api.post(&event.path("response"), &[], b"2")?;
            println!("second answer was told: {} {}", again.status, again.text());
        }
        "late" => {
            println!("late has begun");
            wait_for(&text("and until"));
            let late = api.post(&event.path("response"), &[], b"{}")?;
            println!("late answer was told: {}", late.status);
        }
        // The event is left unanswered.
        "next" => {}
        "ask" => {
            let reply = api.send(&text("method"), &text("path"), &[], text("body").as_bytes())?;
            let report = json!({ "status": reply.status, "headers": reply.headers, "body": reply.text() });
            event.respond(api, report.to_string().as_bytes())?;
        }
        "log" => {
            io::stdout().write_all(text("stdout").as_bytes())?;
            io::stdout().flush()?;
            io::stderr().write_all(text("stderr").as_bytes())?;
            wait_for(&text("and until"));
            event.respond(api, b"{}")?;
        }
        "stream" => stream(api, event, &asked)?,
        "start others" => {
            let mut ids = Vec::new();
            for own_group in [false, true] {
                let mut command = Command::new(env::current_exe()?);
                command.arg("idle").stdout(Stdio::inherit());
                if own_group {
                    command.process_group(0);
                }
                ids.push(command.spawn()?.id());
            }
            event.respond(api, json!({ "me": std::process::id(), "others": ids }).to_string().as_bytes())?;
        }
        _ => {
            let report = json!({
                "payload": asked,
                "headers": event.headers,
                "environment": env::vars().collect::<BTreeMap<_, _>>(),
                "folder": env::current_dir()?,
                "process": std::process::id(),
            });
            event.respond(api, report.to_string().as_bytes())?;
        }
    }
    Ok(())
}

/// Sends the `pieces`, each as a chunk of its own; before the one with the number `gate` it waits for the file `then`.
fn stream(api: &mut Api, event: &Event, asked: &Value) -> Outcome {
    let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    let (media_type, trailers) = (text("type"), text("trailers"));
    let mut headers = vec![("Lambda-Runtime-Function-Response-Mode", "streaming")];
    if !media_type.is_empty() {
        headers.push(("Content-Type", &media_type));
    }
    if asked["trailers"].is_string() || asked["announces"] == true {
        headers.push(("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"));
    }
    let mut chunks = api.chunks(&event.path("response"), &headers)?;
    let gate = asked["gate"].as_u64().unwrap_or(1);
    for (number, piece) in (0..).zip(asked["pieces"].as_array().into_iter().flatten()) {
        if number == gate {
            wait_for(&text("then"));
        }
        let piece = piece.as_str().unwrap_or_default();
        // An empty chunk would be the end.
        if !piece.is_empty() {
            chunks.send(piece.as_bytes())?;
        }
    }
    let many = asked["mebibytes"].as_u64().unwrap_or_default();
    let mebibyte = vec![b'7'; 1024 * 1024];
    for _ in 0..many {
        chunks.send(&mebibyte)?;
    }
    match text("end").as_str() {
        "crash" => exit(3),
        "hang" => rest(),
        _ => {}
    }
    let told = chunks.finish(&trailers)?;
    println!("stream was told: {}", told.status);
    Ok(())
}

fn rest() -> ! {
    loop {
        thread::park();
    }
}

/// Signals cannot be ignored without unsafe code, but a shell in between can do it.
fn ignore_terminate() {
    if env::var_os("IS_STUBBORN").is_none() {
        let program = env::current_exe().unwrap_or_default();
        let error =
            Command::new("sh").args(["-c", "trap '' TERM; exec \"$0\""]).arg(program).env("IS_STUBBORN", "1").exec();
        println!("{error}");
        exit(5);
    }
}

fn wait_for(path: &str) {
    while !path.is_empty() && !Path::new(path).exists() {
        // Only so that the waiting leaves the machine to those who are waited for.
        thread::sleep(Duration::from_millis(5));
    }
}

struct Api {
    writer: TcpStream,
    reader: BufReader<TcpStream>,
}

struct Event {
    headers: BTreeMap<String, String>,
    payload: Vec<u8>,
}

struct Reply {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Reply {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Event {
    fn path(&self, end: &str) -> String {
        format!("/invocation/{}/{end}", self.headers["lambda-runtime-aws-request-id"])
    }

    fn respond(&self, api: &mut Api, answer: &[u8]) -> Outcome {
        let told = api.post(&self.path("response"), &[], answer)?;
        assert_eq!(told.status, 202, "{}", told.text());
        Ok(())
    }
}

impl Api {
    fn connect() -> Outcome<Self> {
        let writer = TcpStream::connect(env::var("AWS_LAMBDA_RUNTIME_API")?)?;
        writer.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(writer.try_clone()?), writer })
    }

    fn next(&mut self) -> Outcome<Event> {
        let reply = self.send("GET", &format!("{RUNTIME}/invocation/next"), &[], b"")?;
        if reply.status != 200 {
            return Err(format!("no next event: {} {}", reply.status, reply.text()).into());
        }
        Ok(Event { headers: reply.headers, payload: reply.body })
    }

    fn post(&mut self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Outcome<Reply> {
        self.send("POST", &format!("{RUNTIME}{path}"), headers, body)
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Outcome<Reply> {
        let length = body.len().to_string();
        self.head(method, path, &[headers, &[("Content-Length", length.as_str())]].concat())?;
        self.writer.write_all(body)?;
        self.reply()
    }

    fn chunks(&mut self, path: &str, headers: &[(&str, &str)]) -> Outcome<Chunks<'_>> {
        let headers = [headers, &[("Transfer-Encoding", "chunked")]].concat();
        self.head("POST", &format!("{RUNTIME}{path}"), &headers)?;
        Ok(Chunks(self))
    }

    fn head(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) -> Outcome {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: api\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        Ok(self.writer.write_all((head + "\r\n").as_bytes())?)
    }

    fn reply(&mut self) -> Outcome<Reply> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).ok_or("no status")?.parse()?;
        let mut headers = BTreeMap::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").map_or(Ok(0), |length| length.parse())?;
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok(Reply { status, headers, body })
    }

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

struct Chunks<'a>(&'a mut Api);

impl Chunks<'_> {
    fn send(&mut self, piece: &[u8]) -> Outcome {
        write!(self.0.writer, "{:x}\r\n", piece.len())?;
        self.0.writer.write_all(piece)?;
        Ok(self.0.writer.write_all(b"\r\n")?)
    }

    /// Ends the body with these lines as its trailers.
    fn finish(self, trailers: &str) -> Outcome<Reply> {
        self.0.writer.write_all(format!("0\r\n{trailers}\r\n").as_bytes())?;
        self.0.reply()
    }
}
