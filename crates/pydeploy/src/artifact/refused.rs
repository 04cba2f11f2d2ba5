//! What no release may hold is refused whole, in every format, with the path named.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::bundle::{self, BundleOptions};
use super::testing::{at, deb_options, demo, planned};
use super::{WriteError, deb, zip};
use crate::exit;
use crate::python::testing::WheelBuilder;
use crate::release::ReleaseError;

/// The message, exit code and hint when the release is planned or written in each format; nothing is left behind.
#[track_caller]
fn refused(prepare: impl Fn(&Path), wheels: &[WheelBuilder]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    fs::create_dir_all(dir.path().join("project")).unwrap();
    prepare(&dir.path().join("project"));
    let said = |error: &ReleaseError| {
        assert_eq!(error.exit_code(), exit::VERIFICATION, "{error}");
        assert!(error.hint().is_some(), "{error}");
        error.to_string()
    };
    let release = match planned(dir.path(), "1.0", wheels) {
        Ok(release) => release,
        Err(error) => return said(&error),
    };
    let bundle = BundleOptions {
        prefix: "/srv/site",
        at: at(),
        pieces: None,
    };
    let codes = [
        deb::write(&release, &deb_options(), &out).unwrap_err().exit_code(),
        zip::write(&release, at(), &out).unwrap_err().exit_code(),
        bundle::write(&release, &bundle, &out).unwrap_err().exit_code(),
    ];
    assert_eq!(codes, [exit::VERIFICATION; 3]);
    assert!(!out.exists() || fs::read_dir(&out).unwrap().count() == 0);
    said(
        &zip::write(&release, at(), &out)
            .map_err(|error| match error {
                WriteError::Release(error) => error,
                other => panic!("{other}"),
            })
            .unwrap_err(),
    )
}

#[test]
fn a_path_with_two_owners() {
    let other = WheelBuilder::named("other", "1").file("demo/__init__.py", "");
    let said = refused(|_| {}, &[demo(), other]);
    let path = "venv/lib/python3.11/site-packages/demo/__init__.py";
    assert!(
        said.contains(path) && said.contains("demo-1.0-py3-none-any.whl"),
        "{said}"
    );
    assert!(said.contains("other-1-py3-none-any.whl"), "{said}");
    // A file where the other needs a folder.
    let other = WheelBuilder::named("other", "1").file("demo", "");
    let said = refused(|_| {}, &[demo(), other]);
    assert!(said.contains("site-packages/demo is brought by"), "{said}");
}

#[test]
fn a_name_that_dpkg_cannot_unpack() {
    let long = format!("{}.py", "x".repeat(244));
    let said = refused(|project| fs::write(project.join(&long), "").unwrap(), &[demo()]);
    assert!(
        said.contains(&long) && said.ends_with("a component is longer than 246 bytes"),
        "{said}"
    );
    let said = refused(|project| fs::write(project.join("a\nb.py"), "").unwrap(), &[demo()]);
    assert!(
        said.contains("a\\nb.py") && said.ends_with("it holds a newline or NUL"),
        "{said}"
    );
    // One byte less is no problem.
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("project")).unwrap();
    fs::write(dir.path().join("project").join(&long[1..]), "").unwrap();
    let release = planned(dir.path(), "1.0", &[demo()]).unwrap();
    zip::write(&release, at(), &dir.path().join("out")).unwrap();
}

#[test]
fn a_file_that_would_run_as_somebody_else() {
    let said = refused(
        |project| {
            fs::write(project.join("tool.py"), "").unwrap();
            fs::set_permissions(project.join("tool.py"), fs::Permissions::from_mode(0o4755)).unwrap();
        },
        &[demo()],
    );
    assert!(
        said.ends_with("project/tool.py is set-user-id, set-group-id or sticky"),
        "{said}"
    );
}

#[test]
fn a_service_whose_program_no_wheel_brings() {
    let said = refused(|_| {}, &[WheelBuilder::named("other", "1")]);
    assert!(said.contains("`demo`"), "{said}");
}
