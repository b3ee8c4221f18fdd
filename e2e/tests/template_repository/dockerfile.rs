//! The `Dockerfile` of a template: its last stage is one program without a system, run by nobody.

use std::path::Path;

use crate::faults::Faults;

pub(crate) fn check(faults: &mut Faults, template: &Path) {
    let path = template.join("Dockerfile");
    let Some(text) = faults.read(&path) else { return };
    let text = text.replace("\\\n", " ");
    let lines: Vec<_> = text.lines().filter_map(|line| line.trim().split_once(' ')).collect();
    let last_stage = lines.iter().rposition(|(instruction, _)| *instruction == "FROM").unwrap_or_default();
    let (build, last) = lines.split_at(last_stage);

    let builds = build.iter().any(|(_, words)| words.contains("cargo install --locked --path ."));
    faults.expect(builds, &path, "expected a stage that runs `cargo install --locked --path .`, as the buildpack does");
    faults.expect(last.first() == Some(&("FROM", "scratch")), &path, "expected the last stage to be `FROM scratch`");
    let user = last.iter().rev().find(|(instruction, _)| *instruction == "USER").map_or("", |(_, user)| user);
    let nobody = user.split(':').all(|id| id.parse().is_ok_and(|id: u32| id > 0));
    faults.expect(nobody, &path, "expected a `USER` by number that is not root; Kubernetes cannot know one by name");
    let entry = last.iter().rev().find(|(instruction, _)| *instruction == "ENTRYPOINT").map_or("", |(_, entry)| entry);
    faults.expect(entry == r#"["/function"]"#, &path, r#"expected `ENTRYPOINT ["/function"]`; there is no shell"#);
}
