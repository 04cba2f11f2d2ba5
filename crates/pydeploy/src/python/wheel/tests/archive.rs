//! Archives that are refused: their names, their members and what is around them.

use super::*;

#[test]
fn names_that_leave_the_folder_are_refused() {
    for (name, expect) in [
        ("../evil.py", "its name has a `.` or `..` component"),
        ("a/../../evil.py", "its name has a `.` or `..` component"),
        ("./a.py", "its name has a `.` or `..` component"),
        ("/etc/passwd", "its name is absolute"),
        ("a\\..\\b", "its name holds a backslash"),
        ("C:/x", "its name starts with a drive letter"),
        ("a//b", "its name has an empty component"),
        ("", "its name has an empty component"),
        ("a\nb", "its name holds a control character"),
        (
            &"x".repeat(247),
            "its name has a component over 246 bytes, or is over 1024 bytes",
        ),
        (
            &"x/".repeat(600),
            "its name has a component over 246 bytes, or is over 1024 bytes",
        ),
    ] {
        let builder = WheelBuilder::new().file(name, "x");
        let expect = format!("member `{}`: {expect}", name.escape_debug());
        assert_eq!(refusal(&builder), expect);
    }
}

#[test]
fn members_that_are_no_plain_files_are_refused() {
    let table = [
        (
            entry("a", |e| e.name = b"\xff".to_vec()),
            "member `\u{fffd}`: its name is not UTF-8",
        ),
        (entry("a", |e| e.mode = 0o120_777), "member `a`: it is a symbolic link"),
        (
            entry("a", |e| e.mode = 0o020_666),
            "member `a`: it is neither a file nor a folder",
        ),
        (entry("a", |e| e.flags |= 1), "member `a`: it is encrypted"),
        (entry("a/", |_| ()), "member `a/`: it is a folder and has content"),
        (
            entry("a", |e| e.method = 12),
            "member `a`: its compression method is 12, known are 0 (stored) and 8 (deflate)",
        ),
        (
            entry("a", |e| e.size = Some(u32::MAX - 1)),
            "member `a`: its size of 4294967294 bytes is beyond what is accepted",
        ),
        (
            entry("a", |e| e.local_name = Some(b"b".to_vec())),
            "member `a`: its two headers contradict each other",
        ),
    ];
    for (builder, expect) in table {
        assert_eq!(refusal(&builder), expect);
    }
}

#[test]
fn members_in_each_others_way_are_refused() {
    let two = |first: &str, second: &str| WheelBuilder::new().file(first, "").file(second, "");
    for (builder, expect) in [
        (two("a", "a"), "member `a`: it is there twice"),
        (two("Ab", "aB"), "member `aB`: its name differs from `Ab` in case only"),
        (two("a", "a/b"), "member `a`: it is a file and also the folder of `a/b`"),
        (two("a/", "a"), "member `a`: it is a file and also the folder of `a/`"),
    ] {
        assert_eq!(refusal(&builder), expect);
    }
}

#[test]
fn bytes_around_the_archive_are_refused() {
    let builder = WheelBuilder::new().file("a", "x");
    let (whole, entries) = (builder.bytes(), builder.all_entries());
    let before = "it holds bytes that belong to no member, before member `a`";
    let with = |junk: &[u8], offset| [junk, &zip(&entries, offset)].concat();
    assert_eq!(refusal_of(&with(b"#!/bin/sh\n", 10)), before);
    assert_eq!(refusal_of(&with(&whole, whole.len())), before);
    for junk in [&b"#!/bin/sh\n"[..], &whole] {
        let refusal = refusal_of(&with(junk, 0));
        assert!(
            refusal == before || refusal.starts_with("it is not a zip archive: "),
            "{refusal}"
        );
    }
    let after = [&whole, &b"junk"[..]].concat();
    let expect = "it holds bytes that belong to no member, after the end of the archive";
    assert_eq!(refusal_of(&after), expect);
}

#[test]
fn what_is_cut_or_no_archive_is_refused() {
    let whole = WheelBuilder::new().file("a", "x").bytes();
    for bytes in [&whole[..whole.len() / 2], &whole[..whole.len() - 1], b"", b"<html>"] {
        assert!(refusal_of(bytes).starts_with("it is not a zip archive: "));
    }
}

#[test]
fn no_flipped_byte_goes_unnoticed_or_panics() {
    let dir = tempfile::tempdir().unwrap();
    let builder = WheelBuilder::new().file("a", "some content, some content");
    let whole = builder.bytes();
    let plan_of = |path: &Path| -> Result<Vec<Vec<u8>>, WheelError> {
        let wheel = Wheel::open(path)?;
        wheel.install(&scheme())?;
        (0..wheel.members().count()).map(|number| wheel.read(number)).collect()
    };
    let right = plan_of(&builder.write(dir.path())).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        if let Ok(read) = plan_of(&builder.write_bytes(dir.path(), &bytes)) {
            assert_eq!(read[..right.len() - 1], right[..right.len() - 1], "byte {at}");
        }
    }
}

#[test]
fn a_bomb_is_refused() {
    let mut builder = WheelBuilder::new();
    for number in 0..3 {
        builder = builder.file(format!("zeros{number}"), vec![0; 25 << 20]);
    }
    let refusal = refusal(&builder);
    assert!(
        refusal.ends_with("more than 100 times its size, of which member `zeros2` is the largest"),
        "{refusal}"
    );
}
