//! What is in a changelog.

use super::*;

#[test]
fn show_prints_the_fields_of_the_first_entry() {
    let context = Context::new(format!("{OPEN}{RELEASED}"));
    let shown = "\
Source: guestbook
Version: 1.2.0
Distribution: UNRELEASED
Urgency: medium
Maintainer: Ada Example <ada@example.org>
Timestamp: 1795187142
Date: Fri, 20 Nov 2026 16:05:42 +0100
Changes:
 guestbook (1.2.0) UNRELEASED; urgency=medium
 .
   * Messages may be longer.
";
    context.check(&["show"], 0, shown, "");
    context.check(&["show", "--raw"], 0, OPEN, "");
    context.check(&["show", "--raw", "--all"], 0, &format!("{OPEN}{RELEASED}"), "");
    let json = r#"{
  "schema": 1,
  "package": "guestbook",
  "version": "1.2.0",
  "distributions": [
    "UNRELEASED"
  ],
  "urgency": "medium",
  "maintainer": "Ada Example <ada@example.org>",
  "date": "2026-11-20T15:05:42Z",
  "line": 1,
  "changes": "\n  * Messages may be longer.\n\n"
}
"#;
    context.check(&["show", "--format", "json"], 0, json, "");
}

#[test]
fn show_prints_what_dpkg_prints() {
    let context = Context::new(format!("{OPEN}{RELEASED}"));
    let dpkg = |args: &[&str]| context.command("dpkg-parsechangelog", args).output();
    let (Ok(one), Ok(all)) = (dpkg(&[]), dpkg(&["--all", "--format", "rfc822"])) else {
        eprintln!("skipped: dpkg-parsechangelog is not installed (package dpkg-dev)");
        assert!(std::env::var_os("PYDEPLOY_ORACLE").is_none_or(|value| value != "1"));
        return;
    };
    context.check(&["show"], 0, &String::from_utf8_lossy(&one.stdout), "");
    context.check(&["show", "--all"], 0, &String::from_utf8_lossy(&all.stdout), "");
}

#[test]
fn raw_bytes_stay_as_they_are() {
    let context = Context::new(b"a (1) b; urgency=low\r\n\r\n  * caf\xe9 \x1b[0m\r\n");
    let mut pydeploy = context.command(env!("CARGO_BIN_EXE_pydeploy"), &["changelog", "show", "--raw"]);
    let output = pydeploy.output().expect("pydeploy runs");
    assert_eq!(output.stdout, b"a (1) b; urgency=low\r\n\r\n  * caf\xe9 \x1b[0m\r\n");
}

#[test]
fn list_has_a_line_for_each_entry() {
    let context = Context::new(format!("{OPEN}{RELEASED}"));
    let table = "\
1   1.2.0  UNRELEASED  medium  2026-11-20T15:05:42Z  Ada Example <ada@example.org>
7   1.1.0  staging     medium  2026-10-06T09:32:10Z  Ada Example <ada@example.org>
13  1.0.0  staging     low     2026-09-03T07:14:57Z  Ada Example <ada@example.org>
";
    context.check(&["list"], 0, table, "");
    let (code, json, _) = context.run(&["list", "--format", "json"]);
    assert_eq!(code, 0);
    assert!(
        json.contains("\"schema\": 1") && json.contains("\"line\": 13"),
        "{json}"
    );
    assert_eq!(json.matches("\"version\"").count(), 3);
}
