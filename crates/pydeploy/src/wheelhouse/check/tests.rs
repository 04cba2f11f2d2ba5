use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{CheckOptions, CheckReport, check};
use crate::config::{Waiver, Waivers};
use crate::digest::Sha256;
use crate::python::elf_testing::{AARCH64, ElfBuilder, X86_64};
use crate::python::testing::WheelBuilder;
use crate::python::{Requirement, Target};
use crate::wheelhouse::{FetchOptions, Lock, SelectOptions};

/// A wheelhouse with its lock.
struct House {
    dir: TempDir,
    lock: String,
    targets: Vec<Target>,
    requirements: Vec<Requirement>,
    waivers: Waivers,
}

fn house() -> House {
    House {
        dir: tempfile::tempdir().unwrap(),
        lock: "lock-version = \"1.0\"\n".to_owned(),
        targets: vec!["debian12".parse().unwrap()],
        requirements: Vec::new(),
        waivers: Waivers::default(),
    }
}

fn named(name: &str) -> WheelBuilder {
    WheelBuilder::named(name, "1.0")
}

/// With lines added to its METADATA.
fn saying(mut wheel: WheelBuilder, lines: &str) -> WheelBuilder {
    wheel.metadata += lines;
    wheel
}

impl House {
    fn wheel(mut self, wheel: &WheelBuilder) -> Self {
        let path = wheel.write(self.dir.path());
        self.lock(wheel, Sha256::of(&fs::read(path).unwrap()));
        self
    }

    fn lock(&mut self, wheel: &WheelBuilder, sha256: Sha256) {
        let (file, name) = (&wheel.file, wheel.file.split('-').next().unwrap());
        self.lock += &format!(
            "[[packages]]\nname = \"{name}\"\nwheels = [{{ path = \"{file}\", hashes.sha256 = \"{sha256}\" }}]\n"
        );
    }

    fn waive(mut self, package: &str, finding: &str) -> Self {
        let waiver = Waiver {
            findings: [serde_json::from_str(&format!("\"{finding}\"")).unwrap()].into(),
            version: None,
            reason: "known".to_owned(),
        };
        self.waivers.0.insert(package.parse().unwrap(), waiver);
        self
    }

    fn requirement(mut self, text: &str) -> Self {
        self.requirements.push(text.parse().unwrap());
        self
    }

    fn report(&self) -> CheckReport {
        let dir = self.dir.path();
        let lock = Lock::parse("pylock.toml".as_ref(), &self.lock).unwrap();
        let options = CheckOptions {
            lock: &lock,
            targets: &self.targets,
            select: &SelectOptions::default(),
            requirements: &self.requirements,
            folder: None,
            places: &FetchOptions::new(&dir.join("cache"), dir),
            waivers: &self.waivers,
        };
        check(&options).unwrap()
    }

    #[track_caller]
    fn finds(&self, expect: &[&str]) {
        let prefix = format!("{}/", self.dir.path().display());
        let text = self.report().to_string().replace(&prefix, "");
        assert_eq!(text.lines().collect::<Vec<_>>(), expect);
    }
}

#[test]
fn a_closed_wheelhouse_is_clean() {
    let one = saying(named("one"), "Requires-Dist: Two>=1\nRequires-Python: >=3.9\n");
    let house = house().wheel(&one).wheel(&named("two")).requirement("one");
    house.finds(&[]);
    let report = house.report();
    assert!(report.is_clean());
    assert_eq!((report.wheels, report.targets), (2, vec!["debian12".to_owned()]));
}

