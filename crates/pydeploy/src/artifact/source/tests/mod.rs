//! Source packages: what is in them.

mod program;
mod reading;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::{SourceOptions, WrittenSource, write};
use crate::artifact::WriteError;
use crate::artifact::deb::{self, DebOptions, Package, Packaging};
use crate::artifact::testing::{at, demo, release};
use crate::artifact::{diff, inspect, verify};
use crate::digest::Sha256;
use crate::exit;
use crate::python::testing::WheelBuilder;
use crate::release::{Kind, Release};

const MAINTAINER: &str = "Site Developers <site@example.org>";

fn changelog(version: &str) -> String {
    format!(
        "site ({version}) noble; urgency=low\n\n  * Fix the door. (Closes: #12, LP: #7)\n\n  * Paint it.\n\n \
         -- Ada Example <ada@example.org>  Sun, 09 Oct 2016 17:10:15 +0200\n"
    )
}

fn packaging(changelog: &str) -> Packaging<'_> {
    Packaging::new(at(), MAINTAINER, changelog.as_bytes())
}

fn options(changelog: &str) -> SourceOptions<'_> {
    SourceOptions {
        packaging: packaging(changelog),
        key: None,
    }
}

/// A source package of a small site in `dir/out`.
fn source(dir: &Path, version: &str, wheels: &[WheelBuilder]) -> Result<WrittenSource, WriteError> {
    let release = release(dir, version, wheels);
    write(&release, &options(&changelog(version)), &dir.join("out"))
}

/// Mode, time, size and path of each member.
fn listing(tarball: &Path) -> String {
    let gz = flate2::read::GzDecoder::new(fs::File::open(tarball).unwrap());
    let mut lines = String::new();
    for entry in tar::Archive::new(gz).entries().unwrap() {
        let entry = entry.unwrap();
        let (header, path) = (entry.header(), entry.path().unwrap().display().to_string());
        assert_eq!((header.uid().unwrap(), header.username().unwrap()), (0, Some("root")));
        // What the binary package has is for other tests to say.
        let scripts = ["conffiles", "postinst", "postrm", "preinst", "prerm", "triggers"];
        if !path.contains("/pydeploy/files/") && !scripts.iter().any(|name| path.ends_with(name)) {
            let (mode, mtime) = (header.mode().unwrap(), header.mtime().unwrap());
            lines += &format!("{mode:o} {mtime} {path}\n");
        }
    }
    lines
}

fn names(written: &WrittenSource) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    written.files.iter().map(|file| name(&file.path)).collect()
}

