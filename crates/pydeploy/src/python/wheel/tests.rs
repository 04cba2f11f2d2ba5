//! Wheels that are read and installed on paper, and wheels that are refused.

use std::path::Path;

use super::testing::{Entry, WheelBuilder, zip};
use super::*;

#[track_caller]
fn open(builder: &WheelBuilder) -> Result<Wheel, WheelError> {
    let dir = tempfile::tempdir().unwrap();
    Wheel::open(&builder.write(dir.path()))
}

/// The error of a wheel that holds `bytes`, without its path.
#[track_caller]
fn refusal_of(bytes: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = WheelBuilder::new().write_bytes(dir.path(), bytes);
    Wheel::open(&path).unwrap_err().problem.to_string()
}

#[track_caller]
fn refusal(builder: &WheelBuilder) -> String {
    open(builder).unwrap_err().problem.to_string()
}

fn scheme() -> Scheme {
    Scheme {
        venv: "/opt/site/venv".to_owned(),
        python_minor: "3.11".to_owned(),
    }
}

#[track_caller]
fn install_refusal(builder: &WheelBuilder) -> String {
    open(builder)
        .unwrap()
        .install(&scheme())
        .unwrap_err()
        .problem
        .to_string()
}

fn entry(name: &str, change: impl FnOnce(&mut Entry)) -> WheelBuilder {
    let mut entry = Entry::new(name, "content");
    change(&mut entry);
    WheelBuilder::new().entry(entry)
}

fn is_sync<T: Send + Sync>(_: &T) {}