#[test]
fn everything_is_found_at_once() {
    let one = saying(
        named("one"),
        "Requires-Dist: two>=2\nRequires-Dist: three; python_version > '3'\n",
    );
    let old = saying(named("two"), "Requires-Python: <3\n");
    let mut house = house().wheel(&one).wheel(&old).requirement("four");
    let (gone, changed) = (named("gone"), named("changed"));
    house.lock(&gone, Sha256::of(b""));
    house.lock(&changed, Sha256::of(b""));
    let sha256 = Sha256::of(&fs::read(changed.write(house.dir.path())).unwrap());
    named("stray").write(house.dir.path());
    let changed = format!(
        "hash: changed-1.0-py3-none-any.whl has sha256 {sha256}, the lock says {} (debian12)",
        Sha256::of(b"")
    );
    house.finds(&[
        "missing: gone-1.0-py3-none-any.whl is not there; `pydeploy wheelhouse fetch` fetches it (debian12)",
        "unknown: stray-1.0-py3-none-any.whl is not in the lock",
        &changed,
        "requirement: the project requires `four`, no four is locked (debian12)",
        "requirement: one-1.0-py3-none-any.whl requires `three; python_version > '3'`, no three is locked (debian12)",
        "requirement: one-1.0-py3-none-any.whl requires `two>=2`, two 1.0 is locked (debian12)",
        "requires-python: two-1.0-py3-none-any.whl is for Python <3, not 3.11.2 (debian12)",
    ]);
}

#[test]
fn targets_are_judged_each_and_told_together() {
    let needs = "Requires-Dist: async-timeout; python_full_version < '3.11.3'\nRequires-Dist: never\n";
    let mut house = house().wheel(&saying(named("redis"), needs));
    house.targets.push("ubuntu24.04".parse().unwrap());
    house.finds(&[
        "requirement: redis-1.0-py3-none-any.whl requires `async-timeout; python_full_version < '3.11.3'`, \
         no async-timeout is locked (debian12)",
        "requirement: redis-1.0-py3-none-any.whl requires `never`, no never is locked (debian12, ubuntu24.04)",
    ]);
}

#[test]
fn two_versions_and_wheels_that_do_not_fit_are_found_by_the_lock() {
    let two = house().wheel(&named("two")).wheel(&WheelBuilder::named("two", "2.0"));
    two.finds(&["lock: pylock.toml:5: two is already on line 2, and both are for debian12 (debian12)"]);
    let mut windows = named("win");
    windows.file = "win-1.0-cp311-cp311-win_amd64.whl".to_owned();
    let report = house().wheel(&windows).report();
    assert!(report.findings[0].message.contains("win has no wheel for debian12"));
}

#[test]
fn bytes_that_contradict_the_record_are_found_member_by_member() {
    let good = named("bad")
        .file("bad/a.py", "a")
        .file("bad/b.py", "b")
        .file("bad/c.py", "c");
    let mut bad = good.clone();
    bad.record = good
        .all_entries()
        .last()
        .map(|record| String::from_utf8(record.bytes.clone()).unwrap());
    for name in ["bad/a.py", "bad/c.py"] {
        let entry = bad
            .entries
            .iter_mut()
            .find(|entry| entry.name == name.as_bytes())
            .unwrap();
        entry.bytes = b"x".to_vec();
    }
    let house = house().wheel(&bad);
    let report = house.report();
    let lines: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("record: bad-1.0-py3-none-any.whl: RECORD: `bad/a.py`: the sha256 is"));
    assert!(lines[1].contains("`bad/c.py`"));
    assert_eq!(house.waive("bad", "record").report().waived.len(), 2);
}

