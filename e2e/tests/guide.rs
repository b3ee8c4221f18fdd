//! The guide does what it says: its commands are run in their order, its files are written, and what is printed is what it shows.

#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use kn_func_e2e::{Finished, clone_url, function_target, in_own_network, program, repository, scratch, tool};
use tokio::process::Command;
use tokio::time::timeout;

/// All of the guide, on a slow machine that has nothing built yet.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// What a reader does.
#[derive(Debug, PartialEq)]
enum Step<'a> {
    /// A block whose info string has a path after the language: a file to write.
    Write { path: &'a str, text: String },
    /// A command of a `console` block, and what it shows.
    Run { command: String, shown: Vec<&'a str> },
}

/// Reads the steps of a page. Blocks of other kinds, `sh` for one, are for the eye.
fn steps(page: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        if info == "console" {
            commands(&block, &mut steps);
        } else if let Some((_, path)) = info.split_once(' ') {
            steps.push(Step::Write { path, text: block.join("\n") + "\n" });
        }
    }
    steps
}

/// A command begins with `$ ` and goes on while its lines end with a backslash.
fn commands<'a>(block: &[&'a str], steps: &mut Vec<Step<'a>>) {
    let mut is_whole = true;
    for line in block {
        if let Some(first) = line.strip_prefix("$ ") {
            steps.push(Step::Run { command: first.to_owned(), shown: Vec::new() });
            is_whole = !first.ends_with('\\');
            continue;
        }
        let Some(Step::Run { command, shown }) = steps.last_mut() else { panic!("`{line}` belongs to no command") };
        if is_whole {
            shown.push(line);
        } else {
            *command += "\n";
            *command += line;
            is_whole = !line.ends_with('\\');
        }
    }
}

/// Stands before what a step prints, and before its exit code.
const MARK: char = '\u{1e}';

/// The steps as one script for one shell, so that a variable or a folder of one is there for the next.
fn script(steps: &[Step<'_>]) -> String {
    let mut script = String::new();
    for step in steps {
        match step {
            Step::Write { path, text } => {
                write!(script, "mkdir -p $(dirname '{path}')\ncat >'{path}' <<'End of file'\n{text}End of file\n")
            }
            Step::Run { command, .. } => {
                let command = match command.strip_suffix(" &") {
                    // A reader waits for the line that says so. What it prints later would come between other lines.
                    Some(server) => format!(
                        ">\"$HOME/log\" 2>&1 {server} &\n\
                         until (: </dev/tcp/127.0.0.1/8080) 2>/dev/null || ! kill -0 $! 2>/dev/null; do sleep 0.1; done\n\
                         cat \"$HOME/log\"; kill -0 $!"
                    ),
                    // A shell without a terminal may still count a job that has ended, and then this one is not the first.
                    None if command.starts_with("kill ") => format!("{}\nwait", command.replace("%1", "$!")),
                    None => command.clone(),
                };
                write!(script, "printf '\\n{MARK}\\n'\n{command}\nprintf '\\n{MARK}%d\\n' $?\n")
            }
        }
        .expect("a string takes all that is written to it");
    }
    script
}

/// Whether lines are as shown: `...` on a line of its own stands for any lines, and within a line for any text.
fn are_as_shown(lines: &[&str], shown: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((&"...", rest)) => (0..=lines.len()).any(|skipped| are_as_shown(&lines[skipped..], rest)),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, lines)| is_as_shown(line, first) && are_as_shown(lines, rest))
        }
    }
}

fn is_as_shown(line: &str, shown: &str) -> bool {
    match shown.split_once("...") {
        None => line == shown,
        Some((start, rest)) => line.strip_prefix(start).is_some_and(|line| {
            (0..=line.len()).filter(|at| line.is_char_boundary(*at)).any(|at| is_as_shown(&line[at..], rest))
        }),
    }
}

/// The lines that a step printed, without the empty ones at the end.
fn printed(output: &str) -> Vec<&str> {
    output.trim_matches('\n').lines().map(str::trim_end).collect()
}

/// Fetches over the network what the commands, which have none, will ask cargo for.
fn fetch(url: &str) {
    for template in ["http", "get-emojis"] {
        let folder = scratch();
        kn_func_e2e::copy_template(template, &folder.path().join("function"));
        for arguments in [
            &["add", "--quiet", "kn-func-runtime", "--git", url, "--features", "metrics"][..],
            &["add", "--quiet", "serde", "--features", "derive"],
            &["fetch", "--quiet"],
        ] {
            Finished::of(program(env!("CARGO")).args(arguments).current_dir(folder.path().join("function"))).stdout();
        }
    }
}

