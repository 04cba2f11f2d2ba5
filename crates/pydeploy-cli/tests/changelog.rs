//! `pydeploy changelog`, as a person or a script meets it.
#![allow(clippy::print_stderr, reason = "a check that could not run says so")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const RELEASED: &str = "\
guestbook (1.1.0) staging; urgency=medium

  * Entries can be searched.

 -- Ada Example <ada@example.org>  Tue, 06 Oct 2026 11:32:10 +0200

guestbook (1.0.0) staging; urgency=low

  * First release.

 -- Ada Example <ada@example.org>  Thu, 03 Sep 2026 09:14:57 +0200
";

const OPEN: &str = "\
guestbook (1.2.0) UNRELEASED; urgency=medium

  * Messages may be longer.

 -- Ada Example <ada@example.org>  Fri, 20 Nov 2026 16:05:42 +0100

";

const PROJECT: &str = "\
[project]
name = \"guestbook\"

[tool.pydeploy]
targets = [\"debian12\"]

[tool.pydeploy.service]
command = [\"python\", \"-m\", \"http.server\"]
";

/// A folder with a changelog, a person and a time.
struct Context {
    folder: TempDir,
    variables: Vec<(&'static str, &'static str)>,
}

impl Context {
    fn new(changelog: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("debian")).expect("a folder");
        let context = Self {
            folder,
            variables: vec![
                ("DEBFULLNAME", "Grace Example"),
                ("DEBEMAIL", "grace@example.org"),
                ("SOURCE_DATE_EPOCH", "1800000000"),
            ],
        };
        std::fs::write(context.file(), changelog).expect("written");
        context
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("debian/changelog")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.file()).expect("text")
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C.UTF-8")
            .envs(self.variables.iter().copied());
        command
    }

    fn git(&self, args: &[&str]) {
        let mut git = self.command("git", args);
        for (name, value) in [
            ("GIT_AUTHOR_NAME", "Ada Example"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Ada Example"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
            ("GIT_AUTHOR_DATE", "2026-11-21T09:30:00Z"),
            ("GIT_COMMITTER_DATE", "2026-11-21T09:30:00Z"),
        ] {
            git.env(name, value);
        }
        assert!(git.output().expect("git runs").status.success(), "{args:?}");
    }

    /// A repository with the folder as its one commit, tagged `v1.1.0`.
    fn repository(changelog: &str) -> Self {
        let context = Self::new(changelog);
        std::fs::write(context.folder.path().join("pyproject.toml"), PROJECT).expect("written");
        context.git(&["init", "--quiet", "--initial-branch=main"]);
        context.git(&["add", "."]);
        context.git(&["commit", "--quiet", "--message=All of it"]);
        context.git(&["tag", "v1.1.0"]);
        context
    }

    fn commit(&self, message: &str, author: &str) {
        std::fs::write(self.folder.path().join("file"), message).expect("written");
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message", message, "--author", author]);
    }

    /// Exit code, standard output and standard error of `pydeploy changelog …`.
    fn run(&self, args: &[&str]) -> (i32, String, String) {
        self.run_with(args, b"")
    }

    fn run_with(&self, args: &[&str], input: &[u8]) -> (i32, String, String) {
        let mut pydeploy = self.command(env!("CARGO_BIN_EXE_pydeploy"), &["changelog"]);
        let pydeploy = pydeploy.args(args).stdin(Stdio::piped());
        let mut child = pydeploy
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("pydeploy runs");
        let mut stdin = child.stdin.take().expect("its input");
        // Who does not read its input closes it.
        drop(stdin.write_all(input));
        drop(stdin);
        let output = child.wait_with_output().expect("pydeploy ends");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let code = output.status.code().expect("a code");
        (code, text(output.stdout), text(output.stderr))
    }

    #[track_caller]
    fn check(&self, args: &[&str], code: i32, stdout: &str, stderr: &str) {
        let seen = self.run(args);
        assert_eq!(seen, (code, stdout.to_owned(), stderr.to_owned()), "{args:?}");
        let folder = self.file().with_file_name("");
        let files = std::fs::read_dir(folder).expect("a folder").count();
        assert_eq!(files, 1, "a file was left beside the changelog");
    }
}

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

#[test]
fn add_extends_the_open_entry() {
    let context = Context::new(format!("{OPEN}{RELEASED}"));
    context.check(
        &["add", "Guests", "get", "a mail.", "--version", "1.2.0"],
        0,
        "guestbook (1.2.0) UNRELEASED: 1 change added\n",
        "",
    );
    let sections =
        "\n  [ Ada Example ]\n  * Messages may be longer.\n\n  [ Grace Example ]\n  * Guests get a mail.\n\n";
    assert_eq!(
        context.text(),
        format!(
            "{}{RELEASED}",
            OPEN.replace("\n  * Messages may be longer.\n\n", sections)
        )
    );
    let (code, json, stderr) = context.run(&[
        "add",
        "More.",
        "--urgency",
        "high",
        "--version",
        "2.0",
        "--format",
        "json",
        "--maintainer",
        "Eve <eve@example.org>",
    ]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(
        json.contains("\"version\": \"2.0\"") && json.contains("\"urgency\": \"high\""),
        "{json}"
    );
    let text = context.text();
    assert!(text.starts_with("guestbook (2.0) UNRELEASED; urgency=high\n"), "{text}");
    assert!(
        text.contains("  * Guests get a mail.\n\n  [ Eve ]\n  * More.\n\n -- Ada Example"),
        "{text}"
    );
}

#[test]
fn add_opens_an_entry_after_a_release() {
    let context = Context::new(RELEASED);
    let answer = "guestbook (1.1.1) UNRELEASED: 1 change added in a new entry\n";
    context.check(&["add", "Guests get a mail."], 0, answer, "");
    let entry = "guestbook (1.1.1) UNRELEASED; urgency=medium\n\n  * Guests get a mail.\n\n \
                 -- Grace Example <grace@example.org>  Fri, 15 Jan 2027 08:00:00 +0000\n\n";
    assert_eq!(context.text(), format!("{entry}{RELEASED}"));
}

#[test]
fn add_refuses_what_would_be_wrong() {
    let context = Context::new(RELEASED);
    context.check(
        &["add", "x", "--version", "1.0.9"],
        3,
        "",
        "error: debian/changelog: 1.0.9 is not above 1.1.0\n\
         hint: choose a version above 1.1.0, or allow a lower one\n",
    );
    assert_eq!(context.run(&["add", "x", "--version", "1_0"]).0, 2);
    assert_eq!(context.run(&["add"]).0, 2);
    assert_eq!(context.text(), RELEASED);
    assert_eq!(
        context
            .run(&["add", "x", "--version", "1.0.9", "--allow-lower-version"])
            .0,
        0
    );

    let context = Context::new(RELEASED.replace("1.1.0", "1.1a"));
    context.check(
        &["add", "x"],
        3,
        "",
        "error: debian/changelog: what follows 1.1a is not plain to see\nhint: name the version with `--version`\n",
    );
    let mut context = Context::new(RELEASED);
    context.variables.clear();
    context.check(
        &["add", "x"],
        2,
        "",
        "error: nobody is named as the maintainer\n\
         hint: set DEBFULLNAME and DEBEMAIL, or git's user.name and user.email, or pass `--maintainer`\n",
    );
    context.variables = vec![("DEBFULLNAME", "Grace"), ("DEBEMAIL", "grace")];
    context.check(
        &["add", "x"],
        1,
        "",
        "error: `grace` is not an address\nhint: write an address such as `name@example.org`\n",
    );
    std::fs::remove_file(context.file()).expect("removed");
    let (code, _, stderr) = context.run(&["add", "x"]);
    assert_eq!(code, 1);
    assert!(stderr.starts_with("error: cannot read debian/changelog: "), "{stderr}");
    assert!(stderr.contains("\nhint: "), "{stderr}");
}

#[test]
fn add_takes_commits_from_git_once() {
    let context = Context::repository(RELEASED);
    context.commit("Guests get a mail.", "Eve Example <eve@example.org>");
    context.commit("Mails have a footer.", "Grace Example <grace@example.org>");
    context.commit(
        "Guests can stop the mails that they do not want any more, in one-click style.",
        "Eve Example <eve@example.org>",
    );
    let answer = "guestbook (1.1.1) UNRELEASED: 3 changes added in a new entry\n";
    context.check(&["add", "--from-git"], 0, answer, "");
    let entry = "\
guestbook (1.1.1) UNRELEASED; urgency=medium

  [ Eve Example ]
  * Guests get a mail.
  * Guests can stop the mails that they do not want any more, in one-
    click style.

  [ Grace Example ]
  * Mails have a footer.

 -- Grace Example <grace@example.org>  Fri, 15 Jan 2027 08:00:00 +0000

";
    assert_eq!(context.text(), format!("{entry}{RELEASED}"));
    let answer = "guestbook (1.1.1) UNRELEASED: nothing to add\n";
    context.check(&["add", "--from-git"], 0, answer, "");
    context.git(&["tag", "--delete", "v1.1.0"]);
    context.check(
        &["add", "--from-git"],
        1,
        "",
        "error: no tag of the git repository of . names the version 1.1.0\n\
         hint: tag the release, or fetch its tag: `git fetch --tags`\n",
    );
}

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
