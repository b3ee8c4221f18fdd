//! Every example is a small image with nothing in it but the function, and answers.

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use kn_func_e2e::{in_own_network, repository};

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

#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn every_example_is_small_and_soon_there() {
    println!("\n| example | image, MB | resident, MiB | `podman run` to first answer, ms |\n|---|--:|--:|--:|");
    for example in examples() {
        let image = Image::of_example(&example);
        let size = image.size();
        let most = if example == "hello" { 4 } else { 5 };
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
fn examples() -> BTreeSet<String> {
    let folders = fs::read_dir(repository().join("examples")).expect("there are examples");
    let folders = folders.map(|folder| folder.expect("there are examples"));
    let examples = folders.filter(|folder| folder.path().join("Cargo.toml").is_file());
    examples.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect()
}
