//! Real locks, written by uv and pip-compile: what we would install for a target beside what uv would, and the wheels
//! that we choose beside those that the Python package `packaging` selects.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use pydeploy::digest::Sha256;
use pydeploy::python::Target;
use pydeploy::python::WheelFilename;
use pydeploy::wheelhouse::{Lock, Pinned, ResolveOptions, SelectOptions, Selection, Upgrade, changes, lock, to_pylock};

use super::uv;

const TARGETS: [&str; 5] = [
    "debian11/arm64",
    "debian12",
    "debian13",
    "ubuntu22.04",
    "ubuntu24.04/arm64",
];

const PROJECT: &str = r#"
[project]
name = "site"
version = "1.0"
requires-python = ">=3.9"
dependencies = [
    "django>=4.2", "gunicorn", "redis", "psycopg[binary]", "numpy", "lxml", "zope.interface",
    "whitenoise; python_version >= '3.10'", "pywin32; sys_platform == 'win32'",
]

[project.optional-dependencies]
sentry = ["sentry-sdk[django]"]
cache = ["hiredis"]

[dependency-groups]
dev = ["pytest"]
prod = ["uvicorn[standard]"]
"#;

/// Runs `uv` in `dir` and returns what it wrote, its messages last.
#[track_caller]
fn uv(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("uv").args(args).current_dir(dir).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "uv {args:?}: {}", text(&output.stderr));
    text(&output.stdout) + &text(&output.stderr)
}

fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("pyproject.toml"), PROJECT).unwrap();
    uv(dir.path(), &["lock", "--quiet"]);
    uv(dir.path(), &["venv", "--quiet", "environment"]);
    dir
}

/// `name==version` of everything that uv would install from a requirements file.
fn installed_by_uv(dir: &Path, file: &str, target: &Target) -> BTreeSet<String> {
    let (major, minor) = target.glibc();
    // uv knows no later one.
    let platform = format!("{}-manylinux_{major}_{}", target.arch().machine(), minor.min(40));
    let python = target.python_full();
    let told = uv(
        dir,
        &[
            "pip",
            "sync",
            "--python",
            "environment/bin/python",
            "--dry-run",
            "--require-hashes",
            "--python-platform",
            &platform,
            "--python-version",
            &python,
            file,
        ],
    );
    let lines = told.lines().filter_map(|line| line.strip_prefix(" + "));
    lines.map(str::to_owned).collect()
}

fn selected(file: &Path, target: &Target, extras: &[&str], groups: &[&str]) -> Selection {
    let names = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
    let options = SelectOptions {
        extras: names(extras),
        groups: Some(names(groups)),
    };
    Lock::load(file).unwrap().select_with(target, &options).unwrap()
}

fn pinned(selection: &Selection) -> BTreeSet<String> {
    let wheels = selection
        .wheels
        .iter()
        .map(|pin| format!("{}=={}", pin.name, pin.version));
    let hashed = selection
        .unlocated
        .iter()
        .map(|found| format!("{}=={}", found.name, found.hashes.version));
    let sdists = selection
        .sdists
        .iter()
        .map(|sdist| format!("{}=={}", sdist.name, sdist.version.as_ref().unwrap()));
    wheels.chain(hashed).chain(sdists).collect()
}

#[test]
fn uv_installs_what_we_select_from_its_lock_and_its_exports() {
    if !uv::is_asked() {
        return;
    }
    let dir = project();
    let dir = dir.path();
    for (extras, groups) in [
        (&[][..], &[][..]),
        (&["sentry"], &["prod"]),
        (&["sentry", "cache"], &["dev", "prod"]),
    ] {
        let mut export = vec!["export", "--quiet", "--no-default-groups", "--output-file"];
        let parts = extras.iter().flat_map(|extra| ["--extra", extra]);
        let parts: Vec<_> = parts
            .chain(groups.iter().flat_map(|group| ["--group", group]))
            .collect();
        uv(dir, &[&export[..], &["requirements.txt"], &parts].concat());
        export.push("pylock.toml");
        uv(dir, &[&export[..], &parts].concat());
        for name in TARGETS {
            let target: Target = name.parse().unwrap();
            let theirs = installed_by_uv(dir, "requirements.txt", &target);
            assert!(theirs.len() >= 8, "{theirs:?}");
            for (file, extras, groups) in [
                ("uv.lock", extras, groups),
                ("requirements.txt", &[], &[]),
                ("pylock.toml", &[], &[]),
            ] {
                let ours = pinned(&selected(&dir.join(file), &target, extras, groups));
                assert_eq!(ours, theirs, "{file} {name} {parts:?}");
            }
        }
    }
}