#[test]
fn a_version_without_a_revision_is_native() {
    let dir = tempfile::tempdir().unwrap();
    let written = source(dir.path(), "1:1.0", &[demo()]).unwrap();
    assert_eq!(names(&written), ["site_1.0.dsc", "site_1.0.tar.gz"]);
    insta::assert_snapshot!(listing(&written.files[1].path), @"
    755 1476025815 ./site-1.0/
    755 1476025815 ./site-1.0/app/
    644 1476025815 ./site-1.0/app/app.py
    755 1476025815 ./site-1.0/app/etc/
    755 1476025815 ./site-1.0/app/etc/site/
    644 1476025815 ./site-1.0/app/etc/site/site.conf
    755 1476025815 ./site-1.0/app/static/
    644 1476025815 ./site-1.0/app/static/style.css
    755 1476025815 ./site-1.0/debian/
    644 1476025815 ./site-1.0/debian/changelog
    644 1476025815 ./site-1.0/debian/control
    644 1476025815 ./site-1.0/debian/copyright
    755 1476025815 ./site-1.0/debian/pydeploy/
    644 1476025815 ./site-1.0/debian/pydeploy/assemble.py
    644 1476025815 ./site-1.0/debian/pydeploy/plan.jsonl
    644 1476025815 ./site-1.0/debian/pydeploy/release_files.py
    755 1476025815 ./site-1.0/debian/rules
    755 1476025815 ./site-1.0/debian/source/
    644 1476025815 ./site-1.0/debian/source/format
    644 1476025815 ./site-1.0/debian/source/include-binaries
    644 1476025815 ./site-1.0/debian/source/lintian-overrides
    755 1476025815 ./site-1.0/wheels/
    644 1476025815 ./site-1.0/wheels/demo-1.0-py3-none-any.whl
    ");
    let (dsc, tarball) = (&written.files[0], &written.files[1]);
    insta::assert_snapshot!(shown(&fs::read_to_string(&dsc.path).unwrap(), &[tarball]), @"
    Format: 3.0 (native)
    Source: site
    Binary: site
    Architecture: all
    Version: 1:1.0
    Maintainer: Site Developers <site@example.org>
    Standards-Version: 4.6.2
    Build-Depends: python3.11:any
    Package-List:
     site deb web optional arch=all
    Checksums-Sha1:
     SHA1 SIZE site_1.0.tar.gz
    Checksums-Sha256:
     SHA256 SIZE site_1.0.tar.gz
    Files:
     MD5 SIZE site_1.0.tar.gz
    ");
    let changes = fs::read_to_string(&written.path).unwrap();
    assert_eq!(written.path.file_name().unwrap(), "site_1.0_source.changes");
    insta::assert_snapshot!(shown(&changes, &[dsc, tarball]), @"
    Format: 1.8
    Date: Sun, 09 Oct 2016 17:10:15 +0200
    Source: site
    Architecture: source
    Version: 1:1.0
    Distribution: noble
    Urgency: low
    Maintainer: Site Developers <site@example.org>
    Changed-By: Ada Example <ada@example.org>
    Closes: 12
    Launchpad-Bugs-Fixed: 7
    Changes:
     site (1:1.0) noble; urgency=low
     .
       * Fix the door. (Closes: #12, LP: #7)
     .
       * Paint it.
    Checksums-Sha1:
     SHA1 SIZE site_1.0.dsc
     SHA1 SIZE site_1.0.tar.gz
    Checksums-Sha256:
     SHA256 SIZE site_1.0.dsc
     SHA256 SIZE site_1.0.tar.gz
    Files:
     MD5 SIZE web optional site_1.0.dsc
     MD5 SIZE web optional site_1.0.tar.gz
    ");
}

/// Digests and sizes change with every change of anything: they are compared, and not shown.
fn shown(text: &str, files: &[&super::WrittenFile]) -> String {
    let mut text = text.to_owned();
    for file in files {
        let bytes = fs::read(&file.path).unwrap();
        assert_eq!((file.size, file.sha256), (bytes.len() as u64, Sha256::of(&bytes)));
        let sums = super::sums::Sums::of(&bytes);
        for (sum, name) in [
            (sums.md5, "MD5"),
            (sums.sha1, "SHA1"),
            (sums.sha256.to_string(), "SHA256"),
        ] {
            text = text.replace(&format!("{sum} {} ", file.size), &format!("{name} SIZE "));
        }
    }
    text
}

#[test]
fn a_version_with_a_revision_has_tarballs_that_do_not_depend_on_it() {
    let dir = tempfile::tempdir().unwrap();
    let written = source(dir.path(), "1.0-1", &[demo()]).unwrap();
    let listings = written.files[1..].iter().map(|file| listing(&file.path));
    insta::assert_snapshot!(listings.collect::<Vec<_>>().join("\n"), @"
    755 946684800 ./site-1.0/
    755 946684800 ./site-1.0/app/
    644 946684800 ./site-1.0/app/app.py
    755 946684800 ./site-1.0/app/etc/
    755 946684800 ./site-1.0/app/etc/site/
    644 946684800 ./site-1.0/app/etc/site/site.conf
    755 946684800 ./site-1.0/app/static/
    644 946684800 ./site-1.0/app/static/style.css

    755 946684800 ./wheels-6904d5845b60/
    644 946684800 ./wheels-6904d5845b60/demo-1.0-py3-none-any.whl

    755 1476025815 ./debian/
    644 1476025815 ./debian/changelog
    644 1476025815 ./debian/control
    644 1476025815 ./debian/copyright
    755 1476025815 ./debian/pydeploy/
    644 1476025815 ./debian/pydeploy/assemble.py
    644 1476025815 ./debian/pydeploy/plan.jsonl
    644 1476025815 ./debian/pydeploy/release_files.py
    755 1476025815 ./debian/rules
    755 1476025815 ./debian/source/
    644 1476025815 ./debian/source/format
    644 1476025815 ./debian/source/include-binaries
    644 1476025815 ./debian/source/lintian-overrides
    ");
    insta::assert_snapshot!(names(&written).join("\n"), @"
    site_1.0-1.dsc
    site_1.0.orig.tar.gz
    site_1.0.orig-wheels-6904d5845b60.tar.gz
    site_1.0-1.debian.tar.gz
    ");
    let originals = |written: &WrittenSource| written.files[1..3].to_vec();
    let kept: Vec<_> = originals(&written).iter().map(|file| modified(&file.path)).collect();
    let second = source(dir.path(), "1.0-2", &[demo()]).unwrap();
    assert_eq!(originals(&written), originals(&second));
    assert_eq!(
        originals(&second)
            .iter()
            .map(|file| modified(&file.path))
            .collect::<Vec<_>>(),
        kept
    );
    assert_ne!(written.files[3], second.files[3]);
    let elsewhere = tempfile::tempdir().unwrap();
    let third = source(elsewhere.path(), "1.0-3", &[demo()]).unwrap();
    let digests = |written: &WrittenSource| {
        originals(written)
            .into_iter()
            .map(|file| file.sha256)
            .collect::<Vec<_>>()
    };
    assert_eq!(digests(&third), digests(&written));
}

fn modified(path: &Path) -> std::time::SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

#[test]
fn other_wheels_have_another_name_and_another_application_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let first = names(&source(dir.path(), "1.0-1", &[demo()]).unwrap());
    let second = names(&source(dir.path(), "1.0-2", &[demo().file("demo/more.py", "")]).unwrap());
    assert_eq!(first[1], second[1]);
    assert!(
        first[2].starts_with("site_1.0.orig-wheels-") && first[2] != second[2],
        "{second:?}"
    );
    let third = release(dir.path(), "1.0-3", &[demo()]);
    fs::write(dir.path().join("project/app.py"), "print('changed')\n").unwrap();
    let third = Release::plan(
        &third.project,
        third.version.clone(),
        third.target.clone(),
        third.wheels().to_vec(),
    );
    let before = fs::read_dir(dir.path().join("out")).unwrap().count();
    let error = write(&third.unwrap(), &options(&changelog("1.0-3")), &dir.path().join("out")).unwrap_err();
    assert_eq!(error.exit_code(), exit::REFUSED, "{error}");
    assert!(
        error
            .to_string()
            .ends_with("site_1.0.orig.tar.gz is there and holds something else"),
        "{error}"
    );
    assert_eq!(fs::read_dir(dir.path().join("out")).unwrap().count(), before);
}

#[test]
fn the_same_release_gives_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for version in ["1.0", "1.0-1"] {
        let files = [one.path(), two.path()].map(|dir| {
            let written = source(dir, version, &[demo()]).unwrap();
            let paths = written
                .files
                .iter()
                .map(|file| file.path.clone())
                .chain([written.path.clone()]);
            paths
                .map(|path| (path.file_name().unwrap().to_owned(), fs::read(path).unwrap()))
                .collect::<BTreeMap<_, _>>()
        });
        assert!(files[0] == files[1], "{version}");
    }
}

#[test]
fn a_changelog_of_something_else_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let release = release(dir.path(), "1.0", &[demo()]);
    let heading = "site (1.0) noble; urgency=low\n\n  * No end.\n";
    for (text, expected) in [
        (
            changelog("1.1"),
            "the changelog's first entry is of site 1.1, the source package is site 1.0",
        ),
        (
            changelog("1.0").replace("site (", "sight ("),
            "the changelog's first entry is of sight 1.0, the source package is site 1.0",
        ),
        (
            heading.to_owned(),
            "the changelog's first entry has no line with maintainer and date",
        ),
        (String::new(), "the source package has no changelog that can be used"),
    ] {
        let error = write(&release, &options(&text), &dir.path().join("out")).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(error.hint().is_some());
    }
    assert!(!dir.path().join("out").exists());
}

#[test]
fn a_key_that_is_not_there_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let release = release(dir.path(), "1.0", &[demo()]);
    let text = changelog("1.0");
    let options = SourceOptions {
        key: Some("nobody-has-this-key@example.org"),
        ..options(&text)
    };
    let error = write(&release, &options, &dir.path().join("out")).unwrap_err();
    assert!(matches!(error, WriteError::Sign(_)), "{error}");
    let left = fs::read_dir(dir.path().join("out")).unwrap().count();
    assert_eq!(left, 0, "{error}");
}

#[test]
fn a_damaged_tarball_is_not_taken_for_the_original() {
    let dir = tempfile::tempdir().unwrap();
    let written = source(dir.path(), "1.0-1", &[demo()]).unwrap();
    let original = &written.files[1].path;
    let mut bytes = Vec::new();
    fs::File::open(original).unwrap().read_to_end(&mut bytes).unwrap();
    let half = &bytes[..bytes.len() / 2];
    fs::write(original, half).unwrap();
    let error = source(dir.path(), "1.0-2", &[demo()]).unwrap_err();
    assert!(matches!(error, WriteError::OtherOrig { .. }), "{error}");
}