#[test]
fn files_that_are_no_wheels_are_found() {
    let mut house = house();
    let torn = named("torn");
    house.lock(&torn, Sha256::of(b"PK"));
    torn.write_bytes(house.dir.path(), b"PK");
    let odd = saying(named("odd"), "Requires-Dist: not a requirement\n");
    let report = house.wheel(&odd).report();
    let lines: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    assert!(
        lines[0].starts_with("wheel: torn-1.0-py3-none-any.whl: it is not a zip archive"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("requirement: odd-1.0-py3-none-any.whl: requirement `not a requirement`"));
}

#[test]
fn wheels_that_bring_one_path_are_found() {
    let (one, two) = (named("one"), named("two"));
    let house = house()
        .wheel(&one.file("tests/__init__.py", "").file("flat", ""))
        .wheel(&two.file("tests/__init__.py", "").file("flat/module.py", ""));
    let expect = |path: &str| {
        let site = "lib/python3.11/site-packages";
        format!(
            "collision: one-1.0-py3-none-any.whl and two-1.0-py3-none-any.whl both bring `{site}/{path}` (debian12)"
        )
    };
    house.finds(&[&expect("flat"), &expect("tests/__init__.py")]);
    let waived = house.waive("one", "collision");
    let expect = |path: &str| format!("waived {}: known", expect(path));
    waived.finds(&[&expect("flat"), &expect("tests/__init__.py")]);
    assert!(waived.report().is_clean());
}

#[test]
fn a_waiver_that_nothing_needs_is_shown() {
    let house = house().wheel(&named("one")).waive("one", "glibc");
    house.finds(&["unused: the waiver for one is not needed"]);
    assert!(house.report().is_clean());
}

/// An ELF file for a machine that needs versions of `libc.so.6`.
fn elf(machine: u16, versions: &[&str]) -> Vec<u8> {
    ElfBuilder::new(machine).needs("libc.so.6", versions).build()
}

#[test]
fn a_compiled_file_that_cannot_be_read_is_found_unless_it_is_waived() {
    let mut damaged = elf(X86_64, &["GLIBC_2.17"]);
    damaged.truncate(100);
    let house = house().wheel(&named("cut").file("cut/_x.so", damaged));
    let says = "elf: cut-1.0-py3-none-any.whl: cut/_x.so cannot be read as a compiled file: ";
    let report = house.report().to_string();
    assert!(report.starts_with(says) && report.lines().count() == 1, "{report}");
    let house = house.waive("cut", "elf");
    assert!(house.report().is_clean());
}

#[test]
fn compiled_files_have_to_fit_the_machine_and_its_c_library() {
    let new = named("new").file("new/_x.so", elf(X86_64, &["GLIBC_2.2.5", "GLIBC_2.38", "GLIBC_2.34"]));
    let both = named("both")
        .file("both/x.so", elf(X86_64, &["GLIBC_2.36"]))
        .file("both/a.so", elf(AARCH64, &["GLIBC_2.99"]));
    let mut house = house()
        .wheel(&new)
        .wheel(&both)
        .wheel(&named("arm").file("arm.so", elf(AARCH64, &[])));
    house.targets.push("ubuntu24.04".parse().unwrap());
    house.targets.push("debian11".parse().unwrap());
    house.finds(&[
        "glibc: both-1.0-py3-none-any.whl: both/x.so needs glibc 2.36, there is 2.31 (debian11)",
        "glibc: new-1.0-py3-none-any.whl: new/_x.so needs glibc 2.38, there is 2.31 (debian11)",
        "glibc: new-1.0-py3-none-any.whl: new/_x.so needs glibc 2.38, there is 2.36 (debian12)",
        "machine: arm-1.0-py3-none-any.whl: arm.so is not for x86_64 (debian11, debian12, ubuntu24.04)",
    ]);
}

#[test]
fn a_wheelhouse_can_be_a_folder_of_its_own() {
    let mut house = house();
    let wheel = named("one");
    let folder = house.dir.path().join("house");
    fs::create_dir(&folder).unwrap();
    let path = wheel.write(&folder);
    house.lock(&wheel, Sha256::of(&fs::read(path).unwrap()));
    named("stray").write(&folder);
    fs::write(folder.join("one-1.0-py3-none-any.whl.metadata"), "").unwrap();
    let lock = Lock::parse("pylock.toml".as_ref(), &house.lock).unwrap();
    let places = FetchOptions::new(&PathBuf::from("/nonexistent"), house.dir.path());
    let options = CheckOptions {
        lock: &lock,
        targets: &house.targets,
        select: &SelectOptions::default(),
        requirements: &[],
        folder: Some(&folder),
        places: &places,
        waivers: &Waivers(BTreeMap::new()),
    };
    let report = check(&options).unwrap();
    assert_eq!(report.findings.len(), 1);
    assert!(
        report.findings[0]
            .to_string()
            .ends_with("stray-1.0-py3-none-any.whl is not in the lock")
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["findings"][0]["kind"], "unknown");
}

#[test]
fn what_is_pinned_by_hashes_alone_is_found_in_a_folder() {
    let house = house().requirement("one").requirement("two");
    let wheel = named("one");
    let sha256 = Sha256::of(&fs::read(wheel.write(house.dir.path())).unwrap());
    let text = format!("one==1.0 --hash=sha256:{sha256}\ntwo==2.0 --hash=sha256:{sha256}\n");
    let lock = Lock::parse("requirements.txt".as_ref(), &text).unwrap();
    let places = FetchOptions::new(&house.dir.path().join("cache"), house.dir.path());
    let options = CheckOptions {
        lock: &lock,
        targets: &house.targets,
        select: &SelectOptions::default(),
        requirements: &house.requirements,
        folder: Some(house.dir.path()),
        places: &places,
        waivers: &house.waivers,
    };
    let report = check(&options).unwrap();
    let expect = "missing: two 2.0 is not there; `pydeploy wheelhouse fetch` fetches it (debian12)\n";
    assert_eq!((report.to_string().as_str(), report.wheels), (expect, 1));
}

#[test]
fn a_waived_record_hides_nothing_else() {
    let mut bad = saying(named("bad"), "Requires-Dist: gone\n").file("tests/a.py", "");
    bad.record = Some("x,,\n".to_owned());
    let house = house().wheel(&bad).wheel(&named("other").file("tests/a.py", ""));
    let house = house.waive("bad", "record");
    let report = house.report();
    let lines: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "requirement: bad-1.0-py3-none-any.whl requires `gone`, no gone is locked (debian12)",
            "collision: bad-1.0-py3-none-any.whl and other-1.0-py3-none-any.whl both bring \
             `lib/python3.11/site-packages/tests/a.py` (debian12)",
        ]
    );
    assert_eq!(report.waived.len(), 4);
}

