//! What is run, and what is made of it: the programs answer from files here, and really in `tests/oracle/lock.rs`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{ResolveError, ResolveOptions, Resolver, Upgrade};
use crate::python::Target;
use crate::sys::process::{CommandError, Invocation, Output, Runner};
use crate::wheelhouse::lock::{Lock, SelectOptions};

const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A program that writes an answer to where it is told to write, and keeps what it was asked.
type Answer<'a> = dyn Fn(&Asked) -> Result<String, &'static str> + 'a;

struct Fake<'a> {
    /// From what is asked to what is written.
    answer: Box<Answer<'a>>,
    asked: RefCell<Vec<Asked>>,
}

#[derive(Clone, Debug)]
struct Asked {
    program: String,
    args: Vec<String>,
    /// What the file to be written held before.
    held: Option<String>,
    env: Vec<(String, String)>,
}

impl Asked {
    fn line(&self) -> String {
        let shown = self.args.iter().map(|arg| match arg.contains(".staged-") {
            true => "STAGED",
            false => arg,
        });
        shown.collect::<Vec<_>>().join(" ")
    }
}

impl Runner for Fake<'_> {
    fn run(&self, invocation: &Invocation) -> Result<Output, CommandError> {
        let text = |text: &std::ffi::OsString| text.to_string_lossy().into_owned();
        let args: Vec<_> = invocation.args.iter().map(text).collect();
        let output = args
            .iter()
            .position(|arg| arg == "--output-file")
            .map(|at| PathBuf::from(&args[at + 1]));
        let asked = Asked {
            program: text(&invocation.program),
            held: output.as_ref().and_then(|path| std::fs::read_to_string(path).ok()),
            env: invocation
                .env
                .iter()
                .map(|(name, value)| (text(name), text(value)))
                .collect(),
            args,
        };
        self.asked.borrow_mut().push(asked.clone());
        match ((self.answer)(&asked), output) {
            (Ok(answer), Some(path)) => std::fs::write(path, answer).unwrap(),
            (Ok(answer), None) if asked.args[0] == "lock" => {
                std::fs::write(invocation.cwd.join("uv.lock"), answer).unwrap()
            }
            (Ok(answer), None) => {
                return Ok(Output {
                    stdout: answer.into_bytes(),
                    stderr: Vec::new(),
                });
            }
            (Err("missing"), _) => {
                return Err(CommandError::Start {
                    command: asked.program,
                    source: std::io::ErrorKind::NotFound.into(),
                });
            }
            (Err(stderr), _) => {
                return Err(CommandError::Failed {
                    command: asked.program,
                    status: Default::default(),
                    stderr: stderr.to_owned(),
                });
            }
        }
        Ok(Output::default())
    }
}

fn fake<'a>(answer: impl Fn(&Asked) -> Result<String, &'static str> + 'a) -> Fake<'a> {
    Fake {
        answer: Box::new(answer),
        asked: RefCell::default(),
    }
}

fn options(root: &Path, lock: &str, targets: &[&str]) -> ResolveOptions {
    ResolveOptions {
        root: root.to_owned(),
        lock: root.join(lock),
        targets: targets.iter().map(|name| name.parse().unwrap()).collect(),
        parts: SelectOptions::default(),
        upgrade: Upgrade::Nothing,
        from_source: BTreeSet::new(),
        index_url: None,
        offline: false,
    }
}

fn run(options: &ResolveOptions, fake: &Fake<'_>) -> Result<super::Locked, ResolveError> {
    Resolver::new(options, &|_| None, fake).lock()
}

/// A lock as uv writes it: `NAME VERSION` for each.
fn resolved(packages: &[(&str, &str)]) -> String {
    let package = |(name, version): &(&str, &str)| {
        format!(
            "[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\nwheels = [{{ url = \"https://f/{name}-{version}-py3-none-any.whl\", hashes = {{ sha256 = \"{HASH}\" }} }}]\n"
        )
    };
    "lock-version = \"1.0\"\n".to_owned() + &packages.iter().map(package).collect::<String>()
}

fn names(names: &[&str]) -> BTreeSet<crate::python::DistributionName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

