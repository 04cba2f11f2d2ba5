use std::path::Path;

use super::server::{Answer, Server};
use crate::digest::Sha256;
use crate::python::Target;
use crate::wheelhouse::{FetchError, FetchOptions, Lock, Selection, locate};

const JSON: &str = "application/vnd.pypi.simple.v1+json";

fn target() -> Target {
    "debian12".parse().unwrap()
}

fn hash(content: &str) -> Sha256 {
    Sha256::of(content.as_bytes())
}

/// `NAME==VERSION` with the hashes of these contents, and options before it.
fn select(dir: &Path, options: &str, pinned: &str, contents: &[&str]) -> Selection {
    let hashes: String = contents
        .iter()
        .map(|content| format!(" --hash=sha256:{}", hash(content)))
        .collect();
    let lock = Lock::parse(&dir.join("requirements.txt"), &format!("{options}\n{pinned}{hashes}\n")).unwrap();
    lock.select_with(&target(), &Default::default()).unwrap()
}

/// A page of an index with these files, whose contents are their names.
fn page(files: &[&str]) -> Answer {
    let file = |name: &&str| {
        format!(
            r#"{{"filename": "{name}", "url": "/f/{name}", "hashes": {{"sha256": "{}"}}}}"#,
            hash(name)
        )
    };
    let files: Vec<_> = files.iter().map(file).collect();
    Answer::Body(
        JSON,
        format!(
            r#"{{"meta": {{"api-version": "1.0"}}, "files": [{}]}}"#,
            files.join(",")
        )
        .into(),
    )
}

const WHEEL: &str = "a-1-cp311-cp311-manylinux_2_17_x86_64.whl";
const ANY: &str = "a-1-py3-none-any.whl";
const OTHER: &str = "a-1-cp312-cp312-manylinux_2_17_x86_64.whl";
const SDIST: &str = "a-1.tar.gz";

#[test]
fn the_file_that_fits_best_among_those_with_a_hash_is_found() {
    let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
    server.at("/one/a/", [Answer::Status(404)]);
    server.at("/two/a/", [page(&[OTHER, ANY, WHEEL, SDIST, "a-2-py3-none-any.whl"])]);
    let indexes = format!("-i {0}/one/\n--extra-index-url {0}/two/", server.url);
    let options = FetchOptions::new(&dir.path().join("cache"), dir.path());
    for (contents, option, expect) in [
        (&[WHEEL, ANY, OTHER, SDIST][..], "", WHEEL),
        (&[ANY, OTHER, SDIST], "", ANY),
        (&[OTHER, SDIST], "", SDIST),
        (&[WHEEL, SDIST], "--no-binary a", SDIST),
        (&[WHEEL, SDIST], "--only-binary :all:", WHEEL),
    ] {
        let selection = select(dir.path(), &format!("{indexes}\n{option}"), "a==1.0", contents);
        let found = locate(selection, &target(), &options).unwrap();
        let files: Vec<_> = found
            .wheels
            .iter()
            .map(|pin| (pin.filename.to_string(), pin.url.clone(), pin.sha256))
            .chain(
                found
                    .sdists
                    .iter()
                    .map(|sdist| (sdist.filename.clone(), sdist.url.clone(), sdist.sha256)),
            )
            .collect();
        assert_eq!(
            files,
            [(
                expect.to_owned(),
                Some(format!("{}/f/{expect}", server.url)),
                hash(expect)
            )]
        );
        assert!(found.unlocated.is_empty());
    }
    for (contents, option) in [
        (&["x"][..], ""),
        (&[OTHER, SDIST], "--only-binary a"),
        (&[ANY], "--no-index"),
    ] {
        let selection = select(dir.path(), &format!("{indexes}\n{option}"), "a==1", contents);
        let error = locate(selection, &target(), &options).unwrap_err();
        assert!(matches!(error, FetchError::NotInIndex { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("a file of a 1 for debian12 with a hash of the lock"),
            "{error}"
        );
    }
}

#[test]
fn folders_and_the_cache_need_no_network() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = FetchOptions::new(&dir.path().join("cache"), dir.path());
    options.offline = true;
    let write = |path: std::path::PathBuf, content: &str| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    write(dir.path().join("links").join(WHEEL), "another");
    write(dir.path().join("links").join(ANY), ANY);
    let found = locate(
        select(dir.path(), "-f links", "a==1", &[WHEEL, ANY]),
        &target(),
        &options,
    )
    .unwrap();
    assert_eq!(found.wheels[0].path, Some(dir.path().join("links").join(ANY)));

    let selection = || select(dir.path(), "", "a==1", &[WHEEL, ANY]);
    let error = locate(selection(), &target(), &options).unwrap_err();
    assert!(matches!(error, FetchError::Offline { .. }), "{error}");
    let hex = hash(WHEEL).to_string();
    write(
        dir.path()
            .join("cache/wheels/sha256")
            .join(&hex[..2])
            .join(&hex)
            .join(WHEEL),
        WHEEL,
    );
    let found = locate(selection(), &target(), &options).unwrap();
    assert_eq!(found.wheels[0].filename.as_str(), WHEEL);
    assert_eq!(found.wheels[0].sha256, hash(WHEEL));
}