#[test]
fn a_wheel_is_opened_and_its_members_are_read() {
    let mut builder = WheelBuilder::named("Demo_Site", "1.0").file("demo.py", "x = 1\n");
    builder.metadata +=
        "Requires-Dist: django >=4.2,\n  <6\nRequires-Dist: gunicorn\nRequires-Python: >=3.9\n\nName: no\n";
    let wheel = open(&builder).unwrap();
    is_sync(&wheel);
    assert_eq!(wheel.metadata().name.as_str(), "demo-site");
    assert_eq!(wheel.metadata().requires_dist, ["django >=4.2, <6", "gunicorn"]);
    assert!(wheel.metadata().accepts(&"debian12".parse().unwrap()));
    assert_eq!(wheel.members().next(), Some("demo.py"));
    assert_eq!(wheel.read(0).unwrap(), b"x = 1\n");
}

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
fn everything_is_placed_where_pip_places_it() {
    let mut tool = Entry::new("demo/tool.sh", "#!/bin/sh\n");
    tool.mode = 0o100_755;
    let builder = WheelBuilder::new()
        .file("demo/", "")
        .file("demo/__init__.py", "")
        .file("demo/a,b.txt", "comma")
        .entry(tool)
        .file("demo-1.0.data/purelib/pure.py", "1")
        .file("demo-1.0.data/platlib/plat.py", "2")
        .file("demo-1.0.data/scripts/run", "#!python -u\r\nrun()\n")
        .file("demo-1.0.data/scripts/binary", b"\x7fELF\xff")
        .file("demo-1.0.data/data/share/demo/x", "3")
        .file("demo-1.0.data/headers/demo.h", "4")
        .file("demo-1.0.dist-info/INSTALLER", "other\n")
        .file("demo-1.0.dist-info/licenses/LICENSE", "5")
        .entry_points("[console_scripts]\ndemo = demo.cli : main [x]\n");
    let wheel = open(&builder).unwrap();
    let plan = wheel.install(&scheme()).unwrap();
    insta::assert_snapshot!(listing(&plan), @"
    rwx    5 member 7  bin/binary
    rwx  115 inline    bin/demo
    rwx   37 inline    bin/run
    rw-    1 member 9  include/site/python3.11/demo/demo.h
    rw-    9 inline    lib/python3.11/site-packages/demo-1.0.dist-info/INSTALLER
    rw-   46 member 13 lib/python3.11/site-packages/demo-1.0.dist-info/METADATA
    rw- 1167 inline    lib/python3.11/site-packages/demo-1.0.dist-info/RECORD
    rw-   59 member 14 lib/python3.11/site-packages/demo-1.0.dist-info/WHEEL
    rw-   45 member 12 lib/python3.11/site-packages/demo-1.0.dist-info/entry_points.txt
    rw-    1 member 11 lib/python3.11/site-packages/demo-1.0.dist-info/licenses/LICENSE
    rw-    0 member 1  lib/python3.11/site-packages/demo/__init__.py
    rw-    5 member 2  lib/python3.11/site-packages/demo/a,b.txt
    rwx   10 member 3  lib/python3.11/site-packages/demo/tool.sh
    rw-    1 member 5  lib/python3.11/site-packages/plat.py
    rw-    1 member 4  lib/python3.11/site-packages/pure.py
    rw-    1 member 8  share/demo/x
    ");
    let record = plan.iter().find(|file| file.path.ends_with("/RECORD")).unwrap();
    let InstalledContent::Inline(record) = &record.content else {
        panic!("the RECORD is made anew");
    };
    insta::assert_snapshot!(String::from_utf8_lossy(record), @r#"
    ../../../bin/binary,sha256=pzU4dF5Qpeux6edIwrZ9zhyj2nZyJTT3QgsKh7HIJa0,5
    ../../../bin/demo,sha256=8sPrks9NGZpHooVsK0-H1A8RT_bk2itD6BNJmU6HAqA,115
    ../../../bin/run,sha256=g1ulvjiJ4Iuty5rNAsK6Rp7awlaHleSirYTiaCgG6jA,37
    ../../../include/site/python3.11/demo/demo.h,sha256=SyJ3d9TdH8Ycb4hPSGQdArTRIdP9Moywi1Ux_Kzav4o,1
    ../../../share/demo/x,sha256=TgdAhWK-24tgzgXB3s_jrRa3IjCWfeAfZAt-Rym0n84,1
    demo-1.0.dist-info/INSTALLER,sha256=svdpIHe0Aen-5NBi5PjEP-O5Yijc0BzLz9fel6Sfucw,9
    demo-1.0.dist-info/METADATA,sha256=yQrTrWqot33aFt8P_BEz_nVR_9h9OTI50RGOWIAs2xE,46
    demo-1.0.dist-info/RECORD,,
    demo-1.0.dist-info/WHEEL,sha256=JCVX9z8V-js2aV5qmQR2E3fiCs-Yu3vPO91cCBmO1JM,59
    demo-1.0.dist-info/entry_points.txt,sha256=cIBX3oNaqG3qGCKbQGBkkZUJcQs2_aGbK7T2IWFy3IU,45
    demo-1.0.dist-info/licenses/LICENSE,sha256=7y0SfeN7lCuq0GFF5UsMYZofIjJ7LrvPvsePVWSv450,1
    demo/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0
    "demo/a,b.txt",sha256=82pOWGcFaRgVlTmb7sN-IsPbotjSq9GRuGYCoWwjKJw,5
    demo/tool.sh,sha256=qAdtPSjSHgIBKyDq99v3VAmmJ3E0Q5Al8oLjaOMwWr8,10
    plat.py,sha256=1HNeOiZeFu7gP1lxi5tdAwGcB9i2xR-Q2jpmbuwTqzU,1
    pure.py,sha256=a4ayc_80_OGda4BO_1o_V0etpOqiLx1JwB5S3beHW0s,1
    "#);
}

fn listing(plan: &[Installed]) -> String {
    let line = |file: &Installed| {
        let mode = if file.executable { "rwx" } else { "rw-" };
        let from = match &file.content {
            InstalledContent::Member(number) => format!("member {number}"),
            InstalledContent::Inline(_) => "inline".to_owned(),
        };
        format!("{mode} {:>4} {from:<9} {}\n", file.size, file.path)
    };
    plan.iter().map(line).collect()
}

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

#[test]
fn a_record_that_does_not_fit_is_refused() {
    let row =
        |file: &str, text: &str| record::row(file, &crate::digest::Sha256::of(text.as_bytes()), text.len() as u64);
    let base = WheelBuilder::new().file("a", "x");
    let (metadata, wheel) = (base.metadata.clone(), base.wheel.clone());
    let rest = row("demo-1.0.dist-info/METADATA", &metadata)
        + &row("demo-1.0.dist-info/WHEEL", &wheel)
        + "demo-1.0.dist-info/RECORD,,\n";
    for (rows, expect) in [
        (rest.clone(), "RECORD: `a`: the member is not listed"),
        (
            row("a", "x") + &row("b", "x") + &rest,
            "RECORD: `b`: there is no such member",
        ),
        (
            row("a", "x") + "a,,\n" + &rest,
            "RECORD: `a`: it is listed twice, differently",
        ),
        (format!("a,,1\n{rest}"), "RECORD: `a`: there is no hash"),
        (
            format!("a,md5=nX7bBmN7pmKpAhM3XjKXyQ,1\n{rest}"),
            "RECORD: `a`: `md5=nX7bBmN7pmKpAhM3XjKXyQ` is not a sha256",
        ),
        (
            row("a", "x").replace(",1\n", ",2\n") + &rest,
            "RECORD: `a`: the size is 2, the member has 1 bytes",
        ),
        (
            format!("a\n{rest}"),
            "RECORD: `demo-1.0.dist-info/RECORD`: line 1 is not a path, a hash and a size",
        ),
        (String::new(), "`demo-1.0.dist-info/RECORD` is missing"),
    ] {
        let builder = WheelBuilder {
            record: Some(rows),
            ..base.clone()
        };
        assert_eq!(refusal(&builder), expect);
    }
    let builder = WheelBuilder {
        record: Some(row("a", "y") + &rest),
        ..base
    };
    let wheel = open(&builder).unwrap();
    let error = wheel.read(0).unwrap_err().problem.to_string();
    assert!(error.starts_with("RECORD: `a`: the sha256 is a1fce4363854"), "{error}");
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
fn installations_that_would_break_an_environment_are_refused() {
    let data = |path: &str| WheelBuilder::new().file(format!("demo-1.0.data/{path}"), "x");
    let point = |line: &str| WheelBuilder::new().entry_points(&format!("[console_scripts]\n{line}\n"));
    for (builder, expect) in [
        (
            data("lib/x"),
            "member `demo-1.0.data/lib/x`: `lib` is not a known scheme",
        ),
        (
            data("scripts"),
            "member `demo-1.0.data/scripts`: `scripts` is not a known scheme",
        ),
        (
            data("scripts/python3"),
            "it would install `bin/python3`, which is part of every environment",
        ),
        (
            data("data/bin/python"),
            "it would install `bin/python`, which is part of every environment",
        ),
        (
            data("data/pyvenv.cfg"),
            "it would install `pyvenv.cfg`, which is part of every environment",
        ),
        (
            data("purelib/a").file("a", "y"),
            "it would install `lib/python3.11/site-packages/a` twice",
        ),
        (
            data("purelib/a").file("a/b", "y"),
            "it would install `lib/python3.11/site-packages/a` as a file and as a folder",
        ),
        (
            data("data/bin").entry_points("[console_scripts]\nx = demo:main\n"),
            "it would install `bin`, which is part of every environment",
        ),
        (
            point("python = demo:main"),
            "entry point `python = demo:main`: its name is that of an interpreter",
        ),
        (
            point("../../x = demo:main"),
            "entry point `../../x = demo:main`: its name is not that of a file in `bin`",
        ),
        (
            point("x = demo:main();import os"),
            "entry point `x = demo:main();import os`: `main();import os` is not a dotted name",
        ),
    ] {
        assert_eq!(install_refusal(&builder), expect);
    }
}

/// Five million bytes that do not repeat.
fn large() -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8 & 0x3f
    };
    (0..5_000_000).map(|_| next()).collect()
}

/// The content of member 0 in pieces, and how large the largest was.
fn pieces(wheel: &Wheel) -> Result<(Vec<u8>, usize), WheelError> {
    let (mut bytes, mut largest) = (Vec::new(), 0);
    wheel.copy(0, &mut MemberBuffer::default(), |piece| {
        largest = largest.max(piece.len());
        bytes.extend(piece);
        Ok::<_, WheelError>(())
    })?;
    Ok((bytes, largest))
}

#[test]
fn a_large_member_comes_in_pieces() {
    for method in [8, 0] {
        let mut entry = Entry::new("a", large());
        entry.method = method;
        let wheel = open(&WheelBuilder::new().entry(entry)).unwrap();
        let (bytes, largest) = pieces(&wheel).unwrap();
        assert_eq!(bytes, large());
        assert!(largest <= 1 << 20, "{largest}");
    }
    let small = open(&WheelBuilder::new().file("a", "x")).unwrap();
    assert_eq!(pieces(&small).unwrap(), (b"x".to_vec(), 1));
}

#[test]
fn a_large_member_that_is_not_right_is_refused_at_its_end() {
    let with = |change: fn(&mut Entry)| {
        let mut entry = Entry::new("a", large());
        change(&mut entry);
        WheelBuilder::new().entry(entry)
    };
    let mut lying = with(|_| ());
    lying.record = Some(
        lying
            .clone()
            .all_entries()
            .pop()
            .map(|entry| String::from_utf8(entry.bytes).unwrap())
            .unwrap(),
    );
    lying.entries[0].bytes[4_999_999] ^= 1;
    let size = "member `a` is damaged: it does not inflate to its size";
    // With the size in RECORD that the header claims, so that only the content gives it away.
    let sized = |size: u32| {
        let mut builder = with(|_| ());
        let rows = String::from_utf8(builder.all_entries().pop().unwrap().bytes).unwrap();
        builder.record = Some(rows.replace(",5000000\n", &format!(",{size}\n")));
        builder.entries[0].size = Some(size);
        builder
    };
    for (builder, expect) in [
        (
            with(|e| e.crc = Some(1)),
            "member `a` is damaged: its checksum is wrong",
        ),
        (sized(4_999_999), size),
        (sized(5_000_001), size),
        (lying, "RECORD: `a`: the sha256 is"),
    ] {
        let error = pieces(&open(&builder).unwrap()).unwrap_err().problem.to_string();
        assert!(error.starts_with(expect), "{error}");
    }
}

#[test]
fn despite_its_record_a_wheel_is_what_its_members_are() {
    let row = |file: &str, text: &str| record::row(file, &Sha256::of(text.as_bytes()), text.len() as u64);
    let base = WheelBuilder::new().file("a", "x").file("b", "y").file("c", "z");
    let open = |rows: &str| {
        let dir = tempfile::tempdir().unwrap();
        let builder = WheelBuilder {
            record: Some(rows.to_owned()),
            ..base.clone()
        };
        Wheel::open_despite_record(&builder.write(dir.path())).unwrap()
    };
    let said = |wheel: &Wheel| -> Vec<String> { wheel.contradictions().iter().map(ToString::to_string).collect() };
    let rest = row("demo-1.0.dist-info/METADATA", &base.metadata) + &row("demo-1.0.dist-info/WHEEL", &base.wheel);
    let wheel = open(&format!("a,md5=nX7bBmN7pmKpAhM3XjKXyQ,1\n{}d,,\n{rest}", row("b", "x")));
    let (b, x) = (Sha256::of(b"y"), Sha256::of(b"x"));
    assert_eq!(
        said(&wheel),
        [
            "RECORD: `a`: `md5=nX7bBmN7pmKpAhM3XjKXyQ` is not a sha256",
            &format!("RECORD: `b`: the sha256 is {x}, the member has {b}"),
            "RECORD: `c`: the member is not listed",
            "RECORD: `d`: there is no such member",
        ]
    );
    assert_eq!(wheel.read(1).unwrap(), b"y");
    let plan = wheel.install(&scheme()).unwrap();
    let installed = plan.iter().find(|file| file.path.ends_with("/b")).unwrap();
    assert_eq!(installed.sha256, b);
    let broken = open("a\n");
    assert_eq!(
        said(&broken),
        ["RECORD: `demo-1.0.dist-info/RECORD`: line 1 is not a path, a hash and a size"]
    );
    assert_eq!(broken.read(1).unwrap(), b"y");
}

#[test]
fn despite_its_record_nothing_else_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let refusal = |builder: WheelBuilder| {
        let error = Wheel::open_despite_record(&builder.write(dir.path())).unwrap_err();
        error.problem.to_string()
    };
    for (builder, expect) in [
        (
            entry("../m", |_| ()),
            "member `../m`: its name has a `.` or `..` component",
        ),
        (entry("m", |e| e.mode = 0o120_777), "member `m`: it is a symbolic link"),
        (
            entry("m", |e| e.crc = Some(1)),
            "member `m` is damaged: its checksum is wrong",
        ),
        (
            WheelBuilder {
                record: Some(String::new()),
                ..WheelBuilder::new()
            },
            "`demo-1.0.dist-info/RECORD` is missing",
        ),
    ] {
        assert_eq!(refusal(builder), expect);
    }
}

