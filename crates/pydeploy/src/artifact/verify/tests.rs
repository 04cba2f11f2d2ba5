use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::super::contents::{Contents, ItemKind};
use super::super::testing::{demo, package, release};
use super::{Verification, verify};
use crate::digest::Sha256;
use crate::release::{Layout, ManifestEntry, unpack};

fn lines(verification: &Verification) -> String {
    let lines: Vec<String> = verification.findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A release laid out in `dir/release`.
fn folder(dir: &Path) -> std::path::PathBuf {
    let place = fs::canonicalize(dir).unwrap().join("release");
    let release = release(dir, "1.0", &[demo()]);
    let tree = release
        .tree(&Layout::folder(&place, Path::new("/usr/bin/python3.11")))
        .unwrap();
    unpack(&tree, &place).unwrap();
    place
}

#[test]
fn what_was_built_holds() {
    let dir = tempfile::tempdir().unwrap();
    let release = release(dir.path(), "1.0", &[demo()]);
    let verified = verify(&package(&release, dir.path())).unwrap();
    assert_eq!(lines(&verified), "");
    assert_eq!(verified.checked.records, 1);
    assert!(
        verified.checked.md5sums > 10 && verified.checked.manifest > 10,
        "{:?}",
        verified.checked
    );
    let verified = verify(&folder(dir.path())).unwrap();
    assert_eq!((lines(&verified).as_str(), verified.checked.records), ("", 1));
}

/// What is found when a package says something else than it holds.
#[track_caller]
fn lie(change: impl FnOnce(&mut Contents)) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = package(&release(dir.path(), "1.0", &[demo()]), dir.path());
    let mut contents = Contents::read(&path).unwrap();
    change(&mut contents);
    lines(&Verification::of(&contents))
}

fn first_word_of_each(findings: &str) -> Vec<(&str, &str)> {
    let pair = |line: &'_ str| line.split_once(": ").map(|_| ()).is_some();
    assert!(findings.lines().all(pair));
    findings
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(path, text)| (path, text.split(':').next().unwrap_or_default()))
        .collect()
}

const SITE_PACKAGES: &str = "/opt/site/venv/lib/python3.11/site-packages";

#[test]
fn a_manifest_that_lies_is_found_out() {
    let said = lie(|contents| {
        for entry in &mut contents.manifest.as_mut().unwrap().files {
            match entry {
                ManifestEntry::File { path, sha256, .. } if path.ends_with("app.py") => {
                    *sha256 = Sha256::of(b"another")
                }
                ManifestEntry::File { path, mode, .. } if path.ends_with("style.css") => "0755".clone_into(mode),
                ManifestEntry::File { path, .. } if path.ends_with("pyvenv.cfg") => path.push('x'),
                ManifestEntry::Link { target, .. } if target == "lib" => "../lib".clone_into(target),
                _ => {}
            }
        }
        contents.manifest.as_mut().unwrap().version = "2.0".to_owned();
    });
    let elsewhere = lie(|contents| contents.manifest.as_mut().unwrap().prefix = "/srv/site".to_owned());
    assert_eq!(
        elsewhere,
        "/srv/site/manifest.json: contradiction: it says prefix `/srv/site`, its place says `/opt/site`"
    );
    assert_eq!(
        first_word_of_each(&said),
        [
            ("/opt/site/app/app.py", "changed"),
            ("/opt/site/app/static/style.css", "changed"),
            ("/opt/site/manifest.json", "contradiction"),
            ("/opt/site/static/style.css", "changed"),
            ("/opt/site/venv/lib64", "changed"),
            ("/opt/site/venv/pyvenv.cfg", "extra"),
            ("/opt/site/venv/pyvenv.cfgx", "missing"),
        ],
        "{said}"
    );
}

#[test]
fn a_record_that_lies_is_found_out() {
    let record = format!("{SITE_PACKAGES}/demo-1.0.dist-info/RECORD");
    let said = lie(|contents| {
        let text = String::from_utf8(contents.texts[&record].clone()).unwrap();
        let row = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        let wrong = row("demo/__init__.py")
            .replace("sha256=", "sha256=A")
            .replace(",26", ",27");
        let rows = [
            &row("../../../bin/demo"),
            &wrong[..],
            "gone.py,,3",
            "../../../../../../../../../x,,",
        ];
        contents.texts.insert(record.clone(), rows.join("\n").into_bytes());
    });
    assert!(
        said.starts_with(&format!("{record}: unusable: `demo/__init__.py`: `sha256=A")),
        "{said}"
    );
    let said = lie(|contents| {
        contents
            .texts
            .insert(record.clone(), b"gone.py,,3\n../../../bin/demo,,\n".to_vec());
    });
    assert!(
        said.contains(&format!("{SITE_PACKAGES}/gone.py: missing: {record} names it")),
        "{said}"
    );
    assert!(said.contains("`../../../bin/demo` has no hash"), "{said}");
    let extra = "demo/__init__.py: extra: the RECORD of demo-1.0-py3-none-any.whl does not name it";
    assert!(said.contains(extra), "{said}");
}

#[test]
fn what_a_package_says_about_its_files_is_compared() {
    let said = lie(|contents| {
        let sums = contents.control_files.get_mut("md5sums").unwrap();
        let text = String::from_utf8(sums.clone()).unwrap();
        let changed = |line: &str| match line {
            _ if line.ends_with("usr/bin/site-run") => format!("{}  usr/bin/site-run\n", "0".repeat(32)),
            _ if line.ends_with("copyright") => String::new(),
            _ => format!("{line}\n"),
        };
        *sums = text.lines().map(changed).collect::<String>().into_bytes();
        sums.extend(b"not a line\n");
        contents
            .control_files
            .insert("conffiles".to_owned(), b"/etc/site/gone.conf\n".to_vec());
        contents.items.get_mut("/usr/bin/site-run").unwrap().mode = 0o4755;
    });
    assert_eq!(
        first_word_of_each(&said),
        [
            ("/etc/site/gone.conf", "missing"),
            ("/etc/site/site.conf", "extra"),
            ("/usr/bin/site-run", "changed"),
            ("/usr/share/doc/site/copyright", "extra"),
            ("md5sums", "unusable"),
        ],
        "{said}"
    );
}

