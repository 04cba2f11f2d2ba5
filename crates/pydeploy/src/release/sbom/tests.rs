use std::sync::Arc;

use serde_json::{Value, json};

use crate::config::Project;
use crate::python::Wheel;
use crate::python::testing::WheelBuilder;
use crate::release::Release;
use crate::wheelhouse::open_wheel;

const PROJECT: &str = r#"
[project]
name = "site"
description = "A site."
[tool.pydeploy]
targets = ["debian12"]
include = ["*.py"]
service.command = ["demo"]
"#;

/// The list of a release with these wheels, from a folder of its own.
fn sbom(wheels: &[WheelBuilder]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("pyproject.toml"), PROJECT).unwrap();
    std::fs::write(dir.path().join("app.py"), "").unwrap();
    let project = Project::load(dir.path()).unwrap();
    let wheels = wheels
        .iter()
        .map(|wheel| Arc::new(Wheel::open(&wheel.write(dir.path())).unwrap()));
    let target = project.targets[0].clone();
    let mut release = Release::plan(&project, "1.0".parse().unwrap(), target, wheels.collect()).unwrap();
    release.at = crate::Timestamp::from_second(1_476_025_815);
    release.sbom().unwrap()
}

fn read(wheels: &[WheelBuilder]) -> Value {
    serde_json::from_slice(&sbom(wheels)).unwrap()
}

fn with_metadata(name: &str, lines: &str) -> WheelBuilder {
    let mut wheel = WheelBuilder::named(name, "1.0");
    wheel.metadata.push_str(lines);
    wheel
}

fn with_sbom(list: &Value) -> WheelBuilder {
    WheelBuilder::new().file("demo-1.0.dist-info/sboms/a list.cdx.json", list.to_string())
}

#[test]
fn wheels_are_components_with_hash_licence_and_url() {
    let wheel = with_metadata("demo", "Summary: A demo\nLicense-Expression: MIT OR Apache-2.0\n");
    let bom = read(&[wheel]);
    assert_eq!(bom["metadata"]["timestamp"], "2016-10-09T15:10:15Z");
    let component = &bom["components"][0];
    assert_eq!(
        (&component["purl"], &component["licenses"]),
        (
            &json!("pkg:pypi/demo@1.0"),
            &json!([{"expression": "MIT OR Apache-2.0", "acknowledgement": "declared"}])
        )
    );
    assert_eq!(component["hashes"][0]["alg"], "SHA-256");
    assert_eq!(component["description"], "A demo");
}

#[test]
fn licences_are_what_the_metadata_says() {
    let check = |lines: &str, expected: Value| {
        let bom = read(&[with_metadata("demo", lines)]);
        let licences = bom["components"][0]["licenses"].as_array().cloned().unwrap_or_default();
        let named = |choice: &Value| choice["license"].get("id").or(choice["license"].get("name")).cloned();
        assert_eq!(
            json!(licences.iter().map(named).collect::<Vec<_>>()),
            expected,
            "{lines}"
        );
    };
    check(
        "License: BSD-3-Clause\nClassifier: License :: OSI Approved :: BSD License\n",
        json!(["BSD-3-Clause"]),
    );
    check(
        "Classifier: License :: OSI Approved :: MIT License\nClassifier: License :: OSI Approved\n",
        json!(["MIT"]),
    );
    check(
        "License: UNKNOWN\nClassifier: License :: OSI Approved :: BSD License\n",
        json!(["BSD License"]),
    );
    check("License: the same as Python's\n", json!(["the same as Python's"]));
    check("", json!([]));
}

