use std::fs;
use std::path::{Path, PathBuf};

use crate::artifact::testing::{archive, at, demo, package, release};
use crate::artifact::zip::testing::rewritten;
use crate::artifact::{Format, Verification, diff, inspect, verify};
use crate::python::testing::WheelBuilder;

fn lines(verification: &Verification) -> String {
    let lines: Vec<String> = verification.findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn wheel() -> WheelBuilder {
    demo().file("demo-1.0.data/scripts/tool", "#!python\nimport demo\n")
}

#[test]
fn what_was_built_is_read_and_holds() {
    let dir = tempfile::tempdir().unwrap();
    let path = archive(&release(dir.path(), "1.0", &[wheel()]), dir.path());
    let inspection = inspect(&path).unwrap();
    assert_eq!(inspection.format, Format::Zip);
    assert_eq!(
        inspection.sha256,
        Some(crate::digest::Sha256::of(&fs::read(&path).unwrap()))
    );
    let summary = inspection.release.as_ref().unwrap();
    assert_eq!(
        (summary.version.as_str(), summary.services[0].command.as_slice()),
        ("1.0", &["demo".to_owned()][..])
    );
    assert_eq!(
        (inspection.wheels[0].name.as_str(), inspection.wheels.len()),
        ("demo", 1)
    );
    assert!(inspection.sbom().unwrap().starts_with(b"{"));
    let shown: Vec<String> = inspection
        .files
        .iter()
        .map(|file| {
            let owner = file.owner.as_deref().unwrap_or("-");
            format!("{} {} {owner} {}", file.kind, file.mode, file.path)
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    file 0644 application /{release}/app/app.py
    file 0644 application /{release}/app/static/style.css
    file 0644 application /{release}/etc/site/site.conf
    file 0644 pydeploy /{release}/sbom.cdx.json
    file 0644 application /{release}/static/style.css
    file 0755 demo-1.0-py3-none-any.whl /{release}/venv/bin/demo
    link 0777 pydeploy /{release}/venv/bin/python
    link 0777 pydeploy /{release}/venv/bin/python3
    link 0777 pydeploy /{release}/venv/bin/python3.11
    file 0755 demo-1.0-py3-none-any.whl /{release}/venv/bin/tool
    file 0644 demo-1.0-py3-none-any.whl /{release}/venv/lib/python3.11/site-packages/demo-1.0.dist-info/INSTALLER
    file 0644 demo-1.0-py3-none-any.whl /{release}/venv/lib/python3.11/site-packages/demo-1.0.dist-info/METADATA
    file 0644 demo-1.0-py3-none-any.whl /{release}/venv/lib/python3.11/site-packages/demo-1.0.dist-info/RECORD
    file 0644 demo-1.0-py3-none-any.whl /{release}/venv/lib/python3.11/site-packages/demo-1.0.dist-info/WHEEL
    file 0644 demo-1.0-py3-none-any.whl /{release}/venv/lib/python3.11/site-packages/demo-1.0.dist-info/entry_points.txt
    file 0644 demo-1.0-py3-none-any.whl /{release}/venv/lib/python3.11/site-packages/demo/__init__.py
    file 0644 pydeploy /{release}/venv/lib/python3.11/site-packages/pydeploy-environment.pth
    file 0644 pydeploy /{release}/venv/lib/python3.11/site-packages/pydeploy_environment.py
    link 0777 pydeploy /{release}/venv/lib64
    ");
    let verified = verify(&path).unwrap();
    assert_eq!(lines(&verified), "");
    assert_eq!(verified.checked.records, 1);
    assert_eq!(verified.checked.manifest, inspection.files.len());
}

#[test]
fn a_package_and_an_archive_of_one_release_differ_in_what_names_the_place() {
    let dir = tempfile::tempdir().unwrap();
    let release = release(dir.path(), "1.0", &[wheel()]);
    let changed = diff(&package(&release, dir.path()), &archive(&release, dir.path())).unwrap();
    assert_eq!(changed.packages, []);
    let paths = changed
        .files
        .iter()
        .map(|file| format!("{:?} {}", file.change, file.path));
    // What a package brings for the system is another format's matter.
    let paths: Vec<String> = paths
        .filter(|line| !line.contains(" usr/") && !line.contains(" lib/"))
        .collect();
    insta::assert_snapshot!(paths.join("\n"), @"
    Changed venv/bin/demo
    Changed venv/bin/tool
    Changed venv/lib/python3.11/site-packages/demo-1.0.dist-info/RECORD
    Added venv/lib/python3.11/site-packages/pydeploy-environment.pth
    Added venv/lib/python3.11/site-packages/pydeploy_environment.py
    ");
    let other = tempfile::tempdir().unwrap();
    let newer = super::super::super::testing::release(
        other.path(),
        "1.1",
        &[WheelBuilder::named("demo", "1.1").entry_points("[console_scripts]\ndemo = demo:main\n")],
    );
    let changed = diff(&archive(&release, dir.path()), &archive(&newer, other.path())).unwrap();
    assert_eq!(changed.packages.len(), 1);
}

/// What is found in an archive whose members or plan were changed before its digest was made.
#[track_caller]
fn lie(change: impl FnMut(&str, &mut Vec<u8>) -> bool) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = archive(&release(dir.path(), "1.0", &[wheel()]), dir.path());
    let lying = rewritten(&path, at(), change);
    match verify(&lying) {
        Ok(verification) => lines(&verification),
        Err(error) => {
            assert_eq!(error.exit_code(), crate::exit::VERIFICATION);
            let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
            format!("{error}{}", source.unwrap_or_default()).replace(&dir.path().display().to_string(), "")
        }
    }
}

fn in_plan(from: &'static str, to: &'static str) -> impl FnMut(&str, &mut Vec<u8>) -> bool {
    move |name, bytes| {
        if name == "manifest.json" {
            let text = String::from_utf8(std::mem::take(bytes)).unwrap();
            assert!(text.contains(from), "{text}");
            *bytes = text.replacen(from, to, 1).into_bytes();
        }
        true
    }
}

#[test]
fn a_plan_that_lies_is_found_out() {
    let finding = |text: String| {
        text.lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(100)
            .collect::<String>()
    };
    let app = "\"path\": \"app/app.py\",\n      \"mode\": \"0644\"";
    let lies = [
        in_plan(app, "\"path\": \"app/app.py\",\n      \"mode\": \"0755\""),
        in_plan("\"size\": 15", "\"size\": 16"),
    ];
    let said: Vec<String> = lies.into_iter().map(|change| finding(lie(change))).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    /{release}/app/app.py: changed: it has mode 0644, not 0755
    /{release}/app/app.py: changed: it has 15 bytes of sha256 03e693d9f2f687e0f40e36a8df7fcb4d1c22974012
    ");
    for (from, to, says) in [
        (
            "\"member\": \"app/app.py\"",
            "\"member\": \"app/gone.py\"",
            "/{release}/app/app.py: missing: the manifest names it\napp/app.py: extra",
        ),
        (
            "\"path\": \"app/app.py\"",
            "\"path\": \"../app.py\"",
            "manifest.json in /out/site_1.0_debian12.zip cannot be used: `/{release}/../app.py`",
        ),
        (
            "\"path\": \"app/app.py\"",
            "\"path\": \"venv/lib64/app.py\"",
            "manifest.json in /out/site_1.0_debian12.zip cannot be used: `/{release}/venv/lib64/app.py` lies below",
        ),
        (
            "\"recorded\": 0",
            "\"recorded\": 7",
            "manifest.json in /out/site_1.0_debian12.zip cannot be used: it has no wheel number 7",
        ),
        (
            "\"schema\": 1",
            "\"schema\": 2",
            "manifest.json in /out/site_1.0_debian12.zip cannot be used: its schema is 2",
        ),
        (
            "\"release\": \"1.0\"",
            "\"release\": \"1.1\"",
            "manifest.json in /out/site_1.0_debian12.zip cannot be used: it names the releases",
        ),
        (
            "demo-1.0-py3-none-any.whl\",\n      \"size\"",
            "demo-1.1-py3-none-any.whl\",\n      \"size\"",
            "wheels/demo-1.1-py3-none-any.whl: missing",
        ),
    ] {
        let said = lie(in_plan(from, to));
        assert!(said.contains(says.lines().next().unwrap()), "{from}: {said}");
        assert!(says.lines().all(|line| said.contains(line)), "{from}: {said}");
    }
}

#[test]
fn members_that_are_changed_added_or_gone_are_named() {
    let said = lie(|name, bytes| {
        if name == "app/app.py" {
            bytes.extend(b"import evil\n");
        }
        name != "static/style.css" && name != "app/static/style.css"
    });
    assert!(
        said.contains("/{release}/app/app.py: changed: it has 27 bytes"),
        "{said}"
    );
    assert!(said.contains("/{release}/app/static/style.css: missing"), "{said}");
    // A wheel with another module, whose own RECORD is right.
    let other = tempfile::tempdir().unwrap();
    let evil = fs::read(wheel().file("evil.py", "").write(other.path())).unwrap();
    let said = lie(|name, bytes| {
        if name.starts_with("wheels/") {
            bytes.clone_from(&evil);
        }
        true
    });
    let wheel = "wheels/demo-1.0-py3-none-any.whl";
    assert!(
        said.contains(&format!("{wheel}: changed: it has {} bytes", evil.len())),
        "{said}"
    );
    assert!(
        said.contains(&format!("{wheel}/evil.py: extra: the manifest does not name it")),
        "{said}"
    );
}

#[test]
fn a_folder_that_the_program_made_is_compared() {
    let Some(python) = crate::artifact::zip::testing::python("3.11") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let host: PathBuf = fs::canonicalize(dir.path()).unwrap().join("a host");
    let path = archive(&release(dir.path(), "1.0", &[wheel()]), dir.path());
    let installed = std::process::Command::new(python)
        .arg(&path)
        .arg("-d")
        .arg(&host)
        .output()
        .unwrap();
    assert!(installed.status.success(), "{installed:?}");
    let current = host.join("current");
    let verified = verify(&current).unwrap();
    assert_eq!(lines(&verified), "");
    assert_eq!(verified.checked.records, 1);
    let summary = inspect(&current).unwrap().release.unwrap();
    assert_eq!(
        (summary.name.as_str(), summary.services[0].command.as_slice()),
        ("site", &["demo".to_owned()][..])
    );
    let site_packages = current.join("venv/lib/python3.11/site-packages");
    fs::write(current.join("app/app.py"), "").unwrap();
    fs::write(site_packages.join("sitecustomize.py"), "").unwrap();
    fs::remove_file(current.join("environment.json")).unwrap();
    fs::remove_file(current.join("venv/lib64")).unwrap();
    let said = lines(&verify(&current).unwrap());
    let paths: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(path, _)| path)
        .collect();
    let release = host.join("releases/1.0").display().to_string();
    let expected = [
        "app/app.py",
        "environment.json",
        "venv/lib/python3.11/site-packages/sitecustomize.py",
        "venv/lib64",
    ];
    assert_eq!(paths, expected.map(|path| format!("{release}/{path}")), "{said}");
}

#[test]
fn what_only_begins_like_one_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |name: &str, bytes: &[u8]| {
        let path: &Path = &dir.path().join(name);
        fs::write(path, bytes).unwrap();
        verify(path).unwrap_err()
    };
    let script = refused("script", b"#!/usr/bin/env python3\nprint('hello')\n");
    assert!(script.to_string().ends_with("script is no artifact"));
    let cut = refused("cut", b"#!/usr/bin/env python3\nPK\x03\x04");
    assert!(cut.to_string().contains("it is not a zip archive"), "{cut}");
    assert_eq!(cut.exit_code(), crate::exit::VERIFICATION);
}