#[test]
fn packaging_selects_the_wheels_that_we_select() {
    if !uv::is_asked() {
        return;
    }
    let dir = project();
    let dir = dir.path();
    uv(
        dir,
        &[
            "export",
            "--quiet",
            "--all-extras",
            "--all-groups",
            "--output-file",
            "pylock.toml",
        ],
    );
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/pylock.py");
    for name in TARGETS {
        let target: Target = name.parse().unwrap();
        let glibc = target.glibc().1.to_string();
        let arguments = ["pylock.toml", &target.python_full(), target.arch().machine(), &glibc];
        let python = [
            "run",
            "--quiet",
            "--no-project",
            "--python",
            ">=3.11",
            "--with",
            "packaging>=26.1",
            "python",
            script,
        ];
        let theirs = uv(dir, &[&python[..], &arguments].concat());
        let theirs: BTreeSet<_> = theirs.lines().map(str::to_owned).collect();
        let all = selected(&dir.join("pylock.toml"), &target, &[], &[]);
        let wheels = all.wheels.iter().map(|pin| pin.filename.to_string());
        let ours: BTreeSet<_> = wheels
            .chain(all.sdists.iter().map(|sdist| sdist.filename.clone()))
            .collect();
        assert_eq!(ours, theirs, "{name}");
    }
}

/// pip-compile evaluates markers for the interpreter that runs it, so that there is one target for its lock.
#[test]
fn uv_installs_what_we_select_from_what_pip_compile_writes() {
    if !uv::is_asked() {
        return;
    }
    let dir = project();
    let dir = dir.path();
    let compile = [
        "run",
        "--quiet",
        "--no-project",
        "--python",
        "3.11",
        "--with",
        "pip-tools>=7.5",
        "pip-compile",
        "--quiet",
        "--generate-hashes",
        "--extra",
        "sentry",
        "--output-file",
        "requirements.txt",
        "pyproject.toml",
    ];
    uv(dir, &compile);
    let target: Target = "debian12".parse().unwrap();
    let theirs = installed_by_uv(dir, "requirements.txt", &target);
    assert!(theirs.len() >= 8, "{theirs:?}");
    assert_eq!(
        pinned(&selected(&dir.join("requirements.txt"), &target, &[], &[])),
        theirs
    );
}

/// A wheel that lies beside the lock, and is named there by its path alone.
fn pin(dir: &Path, path: &Path) -> Pinned {
    let filename: WheelFilename = path.file_name().unwrap().to_str().unwrap().parse().unwrap();
    let bytes = fs::read(path).unwrap();
    Pinned {
        name: filename.name().clone(),
        version: filename.version().clone(),
        url: Some("https://nowhere.invalid/".to_owned() + filename.as_str()),
        path: Some(path.strip_prefix(dir).unwrap().to_owned()),
        index: None,
        size: Some(bytes.len() as u64),
        sha256: Sha256::of(&bytes),
        filename,
    }
}