#[test]
fn what_a_wheel_needs_for_the_target_is_an_edge() {
    let demo = with_metadata(
        "demo",
        "Requires-Dist: Alpha[x]>=1; python_version >= '3.9'\nRequires-Dist: beta; sys_platform == 'win32'\n\
         Requires-Dist: beta; extra == 'more'\nRequires-Dist: gone\n",
    );
    let bom = read(&[
        demo,
        WheelBuilder::named("alpha", "1.0"),
        WheelBuilder::named("beta", "1.0"),
    ]);
    let edges = bom["dependencies"].as_array().unwrap();
    let of = |from: &str| {
        edges
            .iter()
            .find(|edge| edge["ref"] == from)
            .map(|edge| edge["dependsOn"].clone())
    };
    assert_eq!(of("pkg:pypi/demo@1.0"), Some(json!(["pkg:pypi/alpha@1.0"])));
    assert_eq!(of("pkg:pypi/beta@1.0"), Some(Value::Null));
    let all = json!(["pkg:pypi/alpha@1.0", "pkg:pypi/beta@1.0", "pkg:pypi/demo@1.0"]);
    assert_eq!(of("site@1.0"), Some(all));
}

#[test]
fn lists_that_wheels_bring_are_merged() {
    let list = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.4",
        "metadata": {"component": {"name": "demo", "bom-ref": "root"}},
        "components": [
            {"type": "library", "bom-ref": "z", "name": "zlib", "version": "1.3", "purl": "pkg:generic/zlib@1.3",
             "hashes": [{"alg": "SHA-256", "content": "00"}, {"alg": "SHA-1", "content": "A".repeat(40)}],
             "licenses": [{"license": {"id": "Zlib"}}, {"license": {"name": "other"}}]},
            {"type": "library", "bom-ref": "z", "name": "again"},
            {"type": "nonsense", "name": 3},
            {"type": "library", "bom-ref": "root", "name": "demo"},
            {"type": "nonsense", "name": "odd", "purl": 4, "hashes": "none", "components": {"a": 1}}
        ],
        "dependencies": [{"ref": "root", "dependsOn": ["z", "unknown"]}, {"ref": "unknown"}]
    });
    let bom = read(&[with_sbom(&list)]);
    let demo = &bom["components"][0];
    assert_eq!(demo["externalReferences"][0]["url"], "sboms/a%20list.cdx.json");
    let inside = demo["components"].as_array().unwrap();
    let names: Vec<&Value> = inside.iter().map(|component| &component["name"]).collect();
    assert_eq!(names, ["zlib", "again", "odd"]);
    assert_eq!(
        inside[0]["hashes"],
        json!([{"alg": "SHA-1", "content": "a".repeat(40)}])
    );
    assert_eq!(inside[0]["licenses"][0]["license"]["id"], "Zlib");
    assert_eq!(inside[2]["type"], "library");
    let edge = bom["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .find(|edge| edge["ref"] == "pkg:pypi/demo@1.0");
    assert_eq!(
        edge.unwrap()["dependsOn"],
        json!(["pkg:pypi/demo@1.0#a list.cdx.json#z"])
    );
}

#[test]
fn a_list_that_is_none_is_only_named() {
    for bytes in [
        "{",
        "[]",
        "\"CycloneDX\"",
        r#"{"spdxVersion": "SPDX-2.3"}"#,
        r#"{"bomFormat": "CycloneDX", "components": 3}"#,
    ] {
        let wheel = WheelBuilder::new().file("demo-1.0.dist-info/sboms/x.json", bytes);
        let demo = read(&[wheel])["components"][0].clone();
        assert_eq!(
            (&demo["components"], &demo["externalReferences"][0]["type"]),
            (&Value::Null, &json!("bom"))
        );
    }
}

#[test]
fn the_same_release_gives_the_same_bytes_and_another_one_another_number() {
    let wheels = || [WheelBuilder::new(), WheelBuilder::named("alpha", "1.0")];
    let [demo, alpha] = wheels();
    assert_eq!(sbom(&wheels()), sbom(&[alpha, demo]));
    let number = |wheels: &[WheelBuilder]| read(wheels)["serialNumber"].as_str().unwrap().to_owned();
    assert!(number(&wheels()).starts_with("urn:uuid:") && number(&wheels()).len() == 45);
    assert_ne!(number(&wheels()), number(&wheels()[..1]));
}

