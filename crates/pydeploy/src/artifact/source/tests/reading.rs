//! What is read of a source package.

use super::*;

#[test]
fn what_is_read_of_it_is_the_package() {
    for version in ["1:1.0", "1.0-1"] {
        let dir = tempfile::tempdir().unwrap();
        let written = source(dir.path(), version, &[demo()]).unwrap();
        let dsc = &written.files[0].path;
        let inspection = inspect(dsc).unwrap();
        assert_eq!(inspection.release.as_ref().unwrap().version, version);
        assert_eq!(
            (inspection.wheels[0].name.as_str(), inspection.wheels.len()),
            ("demo", 1)
        );
        assert!(inspection.sbom().unwrap().starts_with(b"{"));
        assert!(inspection.control_files.contains(&"postinst".to_owned()));
        let verification = verify(dsc).unwrap();
        assert_eq!(verification.findings, []);
        assert!(
            verification.checked.manifest > 5 && verification.checked.records == 1,
            "{verification:?}"
        );
        let changelog = changelog(version);
        let options = DebOptions {
            packaging: packaging(&changelog),
            pieces: None,
        };
        let deb = deb::write(
            &release(dir.path(), version, &[demo()]),
            &options,
            &dir.path().join("out"),
        )
        .unwrap();
        let difference = diff(&deb.path, dsc).unwrap();
        assert!(
            difference.files.is_empty() && difference.packages.is_empty(),
            "{difference:?}"
        );
    }
}

#[test]
fn a_source_package_that_was_changed_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let written = source(dir.path(), "1.0-1", &[demo()]).unwrap();
    let dsc = &written.files[0].path;
    let refused = |what: &str| {
        let error = verify(dsc).expect_err(what);
        assert!(
            matches!(error.exit_code(), exit::VERIFICATION | exit::FAILED),
            "{what}: {error}"
        );
        error.to_string()
    };
    for file in &written.files[1..] {
        let whole = fs::read(&file.path).unwrap();
        for at in (0..whole.len()).step_by(97) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            fs::write(&file.path, bytes).unwrap();
            refused(&format!("byte {at} of {}", file.path.display()));
        }
        fs::write(&file.path, &whole[..whole.len() - 1]).unwrap();
        refused("cut");
        fs::remove_file(&file.path).unwrap();
        assert!(refused("gone").starts_with("cannot open"));
        fs::write(&file.path, &whole).unwrap();
    }
    let text = fs::read_to_string(dsc).unwrap();
    let component = names(&written)[2].clone();
    for (from, to, expected) in [
        (component.as_str(), "../site_1.0.orig-wheels.tar.gz", "it lists"),
        (component.as_str(), "site_1.0.orig-...tar.gz", "it lists"),
        (component.as_str(), "site_1.0.orig-wheels.tar.bz2", "it lists"),
        ("Version: 1.0-1", "Version: 1.0-2", ""),
        (
            "Format: 3.0 (quilt)\n",
            "Format: 3.0 (quilt)\nFormat: 1.0\n",
            "cannot be used: unexpected second field",
        ),
    ] {
        fs::write(dsc, text.replace(from, to)).unwrap();
        match expected {
            // The release in it says otherwise.
            "" => assert!(!verify(dsc).unwrap().holds()),
            _ => assert!(refused(to).contains(expected), "{to}"),
        }
    }
    fs::write(dsc, "Format: 1.8\nSource: site\n").unwrap();
    assert!(
        refused("an upload").contains("debian/pydeploy/plan.jsonl in it cannot be read"),
        "{}",
        refused("an upload")
    );
}
