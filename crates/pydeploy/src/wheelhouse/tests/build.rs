//! Source distributions, with a builder that does what a test tells it to.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::digest::Sha256;
use crate::event::{Event, Silent};
use crate::python::testing::WheelBuilder;
use crate::sys::process::{CommandError, Invocation, Output, Runner};
use crate::wheelhouse::fetch::fetch_with;
use crate::wheelhouse::{FetchError, FetchOptions, PinnedSdist, Selection, Wheelhouse};

const HERE: &str = "cpython 3.11.2 x86_64 glibc 2.36\n";

/// A machine with an interpreter, and perhaps with uv.
struct Machine {
    environment: &'static str,
    has_uv: bool,
    makes: Vec<WheelBuilder>,
    asked: RefCell<Vec<Invocation>>,
}

impl Machine {
    fn new(makes: &[WheelBuilder]) -> Self {
        Self {
            environment: HERE,
            has_uv: true,
            makes: makes.to_vec(),
            asked: RefCell::default(),
        }
    }

    /// Programs and their first words, in order.
    fn asked(&self) -> Vec<String> {
        let asked = self.asked.take();
        asked
            .iter()
            .map(|asked| asked.to_string().split(' ').take(4).collect::<Vec<_>>().join(" "))
            .collect()
    }
}

impl Runner for Machine {
    fn run(&self, invocation: &Invocation) -> Result<Output, CommandError> {
        self.asked.borrow_mut().push(invocation.clone());
        let command = invocation.to_string();
        if command.starts_with("uv") && !self.has_uv {
            let source = std::io::ErrorKind::NotFound.into();
            return Err(CommandError::Start { command, source });
        }
        let stdout = match &command {
            text if text.contains(" -c ") => self.environment,
            text if text.ends_with("--version") => "uv 0.13.8 (x86_64)\n",
            _ => {
                let dir = command.split_once("-dir ").unwrap().1.split(' ').next().unwrap();
                self.makes.iter().for_each(|wheel| drop(wheel.write(dir.as_ref())));
                ""
            }
        };
        Ok(Output {
            stdout: stdout.into(),
            stderr: Vec::new(),
        })
    }
}

fn setup() -> (TempDir, FetchOptions, Selection) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("demo-1.0.tar.gz"), "source").unwrap();
    let sdist = PinnedSdist {
        file: "pylock.toml".into(),
        line: 1,
        name: "demo".parse().unwrap(),
        version: Some("1.0".parse().unwrap()),
        filename: "demo-1.0.tar.gz".to_owned(),
        url: None,
        path: Some("demo-1.0.tar.gz".into()),
        index: None,
        size: None,
        sha256: Sha256::of(b"source"),
        other_wheels: Vec::new(),
    };
    let selection = Selection {
        sdists: vec![sdist],
        ..Selection::default()
    };
    let options = FetchOptions::new(&dir.path().join("cache"), dir.path());
    (dir, options, selection)
}