/// Validates against the published schema, with `cyclonedx-python-lib`, when `PYDEPLOY_ORACLE_CYCLONEDX` names an
/// interpreter that has it. `PYDEPLOY_ORACLE=1` makes its lack a failure.
#[test]
fn the_document_is_valid() {
    let Ok(python) = std::env::var("PYDEPLOY_ORACLE_CYCLONEDX") else {
        assert!(
            std::env::var("PYDEPLOY_ORACLE").is_err(),
            "PYDEPLOY_ORACLE_CYCLONEDX names no interpreter"
        );
        return;
    };
    let list = json!({
        "bomFormat": "CycloneDX",
        "components": [
            {"type": "x", "bom-ref": "a", "name": "a", "version": 1, "licenses": [{"license": {"id": "No-Such-Id"}}]},
            {"type": "file", "bom-ref": "a", "name": "a", "components": [{"name": "deep", "licenses": [{"expression": "MIT"}]}]},
            {"type": "file", "bom-ref": "a", "name": "a"},
        ],
        "dependencies": [{"ref": "a", "dependsOn": ["a", "a"]}]
    });
    let wheels = [
        with_sbom(&list),
        with_metadata("alpha", "License-Expression: MIT OR Apache-2.0\n"),
        with_metadata("beta", "License: MIT\n"),
        with_metadata("gamma", "Classifier: License :: OSI Approved :: BSD License\n"),
        WheelBuilder::named("delta", "1.0+local.1"),
    ];
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), sbom(&wheels)).unwrap();
    let program = "import sys\n\
        from cyclonedx.schema import SchemaVersion\n\
        from cyclonedx.validation.json import JsonStrictValidator\n\
        sys.exit(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()))\n";
    let ended = std::process::Command::new(python)
        .args(["-c", program])
        .arg(file.path())
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn what_is_waived_is_a_property_of_the_wheel() {
    let dir = tempfile::tempdir().unwrap();
    let waive = "[tool.pydeploy.waive.demo]\nfindings = ['record', 'requires-python']\nreason = 'known'\n";
    std::fs::write(dir.path().join("pyproject.toml"), format!("{PROJECT}{waive}")).unwrap();
    std::fs::write(dir.path().join("app.py"), "").unwrap();
    let project = Project::load(dir.path()).unwrap();
    let mut demo = with_metadata("demo", "Requires-Python: <3\n");
    demo.record = Some("gone.py,,\n".to_owned());
    let open = |wheel: WheelBuilder| Arc::new(open_wheel(&wheel.write(dir.path()), &project.waivers).unwrap());
    let target = project.targets[0].clone();
    let plan = |wheel| Release::plan(&project, "1.0".parse().unwrap(), target.clone(), vec![open(wheel)]);
    let release = plan(demo).unwrap();
    let waived = release.waived().unwrap();
    let bom: Value = serde_json::from_slice(&release.sbom().unwrap()).unwrap();
    let properties = bom["components"][0]["properties"].as_array().unwrap();
    assert_eq!((waived.len(), properties.len()), (4, 5), "{properties:?}");
    let python = json!({
        "name": "pydeploy:waived:requires-python",
        "value": "demo-1.0-py3-none-any.whl is for Python <3, not 3.11.2: known",
    });
    let record = json!({
        "name": "pydeploy:waived:record",
        "value": "demo-1.0-py3-none-any.whl: RECORD: `gone.py`: there is no such member: known",
    });
    assert!(
        properties.contains(&python) && properties.contains(&record),
        "{properties:?}"
    );
    let refused = plan(with_metadata("other", "Requires-Python: <3\n")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "other-1.0-py3-none-any.whl is for Python <3, debian12 has 3.11.2"
    );
}