#[test]
fn uv_and_pip_install_from_the_lock_that_we_write() {
    if !uv::is_asked() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let pip = [
        "run",
        "--quiet",
        "--no-project",
        "--python",
        "3.11",
        "--with",
        "pip>=26",
        "python",
        "-m",
        "pip",
        "--quiet",
    ];
    let download = [
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--dest",
        "wheels",
        "idna==3.10",
        "six==1.17.0",
    ];
    uv(dir, &[&pip[..], &download].concat());
    let mut wheels: Vec<_> = fs::read_dir(dir.join("wheels"))
        .unwrap()
        .map(|entry| pin(dir, &entry.unwrap().path()))
        .collect();
    wheels.sort_by(|a, b| a.name.cmp(&b.name));
    let on_debian12 = Selection {
        wheels: wheels.clone(),
        ..Selection::default()
    };
    let on_debian13 = Selection {
        wheels: wheels[..1].to_vec(),
        ..Selection::default()
    };
    let parts = [
        ("debian12".parse().unwrap(), on_debian12),
        ("debian13".parse().unwrap(), on_debian13),
    ];
    fs::write(dir.join("pylock.toml"), to_pylock(&parts).unwrap()).unwrap();

    uv(dir, &["venv", "--quiet", "--python", "3.11", "by-uv"]);
    uv(
        dir,
        &[
            "pip",
            "install",
            "--quiet",
            "--offline",
            "--python",
            "by-uv",
            "--requirements",
            "pylock.toml",
        ],
    );
    uv(dir, &["venv", "--quiet", "--python", "3.11", "by-pip"]);
    let install = [
        "--python",
        "by-pip",
        "install",
        "--no-index",
        "--requirement",
        "pylock.toml",
    ];
    uv(dir, &[&pip[..], &install].concat());
    for environment in ["by-uv", "by-pip"] {
        let frozen = uv(dir, &["pip", "freeze", "--quiet", "--python", environment]);
        let names: Vec<_> = frozen
            .lines()
            .filter_map(|line| line.split([' ', '=']).next())
            .collect();
        assert_eq!(names, ["idna", "six"], "{environment}");
    }
}

fn versions(lock: &Path, target: &str) -> Vec<String> {
    let pins = Lock::load(lock).unwrap().select(&target.parse().unwrap()).unwrap();
    pins.iter()
        .map(|pin| format!("{}=={}", pin.name, pin.version))
        .collect()
}

#[test]
fn uv_resolves_for_each_target_and_keeps_what_is_locked() {
    if !uv::is_asked() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let write = |dependencies: &str| {
        let text = format!(
            "[project]\nname = \"site\"\nversion = \"1\"\nrequires-python = \">=3.9\"\ndependencies = [{dependencies}]\n"
        );
        fs::write(dir.join("pyproject.toml"), text).unwrap();
    };
    let mut options = ResolveOptions {
        root: dir.to_owned(),
        lock: dir.join("pylock.toml"),
        targets: ["debian11/arm64", "debian12", "debian13"]
            .iter()
            .map(|name| name.parse().unwrap())
            .collect(),
        parts: SelectOptions::default(),
        upgrade: Upgrade::Nothing,
        from_source: BTreeSet::new(),
        index_url: None,
        offline: false,
    };
    let run = |options: &ResolveOptions| lock(options, &|_| None);
    // redis wants async-timeout below Python 3.11.3.
    write("\"idna==3.9\", \"redis==5.2.1\", \"async-timeout==5.0.1; python_version < '0'\"");
    assert!(run(&options).unwrap().changed);
    assert_eq!(
        versions(&options.lock, "debian11/arm64")[1..],
        ["idna==3.9", "redis==5.2.1"]
    );
    assert_eq!(versions(&options.lock, "debian12")[1..], ["idna==3.9", "redis==5.2.1"]);
    assert_eq!(versions(&options.lock, "debian13"), ["idna==3.9", "redis==5.2.1"]);

    write("\"idna\", \"redis\"");
    assert!(!run(&options).unwrap().changed);
    options.upgrade = Upgrade::Names(["idna".parse().unwrap()].into());
    let locked = run(&options).unwrap();
    let changed: Vec<_> = changes(&locked.before, &locked.after)
        .iter()
        .map(|change| change.name.to_string())
        .collect();
    assert!(
        changed.iter().all(|name| name == "idna") && !changed.is_empty(),
        "{changed:?}"
    );

    let before = fs::read(&options.lock).unwrap();
    write("\"idna==1900\"");
    let error = run(&options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the dependencies cannot be resolved for debian11/arm64"
    );
    let reason = std::error::Error::source(&error).unwrap().to_string();
    assert!(reason.contains("there is no version of idna==1900"), "{reason}");
    assert_eq!(fs::read(&options.lock).unwrap(), before);

    for (file, targets) in [("uv.lock", 3), ("requirements.txt", 3), ("requirements.txt", 1)] {
        write("\"idna==3.9\"");
        options.lock = dir.join(file);
        options.targets.truncate(targets);
        options.upgrade = Upgrade::All;
        run(&options).unwrap();
        assert!(!run(&options).unwrap().changed, "{file}");
        assert!(fs::read_to_string(&options.lock).unwrap().contains("idna"));
    }
}
