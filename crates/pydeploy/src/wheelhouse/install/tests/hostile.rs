//! Wheels that nobody should install.

use super::*;

/// A wheel with one thing wrong, and what is said about it.
fn hostile() -> Vec<(&'static str, WheelBuilder, &'static str)> {
    let member = |name: &str| WheelBuilder::new().file(name, "x");
    let entry = |change: fn(&mut Entry)| {
        let mut entry = Entry::new("m", "content");
        change(&mut entry);
        WheelBuilder::new().entry(entry)
    };
    let two = |first: &str, second: &str| WheelBuilder::new().file(first, "").file(second, "");
    let record = |rows: &str| WheelBuilder {
        record: Some(rows.to_owned()),
        ..WheelBuilder::new().file("m", "x")
    };
    // The row of `m` in a right RECORD, in another form.
    let row = |change: fn(&str) -> String| {
        let right = WheelBuilder::new().file("m", "x").all_entries().pop().unwrap();
        let text = String::from_utf8(right.bytes).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        record(&format!("{}{rest}", change(first)))
    };
    let changed = |change: fn(&mut WheelBuilder)| {
        let mut builder = WheelBuilder::new();
        change(&mut builder);
        builder
    };
    let point = |line: &str| WheelBuilder::new().entry_points(&format!("[console_scripts]\n{line}\n"));
    let data = |path: &str| member(&format!("demo-1.0.data/{path}"));
    vec![
        (
            "climbs",
            member("a/../../m"),
            "member `a/../../m`: its name has a `.` or `..` component",
        ),
        ("climbs in scripts", data("scripts/../../m"), "component"),
        ("absolute", member("/m"), "member `/m`: its name is absolute"),
        (
            "drive letter",
            member("C:m"),
            "member `C:m`: its name starts with a drive letter",
        ),
        (
            "backslash",
            member("..\\m"),
            "member `..\\\\m`: its name holds a backslash",
        ),
        (
            "newline",
            member("a\nb"),
            "member `a\\nb`: its name holds a control character",
        ),
        (
            "long name",
            member(&"m".repeat(247)),
            "its name has a component over 246 bytes",
        ),
        ("long path", member(&"m/".repeat(600)), "or is over 1024 bytes"),
        (
            "symlink",
            entry(|e| e.mode = 0o120_777),
            "member `m`: it is a symbolic link",
        ),
        (
            "device",
            entry(|e| e.mode = 0o060_666),
            "member `m`: it is neither a file nor a folder",
        ),
        ("encrypted", entry(|e| e.flags |= 1), "member `m`: it is encrypted"),
        (
            "other compression",
            entry(|e| e.method = 14),
            "member `m`: its compression method is 14",
        ),
        (
            "other local name",
            entry(|e| e.local_name = Some(b"n".to_vec())),
            "member `m`: its two headers",
        ),
        (
            "checksum",
            entry(|e| e.crc = Some(1)),
            "member `m` is damaged: its checksum is wrong",
        ),
        (
            "impossible size",
            entry(|e| e.size = Some(1 << 30)),
            "member `m`: its size of 1073741824 bytes",
        ),
        ("duplicate", two("m", "m"), "member `m`: it is there twice"),
        (
            "case collision",
            two("Demo.py", "demo.py"),
            "member `demo.py`: its name differs from `Demo.py` in case only",
        ),
        (
            "file and folder",
            two("m", "m/n"),
            "member `m`: it is a file and also the folder of `m/n`",
        ),
        (
            "bomb",
            WheelBuilder::new().file("m", vec![0; 80 << 20]),
            "more than 100 times its size",
        ),
        ("no RECORD", record(""), "`demo-1.0.dist-info/RECORD` is missing"),
        (
            "md5 in RECORD",
            row(|_| "m,md5=nX7bBmN7pmKpAhM3XjKXyQ,1\n".to_owned()),
            "RECORD: `m`: `md5=",
        ),
        (
            "no hash in RECORD",
            row(|_| "m,,1\n".to_owned()),
            "RECORD: `m`: there is no hash",
        ),
        (
            "not in RECORD",
            row(|_| String::new()),
            "RECORD: `m`: the member is not listed",
        ),
        (
            "nothing for a row",
            row(|right| format!("{right}\nn,,\n")),
            "RECORD: `n`: there is no such member",
        ),
        (
            "other size",
            row(|right| format!("{right}7\n")),
            "RECORD: `m`: the size is 17, the member has 1 bytes",
        ),
        (
            "other hash",
            row(|right| format!("{}\n", right.replace("LXEWQ", "LXEWA"))),
            "RECORD: `m`: the sha256 is ",
        ),
        (
            "two rows",
            row(|right| format!("{right}\nm,,\n")),
            "RECORD: `m`: it is listed twice, differently",
        ),
        (
            "no row",
            row(|_| "m\n".to_owned()),
            "RECORD`: line 1 is not a path, a hash and a size",
        ),
        (
            "unknown scheme",
            data("stdlib/m"),
            "member `demo-1.0.data/stdlib/m`: `stdlib` is not a known scheme",
        ),
        (
            "over the interpreter",
            data("scripts/python3"),
            "it would install `bin/python3`",
        ),
        (
            "over the configuration",
            data("data/pyvenv.cfg"),
            "it would install `pyvenv.cfg`",
        ),
        ("through lib64", data("data/lib64/m"), "it would install `lib64/m`"),
        (
            "launcher called python",
            point("python = demo:main"),
            "its name is that of an interpreter",
        ),
        (
            "launcher elsewhere",
            point("../m = demo:main"),
            "its name is not that of a file in `bin`",
        ),
        (
            "launcher with code",
            point("m = demo:main();import os"),
            "`main();import os` is not a dotted name",
        ),
        (
            "other name",
            changed(|b| b.metadata = b.metadata.replace("demo", "omed")),
            "the file name says name demo",
        ),
        (
            "other version",
            changed(|b| b.metadata = b.metadata.replace("1.0", "2")),
            "the file name says version 1.0",
        ),
        (
            "Wheel 2",
            changed(|b| b.wheel = b.wheel.replace("1.0", "2.0")),
            "its Wheel-Version is 2.0, known is 1",
        ),
    ]
}