/// Runs a script in bash, with the tools of `e2e/tools` and the home of a new user. Returns what it wrote.
async fn run(script: String, url: String) -> String {
    let home = scratch();
    let file = |name: &str| home.path().join(name);
    fs::write(file("script"), script).expect("a file can be written");
    // As on a terminal, where curl has no need to say how far it is.
    fs::write(file(".curlrc"), "no-progress-meter\n").expect("a file can be written");
    fs::create_dir(file("work")).expect("a folder can be made");
    let output = fs::File::create(file("output")).expect("a file can be written");

    let tools = tool("func").parent().map(Path::to_owned).expect("a program is in a folder");
    let variable = |name: &str| std::env::var_os(name).unwrap_or_default();
    let mut path = tools.into_os_string();
    path.push(":");
    path.push(variable("PATH"));
    let user = PathBuf::from(variable("HOME"));
    // All that it starts ends with it.
    let mut bash = Command::new("unshare");
    bash.args(["--pid", "--fork", "--kill-child", "bash"]).arg(file("script")).current_dir(file("work"));
    bash.env_clear().env("PATH", path).env("HOME", home.path()).env("LC_ALL", "C.UTF-8");
    bash.env("REPOSITORY", url).env("KUBECONFIG", file("no-cluster")).env("LOG_FORMAT", "text");
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        bash.env(name, std::env::var_os(name).unwrap_or_else(|| user.join(folder).into()));
    }
    if let Some(toolchain) = std::env::var_os("RUSTUP_TOOLCHAIN") {
        bash.env("RUSTUP_TOOLCHAIN", toolchain);
    }
    // With what other functions are built with, so that their dependencies are there.
    for name in ["CARGO_PROFILE_DEV_DEBUG", "CARGO_INCREMENTAL"] {
        bash.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    bash.env("CARGO_TARGET_DIR", function_target()).env("CARGO_NET_OFFLINE", "true").env("CARGO_TERM_COLOR", "never");
    bash.kill_on_drop(true)
        .stdin(Stdio::null())
        .stdout(output.try_clone().expect("a file can be shared"))
        .stderr(output);
    let mut bash = bash.spawn().expect("unshare and bash are there");
    let ended = timeout(LONGEST, bash.wait()).await;
    let output = fs::read_to_string(file("output")).expect("what the guide prints is text");
    assert!(ended.is_ok(), "nothing for {LONGEST:?} after\n{output}");
    output
}

#[test]
#[ignore = "e2e/run: needs the func CLI, curl and git"]
fn the_commands_of_the_guide_print_what_it_shows() {
    let guide = fs::read_to_string(repository().join("docs/guide.md")).expect("there is a guide");
    let url = clone_url();
    fetch(&url);

    in_own_network(async move || {
        let steps = steps(&guide);
        let output = run(script(&steps), url).await;
        // What a command printed, and then its exit code.
        let mut outputs = output.split(MARK).skip(1);
        for step in &steps {
            let Step::Run { command, shown } = step else { continue };
            let lines = printed(outputs.next().unwrap_or_default());
            let code = outputs.next().and_then(|code| code.lines().next());
            let code = code.unwrap_or_else(|| panic!("the shell ended at `{command}`:\n{output}"));
            let words = format!("$ {command}\nprinted\n{}\n\nexpected\n{}", lines.join("\n"), shown.join("\n"));
            assert_eq!(code, "0", "{words}");
            assert!(are_as_shown(&lines, shown), "{words}");
        }
    });
}

#[test]
fn the_guide_has_commands_to_run() {
    let guide = fs::read_to_string(repository().join("docs/guide.md")).expect("there is a guide");
    let steps = steps(&guide);
    let commands = steps.iter().filter(|step| matches!(step, Step::Run { .. })).count();
    assert!(commands >= 20, "{commands} commands");
    for word in ["func create", "func invoke", "cargo test", "cargo run", "curl"] {
        let is_run = |step: &Step<'_>| matches!(step, Step::Run { command, .. } if command.contains(word));
        assert!(steps.iter().any(is_run), "{word}");
    }
}

#[test]
fn the_links_of_the_guide_lead_somewhere() {
    let guide = fs::read_to_string(repository().join("docs/guide.md")).expect("there is a guide");
    let mut links = 0;
    for link in guide.split("](").skip(1) {
        let link = link.split(')').next().unwrap_or_default();
        if link.contains("://") {
            continue;
        }
        let (file, heading) = link.split_once('#').unwrap_or((link, ""));
        let file = if file.is_empty() { "guide.md" } else { file };
        let file = repository().join("docs").join(file);
        assert!(file.exists(), "{link}");
        if !heading.is_empty() {
            let page = fs::read_to_string(file).expect("a page is text");
            assert!(
                page.lines().filter_map(|line| line.strip_prefix('#')).any(|line| anchor(line) == heading),
                "{link}"
            );
        }
        links += 1;
    }
    assert!(links >= 20, "{links} links");
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    words.replace(' ', "-").chars().filter(|letter| letter.is_alphanumeric() || *letter == '-').collect()
}

#[test]
fn a_page_has_commands_with_what_they_show_and_files() {
    let page = "text\n```console\n$ one \\\n    two\nshown\n$ three\n```\n```sh\n$ four\n```\n```rust src/main.rs\nfn main() {}\n```\n";
    assert_eq!(
        steps(page),
        [
            Step::Run { command: "one \\\n    two".into(), shown: vec!["shown"] },
            Step::Run { command: "three".into(), shown: vec![] },
            Step::Write { path: "src/main.rs", text: "fn main() {}\n".into() },
        ]
    );
}

#[test]
fn dots_stand_for_anything_and_nothing_else_does() {
    for (printed, shown) in [
        (&["a", "b"][..], &["a", "b"][..]),
        (&[], &[]),
        (&["a", "b", "c", "d"], &["...", "b", "...", "d"]),
        (&["a"], &["...", "a", "..."]),
        (&["id: 7, ok"], &["id: ..., ok"]),
        (&["test a ... ok"], &["test a ... ok"]),
        (&["🥶 é"], &["...é"]),
    ] {
        assert!(are_as_shown(printed, shown), "{printed:?} {shown:?}");
    }
    for (printed, shown) in [
        (&["a"][..], &["b"][..]),
        (&["a"], &[]),
        (&[], &["a"]),
        (&["a", "b"], &["...", "a"]),
        (&["a b"], &["a"]),
        (&["id: 7, bad"], &["id: ..., ok"]),
    ] {
        assert!(!are_as_shown(printed, shown), "{printed:?} {shown:?}");
    }
}
