//! What RECORD says, and wheels that are read in spite of it.

use super::*;
use crate::python::wheel::record;

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
fn despite_its_record_a_wheel_is_what_its_members_are() {
    let row = |file: &str, text: &str| record::row(file, &Sha256::of(text.as_bytes()), text.len() as u64);
    let base = WheelBuilder::new().file("a", "x").file("b", "y").file("c", "z");
    let open = |rows: &str| {
        let builder = WheelBuilder {
            record: Some(rows.to_owned()),
            ..base.clone()
        };
        open_by(&builder, Wheel::open_despite_record).unwrap()
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
