use std::fs;

use super::{LONGEST, text};
use crate::artifact::testing::{demo, release};
use crate::deb822;
use crate::python::testing::WheelBuilder;
use crate::release::Layout;

const MIT: &str = "MIT License\n\nCopyright (c) 2019 Somebody\n\nPermission is granted.\n\n  As is.\n";

fn wheel(name: &str, metadata: &str, files: &[(&str, &str)]) -> WheelBuilder {
    let mut wheel = WheelBuilder::named(name, "1.0");
    wheel.metadata += metadata;
    let wheel = wheel
        .file(format!("shared/{name}/a.py"), "")
        .file(format!("{name}/__init__.py"), "");
    files.iter().fold(wheel, |wheel, (path, text)| {
        wheel.file(format!("{name}-1.0.dist-info/{path}"), text)
    })
}

fn copyright(wheels: &[WheelBuilder]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let wheels: Vec<_> = wheels.iter().cloned().chain([demo()]).collect();
    let release = release(dir.path(), "1.0", &wheels);
    let layout = Layout::package(&release.project.name, &release.target);
    text(&release, &release.tree(&layout).unwrap(), &layout).unwrap()
}

#[test]
fn each_wheel_has_its_files_notices_and_licence() {
    let text = copyright(&[
        wheel(
            "one",
            "License-Expression: MIT AND Zlib\n",
            &[("licenses/LICENSE", MIT)],
        ),
        wheel(
            "two",
            "License-Expression: MIT\n",
            &[("LICENSE.txt", MIT), ("licenses/AUTHORS", "A\n")],
        ),
    ]);
    insta::assert_snapshot!(text, @r"
    Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
    Upstream-Name: site

    Files: *
    Copyright: the authors of site
    License: see-the-application
     The application's own licence is that of its authors.

    Files: opt/site/venv/bin/demo
     opt/site/venv/lib/python3.11/site-packages/demo-1.0.dist-info/*
     opt/site/venv/lib/python3.11/site-packages/demo/*
    Copyright: the authors of demo
    License: unknown-demo
     demo-1.0-py3-none-any.whl brings no licence file.

    Files: opt/site/venv/lib/python3.11/site-packages/one-1.0.dist-info/*
     opt/site/venv/lib/python3.11/site-packages/one/*
     opt/site/venv/lib/python3.11/site-packages/shared/one/*
    Copyright: Copyright (c) 2019 Somebody
    License: MIT and Zlib
     MIT License
     .
     Copyright (c) 2019 Somebody
     .
     Permission is granted.
     .
       As is.

    Files: opt/site/venv/lib/python3.11/site-packages/shared/two/*
     opt/site/venv/lib/python3.11/site-packages/two-1.0.dist-info/*
     opt/site/venv/lib/python3.11/site-packages/two/*
    Copyright: Copyright (c) 2019 Somebody
    License: MIT
     The text is that of one in this file.
    ");
    let paragraphs = deb822::parse(text.as_bytes()).unwrap();
    assert_eq!(paragraphs.len(), 5);
}

#[test]
fn long_texts_and_those_of_every_system_are_referred_to() {
    let long = format!("Copyright 2020 Long\n{}", "word ".repeat(LONGEST / 4));
    let gpl = fs::read_to_string("/usr/share/common-licenses/GPL-3").unwrap_or_default();
    let text = copyright(&[
        wheel("long", "License: Custom Licence, 1\n", &[("licenses/LICENSE", &long)]),
        wheel("gnu", "", &[("COPYING", &gpl)]),
    ]);
    let place = "\n The text is in /opt/site/venv/lib/python3.11/site-packages/long-1.0.dist-info/licenses/LICENSE.\n";
    assert!(
        text.contains(&format!(
            "Copyright: Copyright 2020 Long\nLicense: Custom-Licence-1{place}"
        )),
        "{text}"
    );
    if !gpl.is_empty() {
        let place = "License: unknown-gnu\n The text is in /usr/share/common-licenses/GPL-3 on every Debian system.\n";
        assert!(text.contains(place), "{text}");
    }
}

#[test]
fn expressions_keep_their_meaning() {
    for (spdx, expect) in [
        ("MIT AND Zlib", "MIT and Zlib"),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", "MPL-2.0, and Apache-2.0 or MIT"),
        ("(A OR B) AND (C OR D)", "A or B, and C or D"),
        ("(A AND B) OR C", "A and B or C"),
        (
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "GPL-2.0-only with Classpath-exception-2.0",
        ),
    ] {
        assert_eq!(super::debian_expression(spdx), expect);
    }
}

/// The files of this very system are known for what they are.
#[test]
fn texts_of_every_system_are_recognized() {
    for name in [
        "Apache-2.0",
        "GPL-2",
        "GPL-3",
        "LGPL-2",
        "LGPL-2.1",
        "LGPL-3",
        "MPL-1.1",
        "MPL-2.0",
    ] {
        if let Ok(text) = fs::read_to_string(format!("/usr/share/common-licenses/{name}")) {
            assert_eq!(super::common::find(&text), Some(name));
            assert_eq!(super::common::find(&format!("{text}\n{text}")), None, "{name} twice");
        }
    }
    assert_eq!(super::common::find(MIT), None);
}
