//! What METADATA and WHEEL say.

use super::*;

#[test]
fn the_python_that_is_required_is_compared_with_the_target() {
    for (requires, expect) in [
        (">=3.11.2", true),
        (">=3.12", false),
        ("<4,>=3.8", true),
        ("!=3.11.*", false),
        ("what", true),
    ] {
        let mut builder = WheelBuilder::new();
        builder.metadata += &format!("Requires-Python: {requires}\n");
        let wheel = open(&builder).unwrap();
        let accepts = wheel.metadata().accepts(&"debian12".parse().unwrap());
        assert_eq!(accepts, expect, "{requires}");
    }
}

#[test]
fn metadata_that_do_not_fit_are_refused() {
    let with = |change: fn(&mut WheelBuilder)| {
        let mut builder = WheelBuilder::new();
        change(&mut builder);
        builder
    };
    for (builder, expect) in [
        (
            with(|b| b.file = "other-1.0-py3-none-any.whl".into()),
            "the file name says name other, `demo-1.0.dist-info` says demo",
        ),
        (
            with(|b| b.file = "demo-1.1-py3-none-any.whl".into()),
            "the file name says version 1.1, `demo-1.0.dist-info` says 1.0",
        ),
        (
            with(|b| b.metadata = b.metadata.replace("demo", "omed")),
            "the file name says name demo, `demo-1.0.dist-info/METADATA` says omed",
        ),
        (
            with(|b| b.metadata = b.metadata.replace("1.0", "2")),
            "the file name says version 1.0, `demo-1.0.dist-info/METADATA` says 2",
        ),
        (
            with(|b| b.metadata = "Version: 1.0\n".into()),
            "`demo-1.0.dist-info/METADATA`: `Name` is missing",
        ),
        (with(|b| b.metadata.clear()), "`demo-1.0.dist-info/METADATA` is missing"),
        (with(|b| b.wheel.clear()), "`demo-1.0.dist-info/WHEEL` is missing"),
        (
            with(|b| b.wheel = b.wheel.replace("1.0", "2.0")),
            "its Wheel-Version is 2.0, known is 1",
        ),
        (
            WheelBuilder::new().file("more-1.dist-info/METADATA", ""),
            "it has 2 `.dist-info` folders in place of one",
        ),
        (
            with(|b| b.file = "demo.whl".into()),
            "`demo.whl` is not the name of a wheel: it has not five or six parts between `-`",
        ),
    ] {
        assert_eq!(refusal(&builder), expect);
    }
}

#[test]
fn metadata_of_every_version_are_read() {
    let of = |version: &str, lines: &str| {
        let metadata = format!("Metadata-Version: {version}\nName: demo\nVersion: 1.0\n{lines}\nRequires-Dist: no\n");
        open(&WheelBuilder {
            metadata,
            ..WheelBuilder::new()
        })
    };
    for (version, lines) in [
        ("1.0", "Platform: UNKNOWN\nLicense: MIT\n"),
        (
            "1.1",
            "Requires: zope\nObsoletes: old\nClassifier: Framework :: Django\n",
        ),
        (
            "1.2",
            "Requires-Python: >=3\nRequires-External: libc\nProject-URL: Bugs, https://e/\n",
        ),
        ("2.0", "Provides-Extra: fast\nSetup-Requires-Dist: x\n"),
        (
            "2.1",
            "Description-Content-Type: text/markdown; charset=UTF-8\nProvides-Extra: fast\n",
        ),
        ("2.2", "Dynamic: Requires-Dist\n"),
        ("2.3", "Provides-Extra: a-b\n"),
        ("2.4", "License-Expression: MIT\nLicense-File: LICENSE\n"),
        ("2.5", "Import-Name: demo\nImport-Namespace: name\n"),
        ("2.6", "Something-New: x\n"),
    ] {
        let lines = format!("{lines}Requires-Dist: six (>=1.0)\n");
        let wheel = of(version, &lines).unwrap();
        assert_eq!(wheel.metadata().requires_dist, ["six (>=1.0)"], "{version}");
    }
    let said = |version: &str| of(version, "").unwrap_err().problem.to_string();
    for version in ["3.0", "0.9", "20.1", "x", ""] {
        let expect = format!("`demo-1.0.dist-info/METADATA`: its Metadata-Version is {version}, known are 1 and 2");
        assert_eq!(said(version), expect);
    }
}
