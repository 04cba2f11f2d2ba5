//! `entry_points.txt` ([entry points specification]).
//!
//! [entry points specification]: https://packaging.python.org/en/latest/specifications/entry-points/

use super::error::{EntryPointProblem, WheelProblem};

/// A function that becomes a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) name: String,
    pub(super) module: String,
    /// Dotted: `Command.main`.
    pub(super) function: String,
}

/// The scripts of the groups `console_scripts` and `gui_scripts`, which on Linux are alike.
pub(super) fn scripts(text: &str) -> Result<Vec<Script>, WheelProblem> {
    let mut group = "";
    let mut scripts = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            group = name.trim();
        } else if matches!(group, "console_scripts" | "gui_scripts") {
            scripts.push(script(line).map_err(|problem| refused(line, problem))?);
        }
    }
    Ok(scripts)
}

fn refused(line: &str, problem: EntryPointProblem) -> WheelProblem {
    WheelProblem::EntryPoint {
        entry_point: line.to_owned(),
        problem,
    }
}

fn script(line: &str) -> Result<Script, EntryPointProblem> {
    let (name, object) = line.split_once('=').ok_or(EntryPointProblem::Syntax)?;
    // `[extra]` after the object is obsolete and ignored.
    let object = object.split_once('[').map_or(object, |(object, _)| object);
    let (module, function) = object.split_once(':').ok_or(EntryPointProblem::Syntax)?;
    Ok(Script {
        name: file_name(name.trim())?,
        module: dotted(module.trim())?,
        function: dotted(function.trim())?,
    })
}

fn file_name(name: &str) -> Result<String, EntryPointProblem> {
    let leaves = matches!(name, "" | "." | "..") || name.len() > 246;
    if leaves || name.contains(|c: char| matches!(c, '/' | '\\') || c.is_control()) {
        return Err(EntryPointProblem::Name);
    }
    match is_interpreter(name) {
        true => Err(EntryPointProblem::Interpreter),
        false => Ok(name.to_owned()),
    }
}

/// `python`, `python3`, `python3.11`, each also as `pythonw`.
pub(super) fn is_interpreter(name: &str) -> bool {
    name.strip_prefix("python")
        .map(|rest| rest.trim_start_matches('w'))
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

fn dotted(text: &str) -> Result<String, EntryPointProblem> {
    let start = |c: char| c == '_' || c.is_alphabetic();
    let identifier = |part: &str| part.starts_with(start) && part.chars().all(|c| start(c) || c.is_numeric());
    match text.split('.').all(identifier) {
        true => Ok(text.to_owned()),
        false => Err(EntryPointProblem::Target {
            target: text.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_read_as_python_reads_them() {
        let text = "\
# comment
[other]
x = y
[console_scripts]
; comment
gunicorn = gunicorn.app.wsgiapp:run
Mixed-Case.name=pkg : Klass.main [extra, more]

[ gui_scripts ]
view = a:b";
        let found: Vec<_> = scripts(text)
            .unwrap()
            .into_iter()
            .map(|script| format!("{} {} {}", script.name, script.module, script.function))
            .collect();
        assert_eq!(
            found,
            [
                "gunicorn gunicorn.app.wsgiapp run",
                "Mixed-Case.name pkg Klass.main",
                "view a b"
            ]
        );
    }

    #[test]
    fn what_is_no_launcher_is_refused() {
        for (line, problem) in [
            ("x", EntryPointProblem::Syntax),
            ("x = y", EntryPointProblem::Syntax),
            ("../x = a:b", EntryPointProblem::Name),
            (" = a:b", EntryPointProblem::Name),
            (".. = a:b", EntryPointProblem::Name),
            ("/bin/sh = a:b", EntryPointProblem::Name),
            ("python = a:b", EntryPointProblem::Interpreter),
            ("python3.11 = a:b", EntryPointProblem::Interpreter),
            ("pythonw = a:b", EntryPointProblem::Interpreter),
            (
                "bad = a:main();import os",
                EntryPointProblem::Target {
                    target: "main();import os".into(),
                },
            ),
            ("bad = a-b:c", EntryPointProblem::Target { target: "a-b".into() }),
            ("bad = a.:c", EntryPointProblem::Target { target: "a.".into() }),
            ("bad = 1a:c", EntryPointProblem::Target { target: "1a".into() }),
        ] {
            assert_eq!(script(line), Err(problem), "{line}");
        }
    }
}
