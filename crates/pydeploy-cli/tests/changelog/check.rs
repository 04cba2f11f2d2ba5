//! What is wrong, repaired, or better left alone.

use super::*;

#[test]
fn check_says_where_and_exits_4_without_a_head() {
    let context = Context::new(RELEASED);
    context.check(&["check"], 0, "", "");
    let context = Context::new(RELEASED.replace("Tue,", "Thr,").replace("  Thu", " Thu"));
    let found = "\
debian/changelog:5:36: warning: unknown weekday `Thr`
debian/changelog:11:34: warning: one blank between address and date instead of two
";
    context.check(&["check"], 0, found, "");
    let (code, json, _) = context.run(&["check", "debian/changelog", "--format", "json"]);
    assert_eq!(code, 0);
    assert!(
        json.contains("\"usable\": true") && json.contains("\"column\": 34"),
        "{json}"
    );
    let (code, stdout, stderr) = context.run_with(&["check", "-"], b"a (v1) b; urgency=low\n");
    assert_eq!((code, stdout.lines().count()), (4, 2));
    assert_eq!(
        stderr,
        "error: standard input: no entry that can be used: upstream version begins with 'v', not with a digit, \
         at line 1, column 4\nhint: write a version such as `1.0`\n"
    );
    let (code, json, stderr) = context.run_with(&["check", "-", "--format", "json"], b"");
    assert_eq!((code, stderr.as_str()), (4, ""));
    assert!(json.contains("\"usable\": false"), "{json}");
    assert_eq!(json.matches("schema").count(), 1);
    assert!(!json.contains("\"error\":"), "{json}");
}

#[test]
fn fix_repairs_in_place() {
    let damaged = RELEASED
        .replace("Tue, 06 Oct", "Thr, October 6,")
        .replace("  Thu", " Thu");
    let context = Context::new(&damaged);
    let repairs = "\
debian/changelog:5:36: weekday `Thr` made `Tue`
debian/changelog:5:41: day put before the month in `October 6,`
debian/changelog:11:34: one blank before the date made two
";
    let lines = "\
- -- Ada Example <ada@example.org>  Thr, October 6, 2026 11:32:10 +0200
+ -- Ada Example <ada@example.org>  Tue, 6 Oct 2026 11:32:10 +0200
- -- Ada Example <ada@example.org> Thu, 03 Sep 2026 09:14:57 +0200
+ -- Ada Example <ada@example.org>  Thu, 03 Sep 2026 09:14:57 +0200
";
    context.check(&["fix", "--dry-run"], 0, &format!("{repairs}{lines}"), "");
    assert_eq!(context.text(), damaged);
    context.check(&["fix", "debian/changelog"], 0, repairs, "");
    let fixed = RELEASED.replace("06 Oct", "6 Oct");
    assert_eq!(context.text(), fixed);
    context.check(&["fix"], 0, "", "");
    let (code, stdout, stderr) = context.run_with(&["fix", "-"], damaged.as_bytes());
    assert_eq!((code, stdout), (0, fixed));
    assert!(
        stderr.contains("weekday `Thr` made `Tue` at line 5, column 36"),
        "{stderr}"
    );
    let context = Context::new(RELEASED.replace("06 Oct", "31 Feb"));
    let (code, stdout, stderr) = context.run(&["fix"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(stderr.contains("what is left: 1;"), "{stderr}");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let context = Context::new("");
    let open = OPEN.trim_end().to_owned() + "\n";
    let args = [
        "add",
        "--changelog",
        "-",
        "--maintainer",
        "Ada Example <ada@example.org>",
        "Guests get a mail.",
    ];
    let (code, stdout, stderr) = context.run_with(&args, open.as_bytes());
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout, open.replace("longer.\n", "longer.\n  * Guests get a mail.\n"));
    let (code, stdout, _) = context.run_with(&["release", "--changelog", "-"], open.as_bytes());
    assert_eq!(code, 0);
    assert!(stdout.starts_with("guestbook (1.2.0) staging;"), "{stdout}");
}

#[test]
fn a_head_that_cannot_be_used_is_never_changed() {
    let text = format!("<<<<<<< HEAD\n{OPEN}{RELEASED}");
    let context = Context::new(&text);
    for args in [&["show"][..], &["list"], &["add", "x"], &["release"]] {
        let error = "error: debian/changelog: heading without the name of a package at line 1, column 1\n\
                     hint: `pydeploy changelog check` lists everything that is wrong with it\n";
        context.check(args, 1, "", error);
    }
    assert_eq!(context.text(), text);
}