fn run(machine: &Machine, selection: &Selection, options: &FetchOptions) -> Result<Wheelhouse, FetchError> {
    fetch_with(machine, selection, &"debian12".parse().unwrap(), options, &mut Silent)
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_wheel_is_built_once_and_says_where_it_comes_from() {
    let (dir, mut options, selection) = setup();
    options.index_url = Some("https://me:secret@packages.example/simple".parse().unwrap());
    let machine = Machine::new(&[WheelBuilder::new()]);
    let mut events = Vec::new();
    let target = "debian12".parse().unwrap();
    let wheelhouse = fetch_with(&machine, &selection, &target, &options, &mut events).unwrap();
    assert_eq!((wheelhouse.built, wheelhouse.wheels.len()), (1, 1));
    let text = "demo-1.0-py3-none-any.whl was built from demo-1.0.tar.gz by uv 0.13.8".to_owned();
    assert_eq!(events, [Event::Note { text }]);
    let provenance = wheelhouse.wheels[0].provenance.clone().unwrap();
    assert_eq!(provenance.sdist_sha256, Sha256::of(b"source"));
    assert_eq!(provenance.environment, HERE.trim());
    assert_eq!(provenance.sha256, Sha256::of(&WheelBuilder::new().bytes()));
    let asked = machine.asked.borrow();
    let build = &asked[1];
    assert_eq!(build.env[std::ffi::OsStr::new("SOURCE_DATE_EPOCH")], "315532800");
    assert!(!build.to_string().contains("secret") && format!("{:?}", build.env).contains("secret"));
    drop(asked);

    fs::remove_file(dir.path().join("demo-1.0.tar.gz")).unwrap();
    machine.asked();
    let again = run(&machine, &selection, &options).unwrap();
    assert_eq!((again.built, &again.wheels), (0, &wheelhouse.wheels));
    assert!(machine.asked().is_empty());
    assert!(names(&options.cache.join("staging")).is_empty());
}

#[test]
fn a_built_wheel_that_was_changed_is_built_again() {
    let (_dir, options, selection) = setup();
    let machine = Machine::new(&[WheelBuilder::new()]);
    let wheelhouse = run(&machine, &selection, &options).unwrap();
    fs::write(&wheelhouse.wheels[0].path, "x").unwrap();
    assert_eq!(run(&machine, &selection, &options).unwrap(), wheelhouse);
}

#[test]
fn without_uv_pip_builds() {
    let (_dir, options, selection) = setup();
    let mut machine = Machine::new(&[WheelBuilder::new()]);
    machine.has_uv = false;
    run(&machine, &selection, &options).unwrap();
    let asked = machine.asked();
    assert_eq!(
        asked[1..3],
        ["uv build --wheel --python", "/usr/bin/python3.11 -m pip wheel"]
    );
}

#[test]
fn a_source_that_is_pinned_by_its_hash_is_looked_up_and_built() {
    let (dir, mut options, _) = setup();
    options.find_links = vec![crate::wheelhouse::FindLinks::Folder(dir.path().to_owned())];
    let lock = format!("demo==1.0 --hash=sha256:{}\n", Sha256::of(b"source"));
    let lock = crate::wheelhouse::Lock::parse("requirements.txt".as_ref(), &lock).unwrap();
    let target = "debian12".parse().unwrap();
    let selection = lock.select_with(&target, &Default::default()).unwrap();
    options.offline = true;
    let machine = Machine::new(&[WheelBuilder::new()]);
    assert_eq!(run(&machine, &selection, &options).unwrap().built, 1);
}

#[test]
fn nothing_is_built_for_another_machine() {
    let (_dir, options, selection) = setup();
    let mut machine = Machine::new(&[WheelBuilder::new()]);
    machine.environment = "cpython 3.11.7 x86_64 glibc 2.36\n";
    let error = run(&machine, &selection, &options).unwrap_err().to_string();
    assert_eq!(
        error,
        "demo would have to be built for debian12 (cpython 3.11.2 x86_64 glibc 2.36), and here is cpython 3.11.7 x86_64 \
         glibc 2.36"
    );
    assert_eq!(machine.asked().len(), 1);
}

#[test]
fn what_a_build_makes_is_checked() {
    let (_dir, options, selection) = setup();
    let mut other_machine = WheelBuilder::new();
    other_machine.file = "demo-1.0-cp312-cp312-linux_x86_64.whl".to_owned();
    for (makes, expect) in [
        (vec![], "the build left no wheel, or several"),
        (
            vec![WheelBuilder::named("demo", "2.0")],
            "the build made demo-2.0-py3-none-any.whl",
        ),
        (
            vec![WheelBuilder::named("other", "1.0")],
            "the build made other-1.0-py3-none-any.whl",
        ),
        (vec![other_machine], "which does not run on debian12"),
    ] {
        let error = run(&Machine::new(&makes), &selection, &options)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("demo-1.0.tar.gz: ") && error.contains(expect),
            "{error}"
        );
        assert!(names(&options.cache.join("staging")).is_empty());
        assert!(!options.cache.join("built").exists());
    }
}

#[test]
fn what_a_killed_builder_left_is_removed() {
    let (_dir, options, selection) = setup();
    let staging = options.cache.join("staging");
    fs::create_dir_all(staging.join("left.build/work")).unwrap();
    fs::write(staging.join("left.part"), "").unwrap();
    run(&Machine::new(&[WheelBuilder::new()]), &selection, &options).unwrap();
    assert!(names(&staging).is_empty());
}
