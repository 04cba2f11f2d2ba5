//! Wheels and locks that must not be used: named, with 4 (a lock: 1), and nothing is left behind.

use crate::context::Context;
use crate::wheel::{Member, Wheel, lock, row, zip};

pub(crate) const PROJECT: &str = "[project]\nname = \"site\"\n[tool.pydeploy]\ntargets = [\"debian12\"]\ninclude = [\"*.py\"]\n\
                       service.command = [\"python\", \"app.py\"]\n";

/// A file, and what is said about it.
struct Case {
    what: &'static str,
    file: String,
    bytes: Vec<u8>,
    says: &'static str,
}

fn case(what: &'static str, wheel: Wheel, says: &'static str) -> Case {
    Case {
        what,
        bytes: wheel.bytes(),
        file: wheel.file,
        says,
    }
}

fn demo() -> Wheel {
    Wheel::named("demo")
}

fn with(name: &str) -> Wheel {
    demo().file(name, "x")
}

fn member(change: impl FnOnce(&mut Member)) -> Wheel {
    let mut member = Member::new("m", "content");
    change(&mut member);
    demo().member(member)
}

fn changed(change: impl FnOnce(&mut Wheel)) -> Wheel {
    let mut wheel = demo();
    change(&mut wheel);
    wheel
}

/// A script of the wheel.
fn point(line: &str) -> Wheel {
    demo().file(
        "demo-1.0.dist-info/entry_points.txt",
        format!("[console_scripts]\n{line}\n"),
    )
}

/// With the row of `m` in its RECORD changed, or more.
fn record(change: impl FnOnce(&str) -> String) -> Wheel {
    let mut wheel = with("m");
    let names = [("METADATA", &wheel.metadata), ("WHEEL", &wheel.wheel)];
    let rest = names.map(|(name, text)| row(&Member::new(&format!("demo-1.0.dist-info/{name}"), text)));
    let rows = change(&row(&wheel.members[0])) + &rest.concat() + "demo-1.0.dist-info/RECORD,,\n";
    wheel.record = Some(rows);
    wheel
}

fn names() -> Vec<Case> {
    vec![
        case(
            "climbs",
            with("a/../../m"),
            "member `a/../../m`: its name has a `.` or `..` component",
        ),
        case(
            "climbs out of scripts",
            with("demo-1.0.data/scripts/../../m"),
            "member `demo-1.0.data/scripts/../../m`: its name has a `.` or `..` component",
        ),
        case("absolute", with("/tmp/m"), "member `/tmp/m`: its name is absolute"),
        case(
            "drive letter",
            with("C:/m"),
            "member `C:/m`: its name starts with a drive letter",
        ),
        case(
            "backslash",
            with("..\\m"),
            "member `..\\\\m`: its name holds a backslash",
        ),
        case(
            "newline",
            with("a\nb"),
            "member `a\\nb`: its name holds a control character",
        ),
        case(
            "escape",
            with("\u{1b}[31m"),
            "member `\\u{1b}[31m`: its name holds a control character",
        ),
        case(
            "not UTF-8",
            member(|m| m.name = b"m\xff".to_vec()),
            "its name is not UTF-8",
        ),
        case(
            "long name",
            with(&"m".repeat(247)),
            "mmm`: its name has a component over 246 bytes",
        ),
        case(
            "long path",
            with(&"m/".repeat(600)),
            "/m/`: its name has a component over 246 bytes, or is over 1024",
        ),
        case(
            "symlink",
            member(|m| m.mode = 0o120_777),
            "member `m`: it is a symbolic link",
        ),
        case(
            "device",
            member(|m| m.mode = 0o060_666),
            "member `m`: it is neither a file nor a folder",
        ),
        case("duplicate", with("m").file("m", "y"), "member `m`: it is there twice"),
        case(
            "case collision",
            with("Demo.py").file("demo.py", ""),
            "member `demo.py`: its name differs from `Demo.py` in case only",
        ),
        case(
            "file and folder",
            with("m").file("m/n", ""),
            "member `m`: it is a file and also the folder of `m/n`",
        ),
        case(
            "folder and file",
            demo().file("m/", "").file("m", ""),
            "member `m`: it is a file and also the folder of `m/`",
        ),
    ]
}

fn archives() -> Vec<Case> {
    let whole = with("m").bytes();
    let archive = |what, bytes, says| Case {
        bytes,
        ..case(what, demo(), says)
    };
    let bomb = |name: &str, size| {
        let mut member = Member::new(name, vec![0; size]);
        member.method = 8;
        demo().member(member)
    };
    vec![
        case(
            "bomb",
            bomb("m", 80 << 20),
            "more than 100 times its size, of which member `m` is the largest",
        ),
        case("encrypted", member(|m| m.flags |= 1), "member `m`: it is encrypted"),
        case(
            "other compression",
            member(|m| m.method = 14),
            "member `m`: its compression method is 14",
        ),
        archive(
            "two archives",
            [zip(&[Member::new("evil.py", "")]), whole.clone()].concat(),
            "bytes that belong to no",
        ),
        archive(
            "trailing garbage",
            [&whole[..], b"#"].concat(),
            "bytes that belong to no member, after the end",
        ),
        archive(
            "leading garbage",
            [b"#!/bin/sh\n", &whole[..]].concat(),
            "bytes that belong to no member",
        ),
        archive("cut", whole[..whole.len() - 1].to_vec(), "it is not a zip archive"),
        archive("no archive", b"<html>404</html>".to_vec(), "it is not a zip archive"),
        archive("nothing", Vec::new(), "it is not a zip archive"),
    ]
}

