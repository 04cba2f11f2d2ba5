//! The commands on the pages of the documentation print what the pages say.

use std::process::Command;

use crate::context::Context;

/// A command of a page and what the page says that it prints.
struct Shown {
    line: usize,
    command: String,
    output: String,
}

/// The commands in blocks of a page that are marked `console`: `$` begins one, `>` goes on with it.
fn shown(page: &str) -> Vec<Shown> {
    let (mut shown, mut inside, mut in_command) = (Vec::<Shown>::new(), false, false);
    for (at, text) in page.lines().enumerate() {
        if text.starts_with("```") {
            inside = text == "```console";
            continue;
        }
        let more = text.strip_prefix("> ").or_else(|| text.strip_prefix('>'));
        match (text.strip_prefix("$ "), shown.last_mut()) {
            _ if !inside => {}
            (Some(command), _) => {
                let (line, command, output) = (at + 1, format!("{command}\n"), String::new());
                shown.push(Shown { line, command, output });
                in_command = true;
            }
            (None, Some(last)) if in_command && more.is_some() => last.command.extend([more.unwrap_or_default(), "\n"]),
            (None, Some(last)) => {
                last.output.extend([text, "\n"]);
                in_command = false;
            }
            (None, None) => panic!("line {}: output before any command", at + 1),
        }
    }
    shown
}

/// Runs the page's commands one after the other in one folder.
#[track_caller]
fn check(page: &str) {
    let (context, shown) = (Context::new(), shown(page));
    assert!(!shown.is_empty());
    let steps = shown.iter().map(|step| format!("{}printf '\\036'\n", step.command));
    let script: String = ["exec 2>&1\n".to_owned()].into_iter().chain(steps).collect();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_pydeploy"));
    let path = std::env::var("PATH").unwrap_or_default();
    let folder = program.parent().expect("a folder").display();
    let mut sh = Command::new("sh");
    sh.args(["-c", &script]).env("PATH", format!("{folder}:{path}"));
    let ended = context.run(&mut sh, b"");
    let printed: Vec<&str> = ended.stdout.split('\u{1e}').collect();
    assert_eq!(printed.len(), shown.len() + 1, "{ended}");
    for (shown, printed) in shown.iter().zip(printed) {
        assert_eq!(printed, shown.output, "line {}: {}", shown.line, shown.command);
    }
}

#[test]
fn versions() {
    check(include_str!("../../../../docs/versions.md"));
}

#[test]
fn embedding() {
    check(include_str!("../../../../docs/embedding.md"));
}