#[test]
fn every_change_on_a_host_is_found_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let place = folder(dir.path());
    let site_packages = place.join("venv/lib/python3.11/site-packages");
    fs::write(place.join("app/app.py"), "print('hullo')\n").unwrap();
    fs::remove_file(place.join("static/style.css")).unwrap();
    fs::write(site_packages.join("sitecustomize.py"), "").unwrap();
    fs::set_permissions(place.join("venv/bin/demo"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::remove_file(place.join("venv/bin/python3")).unwrap();
    symlink("/tmp/python3", place.join("venv/bin/python3")).unwrap();
    fs::create_dir_all(site_packages.join("demo/__pycache__")).unwrap();
    // The interpreter's own; and one that hides where such files lie.
    for name in ["__init__.cpython-311.pyc", "other.cpython-311.pyc", "__init__.so"] {
        fs::write(site_packages.join("demo/__pycache__").join(name), "").unwrap();
    }
    let said = lines(&verify(&place).unwrap()).replace(&place.display().to_string(), "");
    insta::assert_snapshot!(said, @"
    /app/app.py: changed: it has 15 bytes of sha256 5ac08b5951428cc9df04322af602cba4823f2d26b25d49573efc08930492638d, the manifest says 15 bytes of 03e693d9f2f687e0f40e36a8df7fcb4d1c22974012b7c2a55c000eb30f305824
    /static/style.css: missing: the manifest names it
    /venv/bin/demo: changed: it has mode 0644, not 0755
    /venv/bin/python3: changed: it points at `/tmp/python3`, not at `python3.11`
    /venv/lib/python3.11/site-packages/demo/__pycache__/__init__.so: extra: the manifest does not name it
    /venv/lib/python3.11/site-packages/demo/__pycache__/other.cpython-311.pyc: extra: the manifest does not name it
    /venv/lib/python3.11/site-packages/sitecustomize.py: extra: the manifest does not name it
    ");
}

#[test]
fn a_moved_release_is_compared_and_its_manifest_guarded() {
    let dir = tempfile::tempdir().unwrap();
    let place = folder(dir.path());
    let moved = place.with_file_name("moved");
    fs::rename(&place, &moved).unwrap();
    assert_eq!(lines(&verify(&moved).unwrap()), "");
    let manifest = fs::read(moved.join("manifest.json")).unwrap();
    let tree = crate::release::Manifest::parse(&manifest)
        .unwrap()
        .tree_digest(&manifest)
        .unwrap();
    let state = |tree| fs::write(moved.join("release.json"), format!(r#"{{"tree": "{tree}"}}"#)).unwrap();
    state(tree);
    assert_eq!(lines(&verify(&moved).unwrap()), "");
    state(Sha256::of(b""));
    let said = lines(&verify(&moved).unwrap());
    assert!(
        said.contains("manifest.json: contradiction: it says a tree with sha256"),
        "{said}"
    );
}

#[test]
fn the_digest_of_a_manifest_is_that_of_its_tree() {
    let dir = tempfile::tempdir().unwrap();
    let layout = Layout::folder(Path::new("/srv/site"), Path::new("/usr/bin/python3.11"));
    let tree = release(dir.path(), "1.0", &[demo()]).tree(&layout).unwrap();
    let crate::release::Kind::File { content, sha256, .. } = &tree.get("manifest.json").unwrap().kind else {
        panic!("a file");
    };
    let bytes = content.read(*sha256).unwrap();
    let manifest = crate::release::Manifest::parse(&bytes).unwrap();
    assert_eq!(manifest.tree_digest(&bytes), Some(tree.digest()));
}

#[test]
fn an_installed_package_is_compared_with_what_dpkg_kept() {
    let dir = tempfile::tempdir().unwrap();
    let deb = package(&release(dir.path(), "1.0", &[demo()]), dir.path());
    let root = dir.path().join("root");
    let run = |option: &str, to: &Path| {
        let status = std::process::Command::new("dpkg-deb")
            .arg(option)
            .arg(&deb)
            .arg(to)
            .status()
            .unwrap();
        assert!(status.success());
    };
    run("--extract", &root);
    run("--control", &root.join("DEBIAN"));
    let info = root.join("var/lib/dpkg/info");
    fs::create_dir_all(&info).unwrap();
    for name in ["md5sums", "conffiles"] {
        fs::copy(root.join("DEBIAN").join(name), info.join(format!("site.{name}"))).unwrap();
    }
    let installed = root.join("opt/site");
    let verified = verify(&installed).unwrap();
    assert_eq!(lines(&verified), "");
    assert!(verified.checked.md5sums > 10);
    fs::write(root.join("usr/bin/site-run"), "#!/bin/sh\n").unwrap();
    fs::write(root.join("etc/site/site.conf"), "debug = yes\n").unwrap();
    let verified = verify(&installed).unwrap();
    assert_eq!(
        first_word_of_each(&lines(&verified)),
        [("/etc/site/site.conf", "changed"), ("/usr/bin/site-run", "changed")]
    );
    assert!(matches!(
        Contents::read(&installed).unwrap().items["/opt/site/venv/lib64"].kind,
        ItemKind::Symlink { .. }
    ));
}
