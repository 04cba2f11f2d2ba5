//! A folder of its own, a frozen environment, and commands that end in text to compare.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder with files; commands run in it.
pub(crate) struct Context {
    dir: TempDir,
}

/// What a command left: its status, what it said as data, what it said to people.
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, stdout, stderr } = self;
        write!(f, "status {status}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}

impl Context {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        Self { dir }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    #[track_caller]
    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, content).expect("written");
    }

    /// Every file below the folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let (mut found, mut folders) = (Vec::new(), vec![self.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
                let path = entry.path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push(path.strip_prefix(self.path()).expect("below").display().to_string()),
                }
            }
        }
        found.sort();
        found
    }

    pub(crate) fn pydeploy(&self, args: &[&str]) -> Ended {
        self.pydeploy_reading(args, b"")
    }

    /// Runs the program with these bytes as its standard input.
    pub(crate) fn pydeploy_reading(&self, args: &[&str], input: &[u8]) -> Ended {
        self.run(Command::new(env!("CARGO_BIN_EXE_pydeploy")).args(args), input)
    }

    /// Runs git as Ada, at a time of hers.
    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) {
        let ended = self.run(Command::new("git").args(args), b"");
        assert_eq!(ended.status, 0, "{ended}");
    }

    /// Puts everything into a commit that was made at this time.
    #[track_caller]
    pub(crate) fn commit(&self, date: &str) {
        self.git(&["add", "--all"]);
        let mut git = Command::new("git");
        git.args(["commit", "--quiet", "--allow-empty", "--message=change"])
            .env("GIT_COMMITTER_DATE", date);
        let ended = self.run(&mut git, b"");
        assert_eq!(ended.status, 0, "{ended}");
    }

    /// Runs a command for which it is always the same time.
    pub(crate) fn run_at(&self, command: &mut Command, source_date_epoch: &str) -> Ended {
        self.run(command.env("SOURCE_DATE_EPOCH", source_date_epoch), b"")
    }

    /// Runs a command in the folder and the environment.
    pub(crate) fn run(&self, command: &mut Command, input: &[u8]) -> Ended {
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PYDEPLOY_")) {
            command.env_remove(name);
        }
        let frozen = [
            ("GIT_AUTHOR_NAME", "Ada Example"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_AUTHOR_DATE", "2016-10-09T12:00:00Z"),
            ("GIT_COMMITTER_NAME", "Ada Example"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("NO_COLOR", "1"),
        ];
        for (name, value) in frozen {
            if command.get_envs().all(|(set, _)| set != name) {
                command.env(name, value);
            }
        }
        if command.get_envs().all(|(set, _)| set != "SOURCE_DATE_EPOCH") {
            command.env_remove("SOURCE_DATE_EPOCH");
        }
        command.env("HOME", self.path()).current_dir(self.path());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("piped");
        let input = input.to_owned();
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("it ends");
        writer.join().expect("written");
        let here = self.path().display().to_string();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&here, "[DIR]");
        Ended {
            status: output.status.code().expect("no signal"),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}