fn records() -> Vec<Case> {
    vec![
        case(
            "no RECORD",
            changed(|w| w.record = Some(String::new())),
            "`demo-1.0.dist-info/RECORD` is missing",
        ),
        case(
            "md5",
            record(|_| "m,md5=nX7bBmN7pmKpAhM3XjKXyQ,1\n".to_owned()),
            "RECORD: `m`: `md5=nX7bBmN7pmKpAhM3XjKXyQ` is not a sha256",
        ),
        case(
            "no hash",
            record(|_| "m,,1\n".to_owned()),
            "RECORD: `m`: there is no hash",
        ),
        case(
            "other hash",
            record(|_| row(&Member::new("m", "y"))),
            "RECORD: `m`: the sha256 is a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa",
        ),
        case(
            "other size",
            record(|row| row.replace(",1\n", ",2\n")),
            "RECORD: `m`: the size is 2, the member has 1 bytes",
        ),
        case(
            "no row",
            record(|_| String::new()),
            "RECORD: `m`: the member is not listed",
        ),
        case(
            "nothing for a row",
            record(|row| format!("{row}gone,,\n")),
            "RECORD: `gone`: there is no such member",
        ),
        case(
            "two rows",
            record(|row| format!("{row}m,,\n")),
            "RECORD: `m`: it is listed twice, differently",
        ),
        case(
            "no columns",
            record(|_| "m\n".to_owned()),
            "RECORD`: line 1 is not a path, a hash and a size",
        ),
    ]
}

fn metadata() -> Vec<Case> {
    vec![
        case(
            "other name",
            changed(|w| w.metadata = w.metadata.replace("demo", "omed")),
            "the file name says name demo, `demo-1.0.dist-info/METADATA` says omed",
        ),
        case(
            "other version",
            changed(|w| w.metadata = w.metadata.replace("1.0", "2")),
            "the file name says version 1.0, `demo-1.0.dist-info/METADATA` says 2",
        ),
        case(
            "Wheel 2",
            changed(|w| w.wheel = w.wheel.replace("1.0", "2.0")),
            "its Wheel-Version is 2.0, known is 1",
        ),
        case(
            "two dist-info",
            with("omed-1.0.dist-info/METADATA"),
            "it has 2 `.dist-info` folders in place of one",
        ),
    ]
}

fn installations() -> Vec<Case> {
    vec![
        case(
            "unknown scheme",
            with("demo-1.0.data/stdlib/m"),
            "member `demo-1.0.data/stdlib/m`: `stdlib` is not a known scheme",
        ),
        case(
            "over the interpreter",
            with("demo-1.0.data/scripts/python3"),
            "it would install `bin/python3`",
        ),
        case(
            "over the configuration",
            with("demo-1.0.data/data/pyvenv.cfg"),
            "it would install `pyvenv.cfg`",
        ),
        case(
            "launcher called python",
            point("python = demo:main"),
            "entry point `python = demo:main`: its name is that of an interpreter",
        ),
        case(
            "launcher elsewhere",
            point("../../m = demo:main"),
            "entry point `../../m = demo:main`: its name is not that of a file in `bin`",
        ),
        case(
            "launcher with code",
            point("m = demo:main();import os"),
            "entry point `m = demo:main();import os`: `main();import os` is not a dotted name",
        ),
        case(
            "one file twice",
            with("m").file("demo-1.0.data/purelib/m", "x"),
            "/m` twice",
        ),
    ]
}

#[test]
fn hostile_wheels_are_refused_whole_by_every_command() {
    let context = Context::new();
    context.write("pyproject.toml", PROJECT);
    context.write("app.py", "");
    context.write(
        "debian/changelog",
        "site (1.0) unstable; urgency=medium\n\n  * First.\n\n -- Ada Example <ada@example.org>  Sun, 09 Oct 2016 15:10:15 +0000\n",
    );
    let right = Wheel::named("right").file("right.py", "");
    right.write(&context.path().join("wheels"));
    let cases = [names(), archives(), records(), metadata(), installations()];
    for case in cases.into_iter().flatten() {
        refused(&context, &right, &case);
    }
}

/// `venv` with the wheel and with the lock, `build` and `check` name it.
#[track_caller]
fn refused(context: &Context, right: &Wheel, case: &Case) {
    let (what, file) = (case.what, format!("wheels/{}", case.file));
    std::fs::write(context.path().join(&file), &case.bytes).expect("written");
    let wheels = [(&*right.file, &right.bytes()[..]), (&case.file, &case.bytes)];
    context.write("pylock.toml", &lock(&wheels));
    let right = format!("wheels/{}", right.file);
    let build = ["build", "--offline", "--version", "1.0", "--output", "out", "."];
    for args in [
        &["venv", "--target", "debian12", "env", &right, &file][..],
        &["venv", "--offline", "--compile", "env"],
        &build,
        &["wheelhouse", "check"],
    ] {
        let ended = context.pydeploy(args);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        let named = format!("{}: ", case.file);
        assert_eq!(ended.status, 4, "{what}: {args:?}: {ended}");
        assert!(
            said.contains(&named) && said.contains(case.says),
            "{what}: {args:?}: {ended}"
        );
    }
    std::fs::remove_file(context.path().join(&file)).expect("removed");
    let mut left = context.files();
    left.retain(|path| !path.starts_with(".cache"));
    let expect = ["app.py", "debian/changelog", "pylock.toml", "pyproject.toml", &right];
    assert_eq!(left, expect, "{what}");
}
