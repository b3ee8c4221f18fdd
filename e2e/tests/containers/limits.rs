//! What a container may not do, and that nothing in the image needs it.

use std::fs;
use std::io::ErrorKind;

use http::Method;
use kn_func_e2e::in_own_network;

use crate::container::Container;
use crate::image::Image;

#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn an_arbitrary_user_without_capabilities_answers_on_a_read_only_root() {
    let image = Image::of_example("hello");
    in_own_network(async move || {
        let container = Container::start(&image, &[]).await;
        assert_eq!(container.client().get("/").await.text(), "hello, world\n");

        assert_eq!(container.status("Uid"), "12345\t12345\t12345\t12345");
        assert_eq!(container.status("Gid"), "12345\t12345\t12345\t12345");
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert_eq!(container.status(set), "0000000000000000", "{set}");
        }
        assert_eq!(container.status("NoNewPrivs"), "1");
        let refused = fs::write(container.process().join("root/file"), "").expect_err("the root is read-only");
        assert_eq!(refused.kind(), ErrorKind::ReadOnlyFilesystem);

        assert_eq!(container.stop().await.code, Some(0));
    });
}

#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn without_a_user_from_outside_it_is_the_one_of_the_image() {
    let image = Image::of_example("hello");
    in_own_network(async move || {
        let container = Container::start(&image, &["--user="]).await;
        assert_eq!(container.status("Uid"), "65532\t65532\t65532\t65532");
        assert_eq!(container.status("Gid"), "65532\t65532\t65532\t65532");
        assert_eq!(container.stop().await.code, Some(0));
    });
}

#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn what_takes_more_memory_than_it_may_have_is_killed() {
    const LARGE: usize = 100 << 20;
    let image = Image::of_example("echo");
    in_own_network(async move || {
        let limit = "--env=FUNC_BODY_LIMIT=1GiB";
        let container = Container::start(&image, &[limit]).await;
        let client = container.client();
        let request = client.request(Method::POST, "/").body(vec![b' '; LARGE].into());
        let answer = client.try_send(request.expect("the path is one")).await;
        assert!(answer.is_err(), "100 MiB went into 64: {answer:?}");
        assert_eq!(container.ended().await.code, Some(128 + 9));

        let container = Container::start(&image, &[limit, "--memory=1g"]).await;
        assert_eq!(container.client().post("/", vec![b' '; LARGE]).await.status(), 200);
        assert_eq!(container.stop().await.code, Some(0));
    });
}