#[test]
fn a_folder_has_to_have_every_wheel_itself_and_each_is_counted_once() {
    let mut house = house();
    house.targets.push("debian13".parse().unwrap());
    let (one, two) = (named("one"), named("two"));
    let (folder, cache) = (house.dir.path().join("house"), house.dir.path().join("cache"));
    fs::create_dir(&folder).unwrap();
    let mut files = Vec::new();
    for wheel in [&one, &two] {
        let sha256 = Sha256::of(&wheel.bytes());
        let digits = sha256.to_string();
        let cached = cache.join("wheels/sha256").join(&digits[..2]).join(&digits);
        fs::create_dir_all(&cached).unwrap();
        wheel.write(&cached);
        files.push((wheel.file.clone(), sha256));
    }
    let package = |name: &str, marker: &str, (file, sha256): &(String, Sha256)| {
        format!(
            "[[packages]]\nname = \"{name}\"\n{marker}wheels = [{{ name = \"{file}\", hashes.sha256 = \"{sha256}\" }}]\n"
        )
    };
    house.lock += &package("one", "", &files[0]);
    house.lock += &package("two", "marker = \"python_version == '3.11'\"\n", &files[1]);
    let report = house.report();
    assert_eq!((report.to_string(), report.wheels), (String::new(), 2));
    assert_eq!(report.wheels_of.into_values().collect::<Vec<_>>(), [2, 1]);
    one.write(&folder);
    let lock = Lock::parse("pylock.toml".as_ref(), &house.lock).unwrap();
    let options = CheckOptions {
        lock: &lock,
        targets: &house.targets,
        select: &SelectOptions::default(),
        requirements: &[],
        folder: Some(&folder),
        places: &FetchOptions::new(&cache, house.dir.path()),
        waivers: &house.waivers,
    };
    let report = check(&options).unwrap();
    let expect = "missing: two-1.0-py3-none-any.whl is not in the folder; `pydeploy wheelhouse fetch --output` puts it there \
                  (debian12)\n";
    assert_eq!((report.to_string().as_str(), report.wheels), (expect, 1));
}
