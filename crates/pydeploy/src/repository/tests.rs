use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{InitOptions, Promotion, Repository, RepositoryError, Step, Suite};
use crate::artifact::deb::testing::{control, deb};
use crate::{Timestamp, exit};

const START: i64 = 1_476_025_815;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(START + seconds).unwrap()
}

fn repository(dir: &Path) -> Repository {
    let options = InitOptions {
        origin: "Example".to_owned(),
        label: "Example packages".to_owned(),
        key: None,
        at: at(0),
    };
    Repository::init(&dir.join("apt"), &options).unwrap()
}

fn package(dir: &Path, version: &str, content: &str) -> PathBuf {
    let path = dir.join("in.deb");
    fs::write(&path, deb(&control("site", version, "amd64"), content)).unwrap();
    path
}

/// Everything below the suite's folder but the signatures, which differ from run to run.
fn tree(repository: &Repository, suite: Suite) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![repository.layout.dist(suite), repository.public().join("pool")];
    while let Some(folder) = folders.pop() {
        let Ok(items) = fs::read_dir(&folder) else { continue };
        for path in items.map(|item| item.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path
                .file_name()
                .is_none_or(|name| name != "InRelease" && name != "Release.gpg")
            {
                files.push((
                    path.strip_prefix(repository.public()).unwrap().to_owned(),
                    fs::read(&path).unwrap(),
                ));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn a_package_passes_the_three_suites_and_a_rollback_is_a_new_generation() {
    let dir = tempfile::tempdir().unwrap();
    let repository = repository(dir.path());
    let added = repository
        .add(Suite::Development, &[package(dir.path(), "1.0", "a")], at(0))
        .unwrap();
    assert_eq!((added.generation, added.changed), (2, true));
    let again = repository
        .add(Suite::Development, &[package(dir.path(), "1.0", "a")], at(0))
        .unwrap();
    assert_eq!((again.generation, again.changed), (2, false));
    let name: crate::config::PackageName = "site".parse().unwrap();
    repository
        .promote(&Promotion::new(name.clone(), Suite::Staging), at(1))
        .unwrap();
    repository
        .promote(&Promotion::new(name.clone(), Suite::Production), at(2))
        .unwrap();
    repository
        .add(Suite::Staging, &[package(dir.path(), "1.1", "b")], at(3))
        .unwrap();
    repository
        .promote(&Promotion::new(name.clone(), Suite::Production), at(4))
        .unwrap();
    let back = repository.rollback(Suite::Production, 2, at(5)).unwrap();
    assert_eq!((back.generation, back.packages.len()), (4, 1));
    assert_eq!(repository.versions(&name).unwrap().len(), 2);
    assert_eq!(repository.history(Suite::Production).unwrap().generations.len(), 4);
    let inrelease = fs::metadata(repository.layout.dist(Suite::Production).join("InRelease")).unwrap();
    assert_eq!(inrelease.mtime(), START + 5);
}

#[test]
fn what_would_contradict_or_go_backwards_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let repository = repository(dir.path());
    let deb = package(dir.path(), "1.0", "a");
    let refused = repository
        .add(Suite::Production, std::slice::from_ref(&deb), at(0))
        .unwrap_err();
    assert_eq!(refused.exit_code(), exit::REFUSED);
    repository.add(Suite::Development, &[deb], at(0)).unwrap();
    let other = repository
        .add(Suite::Staging, &[package(dir.path(), "1.0", "b")], at(0))
        .unwrap_err();
    assert!(
        matches!(
            other,
            RepositoryError::Conflict {
                suite: Suite::Development,
                ..
            }
        ),
        "{other}"
    );
    let epoch = repository
        .add(Suite::Staging, &[package(dir.path(), "1:1.0", "b")], at(0))
        .unwrap_err();
    assert!(matches!(epoch, RepositoryError::NameTaken { .. }), "{epoch}");
    repository
        .add(Suite::Staging, &[package(dir.path(), "1.1", "c")], at(0))
        .unwrap();
    let mut promotion = Promotion::new("site".parse().unwrap(), Suite::Staging);
    let older = repository.promote(&promotion, at(0)).unwrap_err();
    assert!(matches!(older, RepositoryError::NotNewer { .. }), "{older}");
    promotion.allow_downgrade = true;
    assert_eq!(repository.promote(&promotion, at(0)).unwrap().generation, 3);
    let late = repository
        .remove(Suite::Staging, &promotion.package, None, at(-3600))
        .unwrap_err();
    assert!(matches!(late, RepositoryError::ClockBehind { .. }), "{late}");
    fs::write(dir.path().join("in.deb"), b"!<arch>\n").unwrap();
    let broken = repository
        .add(Suite::Staging, &[dir.path().join("in.deb")], at(9))
        .unwrap_err();
    assert_eq!(broken.exit_code(), exit::VERIFICATION);
}

#[test]
fn a_command_that_was_interrupted_anywhere_is_completed_by_the_same_command() {
    let whole = tempfile::tempdir().unwrap();
    let expected = {
        let repository = repository(whole.path());
        repository
            .add(Suite::Development, &[package(whole.path(), "1.0", "a")], at(5))
            .unwrap();
        tree(&repository, Suite::Development)
    };
    for step in [
        Step::Pool,
        Step::ByHash,
        Step::Signed,
        Step::Generation,
        Step::Pointer,
        Step::Indexes,
        Step::Release,
        Step::Detached,
        Step::InRelease,
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut repository = repository(dir.path());
        let deb = [package(dir.path(), "1.0", "a")];
        repository.interrupt = Some(step);
        let stopped = repository.add(Suite::Development, &deb, at(5)).unwrap_err();
        assert!(matches!(stopped, RepositoryError::Interrupted), "{step:?}: {stopped}");
        repository.interrupt = None;
        repository.add(Suite::Development, &deb, at(5)).unwrap();
        assert!(tree(&repository, Suite::Development) == expected, "{step:?}");
    }
}