#[test]
fn each_target_is_resolved_and_the_lock_written_once() {
    let dir = tempfile::tempdir().unwrap();
    let answer = |asked: &Asked| match asked.line().contains("3.11.2") {
        true => Ok(resolved(&[("a", "1"), ("b", "1")])),
        false => Ok(resolved(&[("a", "2")])),
    };
    let uv = fake(answer);
    let mut options = options(dir.path(), "pylock.toml", &["debian12", "debian13/arm64"]);
    options.parts.extras = names(&["fast"]);
    options.parts.groups = Some(names(&["prod"]));
    options.index_url = Some("https://me:secret@i/simple".parse().unwrap());
    let locked = run(&options, &uv).unwrap();
    assert!(locked.changed && locked.before.is_empty());
    assert_eq!(
        uv.asked.borrow()[1].line(),
        "pip compile --quiet --no-header --format pylock.toml --output-file STAGED --extra fast --group prod pyproject.toml \
         --python-version 3.13.5 --python-platform aarch64-manylinux_2_40 --only-binary :all:"
    );
    assert!(!uv.asked.borrow()[0].line().contains("secret"));
    let index = ("UV_DEFAULT_INDEX".to_owned(), "https://me:secret@i/simple".to_owned());
    assert!(uv.asked.borrow()[0].env.contains(&index));
    let lock = Lock::load(&options.lock).unwrap();
    let versions = |target: &str| -> Vec<String> {
        let pins = lock.select(&target.parse().unwrap()).unwrap();
        pins.iter().map(|pin| format!("{} {}", pin.name, pin.version)).collect()
    };
    assert_eq!(versions("debian12"), ["a 1", "b 1"]);
    assert_eq!(versions("debian13/arm64"), ["a 2"]);

    let again = run(&options, &uv).unwrap();
    assert!(!again.changed);
    assert_eq!(again.before, again.after);
    let held = uv.asked.borrow()[3].held.clone().unwrap();
    assert!(
        held.contains("version = \"2\"") && !held.contains("version = \"1\""),
        "{held}"
    );
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn upgrades_are_passed_on() {
    let dir = tempfile::tempdir().unwrap();
    let uv = fake(|_| Ok(resolved(&[("a", "1")])));
    let mut options = options(dir.path(), "pylock.toml", &["debian12"]);
    options.offline = true;
    for (upgrade, expect) in [
        (Upgrade::Nothing, "STAGED --offline pyproject.toml"),
        (Upgrade::All, "STAGED --upgrade --offline pyproject.toml"),
        (
            Upgrade::Names(names(&["A", "b"])),
            "STAGED --upgrade-package a --upgrade-package b --offline pyproject.toml",
        ),
    ] {
        options.upgrade = upgrade;
        run(&options, &uv).unwrap();
        let line = uv.asked.borrow().last().unwrap().line();
        assert!(line.contains(expect), "{line}");
    }
}

#[test]
fn a_source_distribution_is_taken_only_where_it_is_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let answer = |asked: &Asked| {
        let only_wheels = asked.line().contains("--only-binary b");
        let sdist = |name: &str| {
            format!(
                "[[packages]]\nname = \"{name}\"\nversion = \"2\"\nsdist = {{ url = \"https://f/{name}-2.tar.gz\", hashes = {{ sha256 = \"{HASH}\" }} }}\n"
            )
        };
        let b = if only_wheels { String::new() } else { sdist("b") };
        Ok(resolved(if only_wheels { &[("b", "1")] } else { &[] }) + &b + &sdist("a"))
    };
    let uv = fake(answer);
    let mut options = options(dir.path(), "pylock.toml", &["debian12"]);
    options.from_source = names(&["a"]);
    let locked = run(&options, &uv).unwrap();
    let selection = &locked.after[0].1;
    assert_eq!((selection.wheels.len(), selection.sdists.len()), (1, 1));
    assert_eq!(selection.sdists[0].name.as_str(), "a");
    assert_eq!(uv.asked.borrow().len(), 2);
    options.from_source.clear();
    assert!(!run(&options, &uv).unwrap().changed);
}