#[test]
fn a_large_member_counts_despite_the_record() {
    let builder = WheelBuilder {
        record: Some("\n".to_owned()),
        ..WheelBuilder::new().file("large", large())
    };
    let dir = tempfile::tempdir().unwrap();
    let wheel = Wheel::open_despite_record(&builder.write(dir.path())).unwrap();
    assert_eq!(wheel.contradictions().len(), 3);
    assert_eq!(pieces(&wheel).unwrap().0, large());
}
#[cfg(feature = "artifact")]
#[test]
fn compiled_files_are_found_by_how_they_begin() {
    use crate::python::elf_testing::{ElfBuilder, X86_64};

    let dir = tempfile::tempdir().unwrap();
    let elf = ElfBuilder::new(X86_64)
        .soname("libx.so.1")
        .needs("libz.so.1", &[])
        .build();
    // Too large for memory, and bad to compress, so that the first packed bytes are those of one block.
    let mut seed = 1_u32;
    let noise = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    });
    let large: Vec<u8> = elf.iter().copied().chain(noise.take(5 << 20)).collect();
    let mut wheel = WheelBuilder::new()
        .file("demo/_a.so", &elf)
        .file("demo/large", &large)
        .file("demo/short", "\x7fEL")
        .file("demo/cut.so", &elf[..80])
        .file("demo/b.py", "# ELF\n");
    for method in [8, 0] {
        wheel.entries.iter_mut().for_each(|entry| entry.method = method);
        let wheel = Wheel::open(&wheel.write(dir.path())).unwrap();
        let names: Vec<_> = wheel.members().collect();
        for scratch in [None, Some(dir.path())] {
            let found = wheel.compiled(scratch).unwrap();
            let found = found.iter().map(|(number, elf)| {
                let soname = elf.as_ref().ok().and_then(|elf| elf.soname.as_deref());
                format!("{} {}", names[*number], soname.unwrap_or("?"))
            });
            let expect = ["demo/_a.so libx.so.1", "demo/large libx.so.1", "demo/cut.so ?"];
            assert_eq!(found.collect::<Vec<_>>(), expect);
        }
    }
}
