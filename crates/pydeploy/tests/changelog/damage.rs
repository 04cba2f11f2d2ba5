//! What we say about each kind of damage.

use std::fmt::Write as _;

use pydeploy::changelog::{Changelog, head};

use crate::cases::cases;

/// One paragraph for each case: the head or why there is none, the versions, then line, column and meaning of what is
/// wrong.
#[test]
fn every_damage_is_reported_where_it_is() {
    let mut report = String::new();
    for case in cases() {
        report += &format!("{}\n{}\n", case.name, described(&case.bytes));
    }
    insta::assert_snapshot!("damaged", report);
}

fn described(bytes: &[u8]) -> String {
    let mut text = match head(bytes) {
        Ok(head) => format!(
            "  {} {} ({}) {}, {}, {}\n",
            head.package,
            head.version,
            head.distributions.join(" "),
            head.urgency,
            head.maintainer.as_deref().unwrap_or("nobody"),
            head.date.map_or_else(|| "no date".to_owned(), |date| date.rfc3339()),
        ),
        Err(error) => format!("  refused: {error}\n"),
    };
    let changelog = Changelog::parse(bytes);
    let versions: Vec<&str> = changelog.entries().iter().map(|entry| entry.version_text()).collect();
    writeln!(text, "  versions: {}", versions.join(" ")).expect("a string");
    for found in changelog.check() {
        writeln!(text, "  {}: {found}", found.severity()).expect("a string");
    }
    text
}

#[test]
fn every_byte_is_kept() {
    for case in cases() {
        let kept = Changelog::parse(&case.bytes).to_bytes();
        assert!(kept == case.bytes, "{}", case.name);
    }
}

/// Each version is one that stands between parentheses in a line that has not been taken for anything else.
#[test]
fn no_version_is_invented() {
    for case in cases() {
        let lines: Vec<&[u8]> = case.bytes.split(|&b| b == b'\n').collect();
        for entry in Changelog::parse(&case.bytes).entries() {
            let heading = format!("{} ({})", entry.package(), entry.version_text());
            let line = lines[entry.line() - 1];
            let unreadable = std::str::from_utf8(line).is_err();
            assert!(
                unreadable || line.starts_with(heading.as_bytes()),
                "{}: {heading}",
                case.name
            );
        }
        if let Ok(head) = head(&case.bytes) {
            let first = Changelog::parse(&case.bytes).entries()[0];
            assert_eq!(first.version_text(), head.version.as_str(), "{}", case.name);
            assert_eq!(first.line(), head.line, "{}", case.name);
        }
    }
}

/// A head is refused where the first entry, or what stands in its place, has an error, and nowhere else.
#[test]
fn heads_are_refused_for_errors() {
    use pydeploy::changelog::Severity;

    for case in cases() {
        let changelog = Changelog::parse(&case.bytes);
        let second = changelog.entries().get(1).map_or(usize::MAX, |entry| entry.line());
        let found = changelog.check();
        let mut errors = found.iter().filter(|found| found.severity() == Severity::Error);
        let refused = errors.find(|found| found.line() < second);
        let place = head(&case.bytes).err().map(|error| (error.line(), error.column()));
        assert_eq!(
            place,
            refused.map(|found| (found.line(), found.column())),
            "{}",
            case.name
        );
    }
}

/// Cut short, a file is read to where it ends; nothing that was read before the cut changes.
#[test]
fn files_end_anywhere() {
    for case in cases() {
        for end in 0..case.bytes.len() {
            let cut = &case.bytes[..end];
            let changelog = Changelog::parse(cut);
            assert!(changelog.to_bytes() == cut, "{} cut at {end}", case.name);
            let lines = cut.split(|&b| b == b'\n').count();
            for found in changelog.check() {
                let inside = (1..=lines).contains(&found.line()) && found.column() <= cut.len() + 1;
                assert!(inside, "{} cut at {end}: {found}", case.name);
            }
            drop(head(cut));
        }
    }
}