#[test]
fn a_failure_shows_why_and_leaves_the_lock() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path(), "pylock.toml", &["debian12"]);
    std::fs::write(&options.lock, resolved(&[("a", "1")])).unwrap();
    let uv =
        fake(|_| Err("error: No solution found\n  cause: Because there is no version of a==3, nothing can be done.\n"));
    let error = run(&options, &uv).unwrap_err();
    assert_eq!(error.to_string(), "the dependencies cannot be resolved for debian12");
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "No solution found\nBecause there is no version of a==3, nothing can be done."
    );
    assert!(error.hint().is_some());
    assert_eq!(std::fs::read_to_string(&options.lock).unwrap(), resolved(&[("a", "1")]));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn other_locks_are_written_by_uv_for_all_targets() {
    let dir = tempfile::tempdir().unwrap();
    let hashed = |version: &str| format!("a=={version} --hash=sha256:{HASH}\n");
    let uv = fake(|asked| Ok(hashed(if asked.held.is_some() { "2" } else { "1" })));
    let options = options(dir.path(), "requirements.txt", &["debian13", "debian11"]);
    assert!(run(&options, &uv).unwrap().changed);
    let line = uv.asked.borrow()[0].line();
    assert!(
        line.ends_with("pyproject.toml --generate-hashes --universal --python-version 3.9.2"),
        "{line}"
    );
    let second = run(&options, &uv).unwrap();
    assert_eq!(uv.asked.borrow()[1].held.as_deref(), Some(&*hashed("1")));
    assert_eq!(second.after[1].1.unlocated[0].hashes.version.to_string(), "2");

    let unpinned = fake(|_| Ok("a>=1\n".to_owned()));
    assert!(matches!(run(&options, &unpinned), Err(ResolveError::Lock(_))));
    assert_eq!(std::fs::read_to_string(&options.lock).unwrap(), hashed("2"));
}

#[test]
fn a_uv_lock_that_cannot_be_used_is_put_back() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path(), "uv.lock", &["debian12"]);
    let with = |source: &str| {
        format!(
            "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = {{ {source} }}\n[[package]]\nname = \"site\"\nsource = {{ virtual = \".\" }}\ndependencies = [{{ name = \"a\" }}]\n"
        )
    };
    let wheel = format!(
        "url = \"https://f/a-1-py3-none-any.whl\" }}\nwheels = [{{ url = \"https://f/a-1-py3-none-any.whl\", hash = \"sha256:{HASH}\" }}]\n#"
    );
    let good = with(&wheel);
    let uv = fake(|_| Ok(good.clone()));
    let locked = run(&options, &uv).unwrap();
    assert!(locked.changed);
    assert_eq!(locked.after[0].1.wheels.len(), 1);
    assert_eq!(uv.asked.borrow()[0].line(), "lock --quiet");
    let bad = fake(|_| Ok(with("git = \"https://h/a\"")));
    let error = run(&options, &bad).unwrap_err();
    assert!(error.to_string().contains("a is a git repository"), "{error}");
    assert_eq!(std::fs::read_to_string(&options.lock).unwrap(), good);
    let missing = fake(|_| Err("missing"));
    let error = run(&options, &missing).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`uv` is not installed, and only uv writes a lock of this kind"
    );
}

const REPORT: &str = r#"{"version": "1", "install": [
    {"download_info": {"url": "https://f/b-1-py3-none-any.whl", "archive_info": {"hashes": {"sha256": "HASH"}}},
     "metadata": {"name": "B", "version": "1"}},
    {"download_info": {"url": "file:///w/a-2%2Bx-py3-none-any.whl", "archive_info": {"hashes": {"sha256": "HASH"}}},
     "metadata": {"name": "a", "version": "2+x"}}]}"#;

