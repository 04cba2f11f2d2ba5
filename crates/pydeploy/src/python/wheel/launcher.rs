//! Programs in `bin`: launchers of entry points, and scripts whose first line names an interpreter.

use super::entry_points::Script;

/// What Linux before 5.1 reads of a first line.
const LONGEST_FIRST_LINE: usize = 127;

/// The program that calls an entry point.
pub(super) fn launcher(script: &Script, venv: &str) -> Vec<u8> {
    let Script { module, function, .. } = script;
    let object = function.split('.').next().unwrap_or(function);
    let first = first_lines(venv, "");
    format!(
        "{first}import sys\n\nfrom {module} import {object}\n\nif __name__ == \"__main__\":\n    sys.exit({function}())\n"
    )
    .into_bytes()
}

/// A script with `#!python` in its first line, with that line naming the interpreter of the environment; `None` when it
/// starts otherwise.
pub(super) fn rewritten(script: &[u8], venv: &str) -> Option<Vec<u8>> {
    let after = script.strip_prefix(b"#!python")?;
    let after = after.strip_prefix(b"w").unwrap_or(after);
    let end = after.iter().position(|&b| b == b'\n').map_or(after.len(), |at| at + 1);
    let (line, rest) = after.split_at(end);
    // `#!python3` is no placeholder but somebody's interpreter.
    if line.first().is_some_and(|b| !b.is_ascii_whitespace()) {
        return None;
    }
    let arguments = str::from_utf8(line).ok()?.trim();
    Some([first_lines(venv, arguments).as_bytes(), rest].concat())
}

/// `#!` with the interpreter, or where Linux would not read that, a shell script that is also a Python string.
fn first_lines(venv: &str, arguments: &str) -> String {
    let python = format!("{venv}/bin/python");
    let space = if arguments.is_empty() { "" } else { " " };
    let line = format!("#!{python}{space}{arguments}\n");
    if line.len() <= LONGEST_FIRST_LINE && !python.contains(char::is_whitespace) {
        return line;
    }
    let quoted = shell_quoted(&python);
    format!("#!/bin/sh\n'''exec' {quoted}{space}{arguments} \"$0\" \"$@\"\n' '''\n")
}

fn shell_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_and_nothing_else_is() {
        for (script, expect) in [
            ("#!python\nx\n", Some("#!/v/bin/python\nx\n")),
            ("#!pythonw\r\nx\n", Some("#!/v/bin/python\nx\n")),
            ("#!python -u\nx", Some("#!/v/bin/python -u\nx")),
            ("#!python", Some("#!/v/bin/python\n")),
            ("#!python3\nx", None),
            ("#!/bin/sh\n#!python\n", None),
            ("", None),
        ] {
            let bytes = rewritten(script.as_bytes(), "/v").map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(bytes.as_deref(), expect, "{script:?}");
        }
    }

    #[test]
    fn a_launcher_imports_and_calls() {
        let script = Script {
            name: "x".to_owned(),
            module: "pkg.cli".to_owned(),
            function: "Main.run".to_owned(),
        };
        let text = String::from_utf8(launcher(&script, "/opt/site/venv")).unwrap();
        insta::assert_snapshot!(text, @r#"
        #!/opt/site/venv/bin/python
        import sys

        from pkg.cli import Main

        if __name__ == "__main__":
            sys.exit(Main.run())
        "#);
    }

    #[test]
    fn a_long_path_or_one_with_a_space_goes_through_the_shell() {
        let long = format!("/{}", "x".repeat(113));
        assert_eq!(first_lines(&long[..113], "").len(), 127);
        assert!(first_lines(&long, "").starts_with("#!/bin/sh\n"));
        assert_eq!(
            first_lines("/my $ite", "-u"),
            "#!/bin/sh\n'''exec' \"/my \\$ite/bin/python\" -u \"$0\" \"$@\"\n' '''\n"
        );
    }
}
