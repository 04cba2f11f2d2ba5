//! Kinds of damage, by name, from `damaged.txt`.
//!
//! A line `//- name` begins a case. `@changes`, `@trailer`, `@body`, `@heading`, `@entry` and `@older` stand for what is
//! good in it. Bytes are escaped as `\0`, `\t`, `\v`, `\f`, `\r`, `\\` and `\xHH`; `\s` is a blank at the end of a line and
//! `\c` joins two lines.

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
}

const HEADING: &str = "demo (1.0) unstable; urgency=low\n";
const CHANGES: &str = "\n  * A change.\n\n";
const TRAILER: &str = " -- Ada Example <ada@example.org>  Sun, 09 Oct 2016 15:10:15 +0000\n";
const OLDER: &str = "\ndemo (0.9) unstable; urgency=low\n\n  * An older change.\n\n";
const OLDER_TRAILER: &str = " -- Ada Example <ada@example.org>  Sat, 08 Oct 2016 15:10:15 +0000\n";

pub(crate) fn cases() -> Vec<Case> {
    let texts = include_str!("damaged.txt").split("//- ").skip(1);
    let case = |text: &'static str| {
        let (name, lines) = text.split_once('\n').expect("a name");
        let bytes = lines.split_inclusive('\n').flat_map(expand).collect();
        Case { name, bytes }
    };
    texts.map(case).collect()
}

fn expand(line: &str) -> Vec<u8> {
    let parts: &[&str] = match line.trim_end() {
        "@changes" => &[CHANGES],
        "@trailer" => &[TRAILER],
        "@body" => &[CHANGES, TRAILER],
        "@heading" => &[HEADING, CHANGES],
        "@entry" => &[HEADING, CHANGES, TRAILER],
        "@older" => &[OLDER, OLDER_TRAILER],
        "@trailer\\c" => &[TRAILER.trim_ascii_end()],
        _ => return unescape(line),
    };
    parts.concat().into_bytes()
}

fn unescape(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line;
    while let Some((plain, escape)) = rest.split_once('\\') {
        bytes.extend(plain.as_bytes());
        let length = if escape.starts_with('x') { 3 } else { 1 };
        bytes.extend(match &escape[..length] {
            "0" => Some(0),
            "t" => Some(b'\t'),
            "v" => Some(0x0b),
            "f" => Some(0x0c),
            "r" => Some(b'\r'),
            "s" => Some(b' '),
            "\\" => Some(b'\\'),
            "c" => return bytes,
            hex => Some(u8::from_str_radix(&hex[1..], 16).expect("two hex digits")),
        });
        rest = &escape[length..];
    }
    bytes.extend(rest.as_bytes());
    bytes
}

#[test]
fn every_case_is_of_its_own_kind() {
    let cases = cases();
    assert!(cases.len() >= 111, "{}", cases.len());
    for (at, case) in cases.iter().enumerate() {
        let same = cases[..at]
            .iter()
            .find(|other| other.bytes == case.bytes || other.name == case.name);
        assert!(
            same.is_none(),
            "{} is {}",
            case.name,
            same.map_or("", |other| other.name)
        );
    }
}
