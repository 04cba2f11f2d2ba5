//! Files that are found by their hashes alone.

use std::fs;
use std::path::{Path, PathBuf};

use super::server::{Answer, Server};
use crate::digest::Sha256;
use crate::event::Silent;
use crate::python::Target;
use crate::wheelhouse::by_hash::{Located, locate};
use crate::wheelhouse::{FetchError, FetchOptions, Lock, Unlocated};

const JSON: &str = "application/vnd.pypi.simple.v1+json";

fn target() -> Target {
    "debian12".parse().unwrap()
}

fn hash(content: &str) -> Sha256 {
    Sha256::of(content.as_bytes())
}

/// `NAME==VERSION` with the hashes of these contents, and options before it.
fn unlocated(dir: &Path, options: &str, pinned: &str, contents: &[&str]) -> Vec<Unlocated> {
    let hashes: String = contents
        .iter()
        .map(|content| format!(" --hash=sha256:{}", hash(content)))
        .collect();
    let lock = Lock::parse(&dir.join("requirements.txt"), &format!("{options}\n{pinned}{hashes}\n")).unwrap();
    let selection = lock.select_with(&target(), &Default::default()).unwrap();
    selection.unlocated
}

/// Name, URL, path and digest of the only file that is found.
fn find(
    wanted: &[Unlocated],
    options: &FetchOptions,
) -> Result<(String, Option<String>, Option<PathBuf>, Sha256), FetchError> {
    let mut found = locate(wanted, &target(), options, &mut Silent)?;
    assert_eq!(found.len(), 1);
    Ok(match found.remove(0) {
        Located::Wheel(pin) => (pin.filename.to_string(), pin.url, pin.path, pin.sha256),
        Located::Sdist(sdist) => (sdist.filename, sdist.url, sdist.path, sdist.sha256),
    })
}

/// A page of an index with these files, whose contents are their names.
fn page(files: &[&str]) -> Answer {
    let file = |name: &&str| {
        let sha256 = hash(name);
        format!(r#"{{"filename": "{name}", "url": "/f/{name}", "hashes": {{"sha256": "{sha256}"}}}}"#)
    };
    let files: Vec<_> = files.iter().map(file).collect();
    let body = format!(
        r#"{{"meta": {{"api-version": "1.0"}}, "files": [{}]}}"#,
        files.join(",")
    );
    Answer::Body(JSON, body.into())
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
        let wanted = unlocated(dir.path(), &format!("{indexes}\n{option}"), "a==1.0", contents);
        let url = format!("{}/f/{expect}", server.url);
        assert_eq!(
            find(&wanted, &options).unwrap(),
            (expect.to_owned(), Some(url), None, hash(expect))
        );
    }
    for (contents, option) in [
        (&["x"][..], ""),
        (&[OTHER, SDIST], "--only-binary a"),
        (&[ANY], "--no-index"),
    ] {
        let wanted = unlocated(dir.path(), &format!("{indexes}\n{option}"), "a==1", contents);
        let error = find(&wanted, &options).unwrap_err();
        assert!(matches!(error, FetchError::NotLocated { .. }), "{error}");
        let expect = "no file of a 1 with one of the hashes in the lock fits debian12";
        assert!(error.to_string().ends_with(expect), "{error}");
    }
}

#[test]
fn folders_and_the_cache_need_no_network() {
    let dir = tempfile::tempdir().unwrap();
    let (links, cache) = (dir.path().join("links"), dir.path().join("cache"));
    let mut options = FetchOptions::new(&cache, dir.path());
    options.offline = true;
    let write = |folder: &Path, name: &str, content: &str| {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(name), content).unwrap();
    };
    write(&links, WHEEL, "another");
    write(&links, ANY, ANY);
    let wanted = unlocated(dir.path(), "-f links", "a==1", &[WHEEL, ANY]);
    assert_eq!(find(&wanted, &options).unwrap().2, Some(links.join(ANY)));

    let wanted = unlocated(dir.path(), "", "a==1", &[WHEEL, ANY, SDIST]);
    let error = find(&wanted, &options).unwrap_err();
    assert!(matches!(error, FetchError::Offline { .. }), "{error}");
    for (kind, name) in [("sdists", SDIST), ("wheels", WHEEL)] {
        let hex = hash(name).to_string();
        let folder = cache.join(kind).join("sha256").join(&hex[..2]).join(&hex);
        write(&folder, name, name);
        assert_eq!(
            find(&wanted, &options).unwrap(),
            (name.to_owned(), None, None, hash(name))
        );
    }
}
