//! What the READMEs of the templates show is what happens.

use std::fs;

use kn_func_e2e::{Finished, Func, TEMPLATES, installed};

use crate::serve;

/// A command of a README, and what it prints there.
struct Shown {
    command: String,
    output: String,
}

/// The commands between ```` ```console ```` lines, in their order. One that ends in `\` goes on in the next line.
fn shown(readme: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            all.push(Shown { command: command.into(), output: String::new() });
        } else if inside {
            let last = all.last_mut().unwrap_or_else(|| panic!("`{line}` stands before any command"));
            let goes_on = last.output.is_empty() && last.command.ends_with('\\');
            let text = if goes_on { &mut last.command } else { &mut last.output };
            *text += &if goes_on { format!("\n{line}") } else { format!("{line}\n") };
        }
    }
    all
}

/// The text without what is another one each time, and with one end.
fn lasting(text: &str) -> String {
    let changing = ["ce-id: ", "ce-time: ", "date: ", "  id: ", "  time: "];
    let lines = text.lines().filter(|line| !changing.iter().any(|start| line.starts_with(start)));
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}

#[tokio::test]
#[ignore = "e2e/run: needs func, git, curl and minutes to build"]
async fn what_is_asked_of_a_function_prints_what_stands_there() {
    for template in TEMPLATES {
        let mut server = serve(&installed(template), &[]);
        let address = server.address().await;
        let func = Func::new();
        let function = func.create(template, "function");
        let mut asked = 0;
        for Shown { command, output } in shown(&fs::read_to_string(function.join("README.md")).unwrap()) {
            if !["curl", "func invoke", "mkdir"].iter().any(|start| command.starts_with(start)) {
                continue;
            }
            let here = command.replace("localhost:8080", &address.to_string());
            let here = here.replace("/8080", &format!("/{}", address.port())).replacen("curl ", "curl --silent ", 1);
            let printed = Finished::of(func.shell(&here).current_dir(&function)).stdout();
            assert_eq!(lasting(&printed), lasting(&output), "{template}: {command}");
            asked += 1;
        }
        assert!(asked >= 3, "{template} shows {asked}");
        server.stop().await;
    }
}