#[test]
fn pip_resolves_where_there_is_no_uv() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(dir.path(), "pylock.toml", &["debian12"]);
    let pyproject = "[project]\ndependencies = [\"a>=1\"]\noptional-dependencies.Fast = [\"c\"]\noptional-dependencies.slow = [\"d\"]\n\
         [dependency-groups]\nprod = [\"e\", { include-group = \"base\" }]\nbase = [\"f\"]\n";
    std::fs::write(dir.path().join("pyproject.toml"), pyproject).unwrap();
    options.parts.extras = names(&["fast"]);
    options.parts.groups = Some(names(&["prod"]));
    let seen = RefCell::new(String::new());
    let answer = |asked: &Asked| match (&*asked.program, &*asked.args[0]) {
        ("uv", _) => Err("missing"),
        ("/usr/bin/python3.11", "-I") => Ok("3.11.2 x86_64\n".to_owned()),
        ("/usr/bin/python3.11", _) => {
            let file = asked.args.iter().position(|arg| arg == "--requirement").unwrap();
            *seen.borrow_mut() = std::fs::read_to_string(&asked.args[file + 1]).unwrap();
            match asked.args.iter().any(|arg| arg == "--constraint") {
                true => Err("it conflicts"),
                false => Ok(REPORT.replace("HASH", HASH)),
            }
        }
        _ => Err("missing"),
    };
    let pip = fake(answer);
    let locked = run(&options, &pip).unwrap();
    assert_eq!(*seen.borrow(), "a>=1\nc\ne\nf\n");
    let wheels = &locked.after[0].1.wheels;
    assert_eq!(wheels[0].path.as_deref(), Some(Path::new("/w/a-2+x-py3-none-any.whl")));
    assert_eq!((wheels[0].url.as_deref(), wheels[1].name.as_str()), (None, "b"));
    // The second time, what is locked bounds the versions at first.
    assert!(!run(&options, &pip).unwrap().changed);
    let programs: Vec<_> = pip.asked.borrow().iter().map(|asked| asked.program.clone()).collect();
    assert_eq!(programs.len(), 3 + 4);

    let refused = |target: &str, version: &'static str| {
        let other = fake(move |asked: &Asked| match &*asked.program {
            "uv" => Err("missing"),
            _ if version.is_empty() => Err("missing"),
            _ => Ok(version.to_owned()),
        });
        let mut options = options.clone();
        options.targets = vec![target.parse::<Target>().unwrap()];
        run(&options, &other).unwrap_err().to_string()
    };
    assert_eq!(
        refused("debian12", "3.11.7 x86_64"),
        "`uv` is not installed, and pip cannot resolve for debian12: /usr/bin/python3.11 is 3.11.7 x86_64"
    );
    assert_eq!(
        refused("debian13", ""),
        "`uv` is not installed, and pip cannot resolve for debian13: /usr/bin/python3.13 is not installed"
    );
}

#[test]
fn pip_writes_the_requirements_of_one_target() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(dir.path(), "requirements.txt", &["debian12"]);
    std::fs::write(dir.path().join("pyproject.toml"), "[project]\ndependencies = ['a']\n").unwrap();
    let bounds = RefCell::new(Vec::new());
    let pip = fake(|asked: &Asked| match (&*asked.program, &*asked.args[0]) {
        ("uv", _) => Err("missing"),
        (_, "-I") => Ok("3.11.2 x86_64\n".to_owned()),
        _ => {
            let file = asked.args.iter().position(|arg| arg == "--constraint");
            let read = |at: usize| std::fs::read_to_string(&asked.args[at + 1]).unwrap();
            bounds.borrow_mut().extend(file.map(read));
            Ok(REPORT
                .replace("HASH", HASH)
                .replace("file:///w/a-2%2Bx", "https://f/a-2"))
        }
    });
    assert!(run(&options, &pip).unwrap().changed);
    let text = std::fs::read_to_string(&options.lock).unwrap();
    let expect = format!("a==2+x \\\n    --hash=sha256:{HASH}\nb==1 \\\n    --hash=sha256:{HASH}\n");
    assert_eq!(text, expect);
    assert!(!run(&options, &pip).unwrap().changed);
    assert_eq!(*bounds.borrow(), ["a==2+x\nb==1\n"]);
    options.targets.push("debian13".parse().unwrap());
    assert_eq!(
        run(&options, &pip).unwrap_err().to_string(),
        "`uv` is not installed, and pip cannot resolve for several targets together"
    );
    assert_eq!(std::fs::read_to_string(&options.lock).unwrap(), expect);
}

#[test]
fn pip_is_not_asked_for_what_it_cannot_know() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path(), "pylock.toml", &["debian12"]);
    for (text, expect) in [
        (
            "[project]\ndynamic = ['dependencies']\n",
            "`project.dynamic` leaves dependencies to the build",
        ),
        (
            "[tool.uv.sources]\na = { path = '../a' }\n",
            "`tool.uv.sources` says where they come from",
        ),
    ] {
        std::fs::write(dir.path().join("pyproject.toml"), text).unwrap();
        let pip = fake(|asked: &Asked| match &*asked.program {
            "uv" => Err("missing"),
            _ => Ok("3.11.2 x86_64\n".to_owned()),
        });
        let error = run(&options, &pip).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("`uv` is not installed, and pip cannot resolve for debian12: {expect}")
        );
    }
}
