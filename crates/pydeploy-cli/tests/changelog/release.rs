//! Entries that are released, and those of snapshots.

use super::*;

#[test]
fn release_takes_the_last_distribution() {
    let context = Context::new(format!("{OPEN}{}", RELEASED.replace("staging", "trixie")));
    context.check(&["release"], 0, "guestbook (1.2.0) trixie\n", "");
    let text = context.text();
    assert!(
        text.starts_with("guestbook (1.2.0) trixie; urgency=medium\n\n  [ Ada Example ]\n  * Messages"),
        "{text}"
    );
    assert!(text.contains(" -- Grace Example <grace@example.org>  Fri, 15 Jan 2027 08:00:00 +0000\n\nguestbook (1.1"));
    context.check(
        &["release"],
        3,
        "",
        "error: debian/changelog: 1.2.0 is released for trixie\nhint: open a new entry above it\n",
    );
    let context = Context::new(OPEN);
    context.check(&["release"], 0, "guestbook (1.2.0) staging\n", "");
    let context = Context::new(OPEN);
    assert_eq!(context.run(&["release", "--distribution", "unreleased"]).0, 2);
    context.check(
        &["release", "--distribution", "UNRELEASED"],
        3,
        "",
        "error: debian/changelog: UNRELEASED is not what something is released for\n\
         hint: name a distribution such as `staging`\n",
    );
    assert_eq!(context.text(), OPEN);
}

#[test]
fn snapshot_prints_the_entry_and_writes_it_when_asked() {
    let context = Context::repository(&format!("{OPEN}{RELEASED}"));
    let (code, printed, stderr) = context.run(&["snapshot"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let (start, rest) = printed.split_once("+git").expect("a snapshot");
    assert_eq!(start, "guestbook (1.2.0~20261121093000");
    let rest = rest.split_once(')').expect("a version").1;
    assert_eq!(
        rest,
        " development; urgency=medium\n\n  * Messages may be longer.\n\n \
         -- Ada Example <ada@example.org>  Sat, 21 Nov 2026 09:30:00 +0000\n"
    );
    assert_eq!(context.text(), format!("{OPEN}{RELEASED}"));
    assert_eq!(context.run(&["snapshot", "--write"]).0, 0);
    assert_eq!(context.text(), format!("{printed}\n{RELEASED}"));
    let (code, _, stderr) = context.run(&["snapshot"]);
    assert_eq!(code, 3);
    assert!(stderr.contains("hint: "), "{stderr}");
    let (code, json, _) = context.run(&["snapshot", "--allow-dirty", "--format", "json"]);
    assert_eq!(code, 0);
    assert!(json.contains("\"written\": false") && json.contains(".dirty"), "{json}");
}

#[test]
fn snapshot_after_a_release_is_an_entry_of_its_own() {
    let context = Context::repository(RELEASED);
    assert_eq!(context.run(&["snapshot", "--write"]).0, 0);
    let text = context.text();
    assert!(text.starts_with("guestbook (1.1.0+0~20261121093000+git"), "{text}");
    assert!(
        text.contains(") development; urgency=medium\n\n  * Snapshot of commit "),
        "{text}"
    );
    assert!(text.ends_with(&format!(" +0000\n\n{RELEASED}")), "{text}");
    let (code, answer, _) = context.run(&["add", "Guests get a mail."]);
    assert_eq!(
        (code, answer.as_str()),
        (0, "guestbook (1.1.1) UNRELEASED: 1 change added in a new entry\n")
    );
}

/// The one document of a package that `build` wrote, unpacked.
fn packed_changelog(context: &Context, args: &[&str]) -> String {
    let lock = "lock-version = \"1.0\"\ncreated-by = \"test\"\npackages = []\n";
    std::fs::write(context.folder.path().join("pylock.toml"), lock).expect("written");
    let args = [&["build", "--offline", "--output", "out", "--cache", "cache"], args].concat();
    let built = context
        .command(env!("CARGO_BIN_EXE_pydeploy"), &args)
        .output()
        .expect("pydeploy runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let script = "dpkg-deb --fsys-tarfile \"$1\" | tar -xO --wildcards '*/changelog.gz' | gzip -dc; rm -r out";
    let deb = String::from_utf8_lossy(&built.stdout).trim_end().to_owned();
    let unpacked = context
        .command("sh", &["-c", script, "sh", &deb])
        .output()
        .expect("sh runs");
    String::from_utf8_lossy(&unpacked.stdout).into_owned()
}

#[test]
fn a_package_of_a_snapshot_has_its_entry() {
    let context = Context::repository(&format!("{OPEN}{RELEASED}"));
    if context.command("dpkg-deb", &["--version"]).output().is_err() {
        eprintln!("skipped: dpkg-deb is not installed (package dpkg)");
        assert!(std::env::var_os("PYDEPLOY_ORACLE").is_none_or(|value| value != "1"));
        return;
    }
    let open = packed_changelog(&context, &[]);
    assert!(open.starts_with("guestbook (1.2.0~"), "{open}");
    let rest = open.split_once(") development; urgency=medium\n").expect("a heading").1;
    assert!(
        rest.starts_with("\n  * Messages may be longer.\n\n -- Ada Example <ada@example.org>  "),
        "{open}"
    );
    assert!(open.ends_with(&format!(" +0000\n\n{RELEASED}")), "{open}");
    let named = packed_changelog(&context, &["--version", "1.1.5"]);
    assert!(
        named.starts_with("guestbook (1.1.5) development; urgency=medium\n\n  * Messages"),
        "{named}"
    );
    std::fs::write(context.file(), RELEASED).expect("written");
    let released = packed_changelog(&context, &[]);
    assert!(released.starts_with("guestbook (1.1.0+0~"), "{released}");
    assert!(
        released.contains(".dirty) development; urgency=medium\n\n  * Snapshot of commit "),
        "{released}"
    );
    assert!(released.ends_with(&format!(" +0000\n\n{RELEASED}")), "{released}");
    assert_eq!(packed_changelog(&context, &["--version", "1.1.0"]), RELEASED);
}
