//! Images that would hold more than the program.

use super::{refused, replace};
use crate::HTTP;

#[test]
fn an_image_with_a_system_or_a_user_is_refused() {
    for (old, new, words) in [
        ("FROM scratch", "FROM debian", "expected the last stage to be `FROM scratch`"),
        (
            "USER 65532:65532",
            "USER nonroot",
            "expected a `USER` by number that is not root; Kubernetes cannot know one by name",
        ),
        (
            "USER 65532:65532",
            "USER 0:0",
            "expected a `USER` by number that is not root; Kubernetes cannot know one by name",
        ),
        ("[\"/function\"]", "/function", "expected `ENTRYPOINT [\"/function\"]`; there is no shell"),
        ("--locked", "--frozen", "expected a stage that runs `cargo install --locked --path .`, as the buildpack does"),
    ] {
        let dockerfile = format!("{HTTP}/Dockerfile");
        refused(|root| replace(root, &dockerfile, old, new), &format!("{dockerfile}: {words}"));
    }
}
