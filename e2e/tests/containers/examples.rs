//! Every example is a small image with nothing in it but the function, and answers.

use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;
use std::time::Instant;

use kn_func_e2e::{in_own_network, repository, soon};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::container::Container;
use crate::image::Image;

const MEGABYTE: u64 = 1_000_000;

#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn an_image_has_the_function_and_no_shell() {
    let image = Image::of_example("hello");
    assert_eq!(image.files(), BTreeSet::from(["function".to_owned()]));
    let config = &image.inspect()["Config"];
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["Entrypoint"], serde_json::json!(["/function"]));
}

#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn get_emojis_has_the_licences_of_its_tables_too() {
    let files = Image::of_example("get-emojis").files();
    let expected = ["function", "licenses/LICENSE-UNICODE", "licenses/LICENSE-WORDNET"];
    assert_eq!(files, expected.map(str::to_owned).into());
}

#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn get_emojis_answers_the_request_of_the_guide() {
    let image = Image::of_example("get-emojis");
    in_own_network(async move || {
        let container = Container::start(&image, &[]).await;
        let answer = container.client().get("/?descriptions=cold,plane,fam").await;
        let expected = r#"{"cold": "('cold_face', '🥶')", "plane": "('airplane', '✈')", "fam": "('family', '👪')"}"#;
        assert_eq!(answer.text(), expected);
        assert_eq!(container.stop().await.code, Some(0));
    });
}

/// The C library of a static program has no plugins to look names up with.
#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn get_emojis_finds_a_service_by_its_name() {
    const SYNONYMS: &str = r#"[{"word": "fire"}]"#;
    let image = Image::of_example("get-emojis");
    in_own_network(async move || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has free ports");
        let port = listener.local_addr().expect("it is bound").port();
        let url = format!("--env=SYNONYMS_URL=http://synonyms.example:{port}/words");
        let container = Container::start(&image, &["--add-host=synonyms.example:127.0.0.1", &url]).await;
        let service = async {
            let (mut stream, _) = soon("a question", listener.accept()).await.expect("the function asks");
            let mut question = String::new();
            BufReader::new(&mut stream).read_line(&mut question).await.expect("the function asks over HTTP");
            let length = SYNONYMS.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{SYNONYMS}");
            stream.write_all(answer.as_bytes()).await.expect("the function waits for the answer");
            question
        };
        let client = container.client();
        let (answer, question) = tokio::join!(client.get("/?descriptions=qwerty"), service);
        assert_eq!(answer.text(), r#"{"qwerty": "('fire', '🔥')"}"#);
        assert_eq!(question, "GET /words?rel_syn=qwerty HTTP/1.1\r\n");
        assert_eq!(container.stop().await.code, Some(0));
    });
}

#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn every_example_is_small_and_soon_there() {
    let examples = examples();
    let images = Image::for_each(&examples, |example| Image::of_example(example));
    println!("\n| example | image, MB | resident, MiB | `podman run` to first answer, ms |\n|---|--:|--:|--:|");
    for (example, image) in examples.into_iter().zip(images) {
        let size = image.size();
        let most = match example.as_str() {
            "hello" => 4,
            // TLS, and the authorities that it trusts.
            "sender" => 6,
            // That, OpenTelemetry with protobuf, Prometheus, and a client of its own.
            "observed" => 8,
            _ => 5,
        };
        in_own_network(async move || {
            let begin = Instant::now();
            let container = Container::start(&image, &[]).await;
            let path = if example == "get-emojis" { "/?descriptions=cold,plane,fam" } else { "/" };
            let status = container.client().get(path).await.status();
            let time = begin.elapsed().as_millis();
            assert!(status < 500, "{example} answers {status}");
            let resident = container.status("VmRSS");
            let kibibytes: f64 = resident.trim_end_matches(" kB").parse().expect("resident memory is a number");
            println!("| {example} | {:.2} | {:.2} | {time} |", size as f64 / MEGABYTE as f64, kibibytes / 1024.0);
            assert_eq!(container.stop().await.code, Some(0), "{example}");
        });
        assert!(size < most * MEGABYTE, "an image of {size} bytes; the aim is {most} MB");
    }
}

/// The examples that there are, smallest name first.
fn examples() -> Vec<String> {
    let folders = fs::read_dir(repository().join("examples")).expect("there are examples");
    let folders = folders.map(|folder| folder.expect("there are examples"));
    let examples = folders.filter(|folder| folder.path().join("Cargo.toml").is_file());
    let mut examples: Vec<_> = examples.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect();
    examples.sort();
    examples
}
