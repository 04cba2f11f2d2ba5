//! `pydeploy changelog`, as a person or a script meets it.
#![allow(clippy::print_stderr, reason = "a check that could not run says so")]

mod add;
mod check;
mod release;
mod show;

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
