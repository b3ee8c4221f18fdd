//! What the programs are asked, and what they must answer, wherever they run.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::host::Reply;
use crate::payloads;

/// A program and what is asked of it, in this order, of one process.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) program: &'static str,
    pub(crate) arguments: &'static [&'static str],
    pub(crate) variables: &'static [(&'static str, &'static str)],
    pub(crate) exchanges: Vec<Exchange>,
}

/// A request and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: Bytes,
    status: u16,
    answer: Body,
    answer_headers: Vec<(&'static str, &'static str)>,
}

#[derive(Debug)]
enum Body {
    Bytes(Bytes),
    Json(Value),
    /// These are in it.
    Parts(Vec<(&'static str, Value)>),
    Any,
}

impl Exchange {
    fn new(method: Method, path: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let (headers, answer_headers) = (Vec::new(), Vec::new());
        Self { method, path, headers, body, status: 200, answer: Body::Any, answer_headers }
    }

    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    fn gives(mut self, status: u16, body: impl Into<Bytes>) -> Self {
        (self.status, self.answer) = (status, Body::Bytes(body.into()));
        self
    }

    fn gives_json(mut self, status: u16, json: Value) -> Self {
        (self.status, self.answer) = (status, Body::Json(json));
        self
    }

    /// Parts of the answer by their JSON pointers.
    fn gives_parts(mut self, status: u16, parts: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        (self.status, self.answer) = (status, Body::Parts(parts.into_iter().collect()));
        self
    }

    fn gives_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// A header of the answer; all of its values, separated by a bar.
    fn and(mut self, name: &'static str, value: &'static str) -> Self {
        self.answer_headers.push((name, value));
        self
    }

    /// Compares.
    ///
    /// # Panics
    ///
    /// If the reply is another one.
    pub(crate) fn check(&self, of: &str, reply: &Reply) {
        let what = format!("{of}: {} {}", self.method, self.path);
        let body = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, self.status, "{what}: {body}");
        match &self.answer {
            Body::Any => {}
            Body::Bytes(bytes) => assert_eq!(bytes, &reply.body, "{what}"),
            Body::Json(json) => assert_eq!(json, &reply.json(), "{what}"),
            Body::Parts(parts) => {
                let json = reply.json();
                for (pointer, value) in parts {
                    assert_eq!(json.pointer(pointer), Some(value), "{what}: {pointer} of {json}");
                }
            }
        }
        for (name, value) in &self.answer_headers {
            assert_eq!(reply.header(name), *value, "{what}: {name}");
        }
    }
}

fn get(path: &'static str) -> Exchange {
    Exchange::new(Method::GET, path, "")
}

fn put(path: &'static str, media_type: &'static str, body: impl Into<Bytes>) -> Exchange {
    Exchange::new(Method::PUT, path, body).with("content-type", media_type)
}

fn payload(json: Value) -> Exchange {
    Exchange::new(Method::POST, "/", json.to_string()).with("content-type", "application/json")
}

fn posted(path: &'static str, json: Value) -> Exchange {
    Exchange { path, ..payload(json) }
}

fn row(program: &'static str, exchanges: impl IntoIterator<Item = Exchange>) -> Row {
    Row { program, arguments: &[], variables: &[], exchanges: exchanges.into_iter().collect() }
}

/// All programs.
pub(crate) fn rows() -> Vec<Row> {
    [http(), http_responses(), raw(), services(), gateways(), failures(), runtimes()].into_iter().flatten().collect()
}

const JSON: (&str, &str) = ("content-type", "application/json");
const BYTES: [u8; 4] = [0xff, 0x00, 0xfe, 0x80];

fn http() -> Vec<Row> {
    vec![
        row(
            "http-basic",
            [
                get("/").gives(200, "hello, world").and("content-type", "text/html"),
                get("/?name=Ada").gives(200, "hello, Ada"),
                get("/?name=Gr%C3%BC%C3%9Fe+%26+mehr").gives(200, "hello, Grüße & mehr"),
            ],
        ),
        row(
            "http-query-parameters",
            [
                get("/?first_name=Ada&tag=a&tag=b").gives_json(200, json!({ "name": "Ada", "tags": ["a", "b"] })),
                get("/?tag=a").gives(400, "query has no `first_name`"),
                get("/?first_name=A%2CB").gives_json(200, json!({ "name": "A,B", "tags": [] })),
            ],
        ),
        row(
            "http-context",
            [get("/a/b?c=d&e").with("user-agent", "test").with("host", "shop.example.com").gives_parts(
                200,
                [
                    ("/method", json!("GET")),
                    ("/path", json!("/a/b")),
                    ("/rawPath", json!("/a/b")),
                    ("/query", json!("c=d&e")),
                    ("/gateway/stage", json!("$default")),
                    ("/gateway/method", json!("GET")),
                    ("/gateway/path", json!("/a/b")),
                    ("/gateway/sourceIp", json!("127.0.0.1")),
                    ("/gateway/userAgent", json!("test")),
                    ("/custom", Value::Null),
                ],
            )],
        ),
        row(
            "http-body",
            [
                put("/", "text/plain", "grün").gives(200, "grün").and("x-body", "text").and("x-length", "5"),
                put("/", "application/json", "[1]").gives(200, "[1]").and("x-body", "text"),
                put("/", "image/png", BYTES.to_vec()).gives(200, BYTES.to_vec()).and("x-body", "binary"),
                put("/", "image/png", "text").gives(200, "text").and("x-body", "binary"),
                // AWS's crate answers text where the content type says so.
                put("/", "text/plain", BYTES.to_vec()).gives(200, "\u{fffd}\0\u{fffd}\u{fffd}").and("x-body", "binary"),
                get("/").gives(200, "").and("x-body", "empty"),
            ],
        ),
        row(
            "http-payload",
            [
                posted("/json", json!({ "item": "tea", "quantity": 2 }))
                    .gives_json(201, json!({ "item": "tea", "quantity": 2 })),
                put("/", "application/x-www-form-urlencoded", "item=green+tea&quantity=3")
                    .gives_json(201, json!({ "item": "green tea", "quantity": 3 })),
                payload(json!({ "item": "tea" }))
                    .gives_json(422, json!({ "error": "missing field `quantity` at line 1 column 14" })),
                get("/").gives_json(400, json!({ "error": "no payload" })),
            ],
        ),
        row("http-shared-resource", [get("/").gives(200, "visit 1"), get("/").gives(200, "visit 2")]),
        row(
            "http-streaming",
            [
                get("/?lines=2").gives(200, "line 1\nline 2\n").and("content-type", "text/plain"),
                get("/?lines=1").gives(200, "line 1\n").and("set-cookie", "seen=yes"),
                get("/?lines=x").gives_status(500),
                get("/?lines=0").gives(200, ""),
            ],
        ),
        row("http-streaming-concurrent", [get("/abc").gives(200, "a-b-c-"), get("/").gives(200, "")]),
        row(
            "http-axum",
            [
                get("/").gives_json(200, json!({ "shop": "corner shop" })),
                get("/items?page=7").gives_json(200, json!({ "page": 7 })),
                get("/items?page=x").gives_status(400),
                get("/items/7").gives_json(200, json!({ "id": 7 })),
                get("/items/x").gives_status(400),
                Exchange::new(Method::DELETE, "/items/7", "").gives(204, ""),
                posted("/items", json!({ "name": "tea", "price": 3 }))
                    .gives_json(201, json!({ "name": "tea", "price": 3 })),
                posted("/items", json!({ "name": "tea" })).gives_status(422),
                Exchange::new(Method::POST, "/items", "{}").gives_status(415),
                get("/files/a/b").gives(200, "a/b").and("content-type", "application/octet-stream"),
                get("/nothing").gives(404, ""),
                Exchange::new(Method::PATCH, "/items", "").gives(405, ""),
                Exchange::new(Method::POST, "/upload", "x".repeat(1024)).gives(200, "1024"),
                Exchange::new(Method::POST, "/upload", "x".repeat(1025)).gives_status(413),
            ],
        ),
        row(
            "http-tower",
            [
                get("/").with("x-user", "Ada").gives(200, "welcome, Ada"),
                get("/").gives(200, "welcome, nobody"),
                get("/never").gives(504, ""),
            ],
        ),
        row(
            "http-cors",
            [
                get("/?first_name=Ada")
                    .with("origin", "https://shop.example")
                    .gives(200, "hello, Ada")
                    .and("access-control-allow-origin", "*"),
                Exchange::new(Method::OPTIONS, "/", "")
                    .with("origin", "https://shop.example")
                    .with("access-control-request-method", "POST")
                    .gives(200, "")
                    .and("access-control-allow-origin", "*")
                    .and("access-control-allow-methods", "GET,POST"),
                get("/").gives_status(400),
            ],
        ),
        row("http-concurrent", [get("/a").gives(200, "GET /a")]),
        row("http-snapstart", [get("/").gives(200, "never restored")]),
        row("http-adapter", [get("/a").gives(200, "GET /a"), put("/b", "text/plain", "c").gives(200, "PUT /b")]),
        row("http-stream-adapter", [get("/a").gives(202, "GET /a").and("set-cookie", "seen=yes")]),
    ]
}

fn http_responses() -> Vec<Row> {
    let bytes = || BYTES.to_vec();
    vec![row(
        "http-responses",
        [
            get("/string").gives(200, "a string").and(JSON.0, JSON.1),
            get("/str").gives(200, "a slice"),
            get("/bytes").gives(200, bytes()),
            get("/vec").gives(200, bytes()),
            get("/json").gives_json(200, json!({ "is": "json" })).and(JSON.0, JSON.1),
            get("/status/string").gives(202, "accepted"),
            get("/status/str").gives(410, "gone"),
            get("/status/bytes").gives(201, bytes()),
            get("/status/vec").gives(201, bytes()),
            get("/status/json").gives_json(409, json!({ "is": "taken" })).and(JSON.0, JSON.1),
            get("/empty").gives(204, ""),
            get("/redirect").gives(302, "").and("location", "/string"),
            get("/cookies").gives(200, "two cookies").and("set-cookie", "a=1; Path=/ | b=2; HttpOnly"),
            get("/image").gives(200, bytes()).and("content-type", "image/png"),
            get("/encoded").gives(200, bytes()).and("content-encoding", "gzip").and("content-type", "text/plain"),
            get("/large").gives_status(502),
            get("/nothing").gives(404, "nothing at /nothing"),
            Exchange::new(Method::HEAD, "/string", "").gives(200, ""),
        ],
    )]
}

fn raw() -> Vec<Row> {
    let envelope = json!({
        "statusCode": 201,
        "headers": { "content-type": "text/plain", "x-single": "one" },
        "multiValueHeaders": { "x-many": ["one", "two"] },
        "cookies": ["a=1", "b=2"],
        "body": "Y3JlYXRlZA==",
        "isBase64Encoded": true,
    });
    vec![
        row(
            "echo",
            [
                payload(json!({ "a": [1, null, "ü"] }))
                    .gives_json(200, json!({ "a": [1, null, "ü"] }))
                    .and(JSON.0, JSON.1),
                payload(json!("text")).gives_json(200, json!("text")).and(JSON.0, JSON.1),
                payload(json!(7)).gives_json(200, json!(7)),
                payload(Value::Null).gives_json(200, Value::Null),
                get("/").gives_json(200, json!({})),
                payload(envelope)
                    .gives(201, "created")
                    .and("content-type", "text/plain")
                    .and("x-single", "one")
                    .and("x-many", "one | two")
                    .and("set-cookie", "a=1 | b=2"),
            ],
        ),
        row(
            "basic",
            [
                payload(json!({ "command": "stop", "times": 2 }))
                    .with("x-request-id", "id-1")
                    .gives_json(200, json!({ "id": "id-1", "message": "stop was executed 2 times" })),
                payload(json!({ "command": "go" })).gives_parts(200, [("/message", json!("go was executed 0 times"))]),
            ],
        ),
        row(
            "context",
            [get("/").with("x-request-id", "id-2").with("x-amzn-trace-id", "Root=1-a-b").gives_parts(
                200,
                [
                    ("/request_id", json!("id-2")),
                    ("/xray_trace_id", json!("Root=1-a-b")),
                    ("/client_context", Value::Null),
                    ("/identity", Value::Null),
                    ("/tenant_id", Value::Null),
                ],
            )],
        ),
        row(
            "shared-resource",
            [
                payload(json!({ "name": "Ada" })).gives_json(200, json!({ "visits": 1 })),
                payload(json!({ "name": "Bo" })).gives_json(200, json!({ "visits": 2 })),
            ],
        ),
        row(
            "streaming",
            [
                payload(json!({ "lines": 2 })).gives(200, "line 1\nline 2\n"),
                payload(json!("teapot")).gives(418, "").and("x-pot", "tea").and("set-cookie", "a=1 | b=2"),
                payload(json!({ "lines": 0 })).gives(200, ""),
            ],
        ),
        row(
            "concurrent",
            [payload(json!([7])).with("x-request-id", "id-3").gives_json(200, json!({ "id": "id-3", "payload": [7] }))],
        ),
        row("graceful-shutdown", [payload(json!({ "a": 1 })).gives_json(200, json!({ "a": 1 }))]),
        row(
            "layers",
            [
                payload(json!([1])).gives_json(200, json!({ "tenant": "tenant 1", "payload": [1] })),
                payload(json!([2])).gives_json(200, json!({ "tenant": "tenant 2", "payload": [2] })),
            ],
        ),
        row("snapstart", [payload(json!([1])).gives_json(200, json!([1]))]),
    ]
}

fn services() -> Vec<Row> {
    vec![
        row("s3", [payload(payloads::s3()).gives_json(200, Value::Null)]),
        row(
            "sqs",
            [payload(payloads::sqs())
                .gives_json(200, json!({ "batchItemFailures": [{ "itemIdentifier": "second" }] }))],
        ),
        row(
            "sns",
            [payload(payloads::sns())
                .gives_json(200, json!(["arn:aws:sns:eu-central-1:123456789012:news: tea is back"]))],
        ),
        row(
            "eventbridge",
            [payload(payloads::eventbridge())
                .gives_json(200, json!({ "instance": "i-1", "state": "stopped", "of": "aws.ec2", "custom": null }))],
        ),
        row("dynamodb", [payload(payloads::dynamodb()).gives_json(200, json!([{ "name": "tea", "price": 3 }]))]),
    ]
}

fn gateways() -> Vec<Row> {
    const ROUTE: (&str, &str) = ("KN_LAMBDA_ROUTE", "/users/{id},/files/{path+}");
    vec![
        Row {
            variables: &[("KN_LAMBDA_EVENT", "apigw-v1"), ROUTE],
            ..row(
                "apigw-v1",
                [
                    put("/users/7?tag=a&tag=b", "text/plain", "hello")
                        .with("accept", "text/html")
                        .gives_parts(
                            200,
                            [
                                ("/method", json!("PUT")),
                                ("/path", json!("/users/7")),
                                ("/resource", json!("/users/{id}")),
                                ("/tags", json!(["a", "b"])),
                                ("/tag", json!("b")),
                                ("/accept", json!("text/html")),
                                ("/pathParameters", json!({ "id": "7" })),
                                ("/sourceIp", json!("127.0.0.1")),
                                ("/body", json!("hello")),
                                ("/isBase64Encoded", json!(false)),
                            ],
                        )
                        .and("content-type", "application/json")
                        .and("set-cookie", "a=1 | b=2"),
                    put("/", "image/png", BYTES.to_vec())
                        .gives_parts(200, [("/body", json!("/wD+gA==")), ("/isBase64Encoded", json!(true))]),
                ],
            )
        },
        Row {
            variables: &[("KN_LAMBDA_EVENT", "apigw-v2"), ROUTE],
            ..row(
                "apigw-v2",
                [
                    put("/files/a/b?tag=a&tag=b", "text/plain", "hello")
                        .with("cookie", "seen=yes; again=no")
                        .gives_parts(
                            201,
                            [
                                ("/version", json!("2.0")),
                                ("/routeKey", json!("PUT /files/{path+}")),
                                ("/method", json!("PUT")),
                                ("/path", json!("/files/a/b")),
                                ("/query", json!("tag=a&tag=b")),
                                ("/tags", json!(["a", "b"])),
                                ("/cookies", json!(["seen=yes", "again=no"])),
                                ("/pathParameters", json!({ "path": "a/b" })),
                                ("/sourceIp", json!("127.0.0.1")),
                                ("/body", json!("hello")),
                                ("/isBase64Encoded", json!(false)),
                            ],
                        )
                        .and("set-cookie", "a=1; Path=/ | b=2"),
                    put("/", "image/png", BYTES.to_vec())
                        .gives_parts(201, [("/body", json!("/wD+gA==")), ("/isBase64Encoded", json!(true))]),
                    get("/").gives_parts(201, [("/body", Value::Null), ("/routeKey", json!("$default"))]),
                ],
            )
        },
    ]
}

fn failures() -> Vec<Row> {
    let failed = |kind: &str, words: &str| json!({ "errorType": kind, "errorMessage": words });
    let message = |words: &str| [("/errorMessage", json!(words))];
    vec![
        row(
            "http-errors",
            [
                get("/sold-out").gives_json(500, failed("SoldOut", "`tea` is sold out")).and(JSON.0, JSON.1),
                get("/warehouse").gives_json(500, failed("Warehouse", "the warehouse does not answer")),
                get("/panic").gives_status(500),
                get("/").gives(200, "bought"),
            ],
        ),
        row(
            "errors",
            [
                payload(json!({ "fail": "words" })).gives_parts(500, message("it did not work")).and(JSON.0, JSON.1),
                payload(json!({ "fail": "io" })).gives_parts(500, message("the disk is gone")),
                payload(json!({ "fail": "panic" })).gives_status(500),
                payload(json!({ "fail": "not" })).gives_json(200, json!({ "done": true })),
            ],
        ),
        row(
            "error-thiserror",
            [
                payload(json!({ "amount": 103 })).gives_json(500, failed("InsufficientFunds", "the account lacks 3")),
                payload(json!({ "amount": -1 }))
                    .gives_json(500, failed("InvalidAmount", "an amount is positive, and not -1")),
                payload(json!({ "amount": 1 })).gives_json(200, Value::Null),
            ],
        ),
        row(
            "error-diagnostic",
            [payload(json!({ "item": "tea" }))
                .gives_json(500, failed("WrongItem", "\"tea\" is not what was asked for"))],
        ),
        row(
            "error-anyhow",
            [
                payload(json!({ "number": 7 })).gives_parts(500, message("7 is odd")),
                payload(json!({})).gives_parts(500, message("there is no number")),
                payload(json!({ "number": 8 })).gives_json(200, json!(4)),
            ],
        ),
    ]
}

fn runtimes() -> Vec<Row> {
    const AS_REQUESTS: &[(&str, &str)] = &[("KN_LAMBDA_EVENT", "apigw-v2")];
    let http =
        |arguments| Row { arguments, variables: AS_REQUESTS, ..row("runtimes", [get("/a").gives(200, "GET /a")]) };
    let raw = |arguments| Row { arguments, ..row("runtimes", [payload(json!([1])).gives_json(200, json!([1]))]) };
    vec![
        http(&["http"]),
        http(&["http-concurrent"]),
        http(&["http-streaming"]),
        http(&["http-streaming-concurrent"]),
        raw(&["concurrent"]),
        raw(&[]),
    ]
}