#[test]
fn hostile_wheels_are_refused_whole_and_named() {
    let lab = Lab::new();
    let right = lab.wheel(&WheelBuilder::named("right", "1").file("right.py", ""));
    for (what, builder, expect) in hostile() {
        let error = lab
            .install("venvs/v", &[right.clone(), lab.wheel(&builder)])
            .unwrap_err();
        let text = error.to_string();
        assert!(text.contains("demo-1.0-py3-none-any.whl: "), "{what}: {text}");
        assert!(text.contains(expect), "{what}: {text}");
        assert_eq!(error.exit_code(), exit::VERIFICATION, "{what}");
        assert_eq!(lab.names("venvs"), [""; 0], "{what}");
    }
    assert!(!lab.path("cache/unpacked").exists());
}

#[test]
fn files_that_are_more_than_one_archive_are_refused() {
    let lab = Lab::new();
    let (whole, other) = (demo().bytes(), WheelBuilder::new().file("evil.py", "").bytes());
    let behind = zip(&demo().all_entries(), other.len());
    for (what, bytes) in [
        ("another archive before it", [other.clone(), behind].concat()),
        (
            "another archive, with its own offsets",
            [other.clone(), whole.clone()].concat(),
        ),
        ("another archive after it", [whole.clone(), other].concat()),
        ("something after it", [whole.clone(), b"#".to_vec()].concat()),
        ("something before it", [b"#!/bin/sh\n".to_vec(), whole.clone()].concat()),
        ("less than the whole", whole[..whole.len() - 1].to_vec()),
    ] {
        let wheel = WheelSource::from(demo().write_bytes(&lab.path("wheels"), &bytes));
        let error = lab.install("venvs/v", &[wheel]).unwrap_err();
        assert_eq!(error.exit_code(), exit::VERIFICATION, "{what}: {error}");
        assert_eq!(lab.names("venvs"), [""; 0], "{what}");
    }
}
