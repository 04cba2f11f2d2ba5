//! Inputs of megabytes: the time grows with their length and not with its square, which would take minutes here.

use std::time::{Duration, Instant};

use pydeploy::changelog::{self, Changelog};
use pydeploy::deb822;
use pydeploy::version::DebianVersion;

const MEGABYTE: usize = 1 << 20;
/// How long the lines are of which there are many.
const LINE: usize = 1 << 18;
/// Far more than any of these takes without optimisation on a busy machine.
const ENOUGH: Duration = Duration::from_secs(20);

#[track_caller]
fn soon<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < ENOUGH, "{what} took {:?}", start.elapsed());
    result
}

fn version(text: &str) -> DebianVersion {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn repeated(unit: &str) -> String {
    unit.repeat(MEGABYTE / unit.len())
}

/// As many of one spelling as of the other.
fn zeros(unit: &str) -> String {
    unit.repeat(MEGABYTE / 4)
}

#[test]
fn versions_are_compared() {
    for (lower, higher) in [
        (format!("1{}", "0".repeat(9_999)), format!("2{}", "0".repeat(9_999))),
        (format!("{}9", "0".repeat(MEGABYTE)), "10".to_owned()),
        (repeated("9"), format!("1{}", repeated("0"))),
        (format!("1{}1", zeros(".0")), format!("1{}2", zeros(".00"))),
        (format!("1{}~", repeated("~")), format!("1{}", repeated("~"))),
        (format!("1-{}", repeated("a0")), format!("1-{}1", repeated("a0"))),
    ] {
        let what = &lower[..8];
        soon(what, || {
            let (lower, higher) = (version(&lower), version(&higher));
            assert!(lower < higher && lower.sort_key() < higher.sort_key(), "{what}");
            let mut all = [higher.clone(), lower.clone(), higher.clone()];
            pydeploy::version::sort(&mut all);
            assert!(all == [lower, higher.clone(), higher], "{what}");
        });
    }
    let equal = [".0", ".00"].map(|unit| version(&format!("1{}", zeros(unit))));
    soon("equal", || {
        assert!(equal[0] == equal[1] && equal[0].sort_key() == equal[1].sort_key())
    });
}

#[test]
fn long_errors_have_a_column() {
    for (text, column) in [
        (format!("1{}\0", repeated("é.")), 2),
        (format!("1{}\0", repeated(".0")), MEGABYTE + 2),
        (format!("{}:1", repeated("9")), 1),
    ] {
        let error = soon("error", || text.parse::<DebianVersion>().unwrap_err());
        assert_eq!(error.column(), column, "{error}");
    }
}

/// Beginnings of lines that look like something of an older format, or like what it may be mistaken for.
const BEGINNINGS: [&str; 12] = [
    "",
    " ",
    "  ",
    " -- ",
    " -- A <b>  ",
    "a (1) ",
    "a (1) b; ",
    "Mon Jan 1 1:1:1 ",
    "Mon Jan 1, 1996 ",
    "Changes from version ",
    "Changes for ",
    "$Id: ",
];

/// What makes a search begin again and again.
const UNITS: [&str; 20] = [
    "a", "a ", " ", "-", "a-a ", "1", "1111 ", "1111 a", " <", "<", " <a", " debian ", " to ", ":", "$", "*/", ", ",
    "a=b,", "\0", "é",
];

#[test]
fn long_lines() {
    for beginning in BEGINNINGS {
        for unit in UNITS {
            let line = format!("{beginning}{}", unit.repeat(LINE / unit.len()));
            let entry = format!("a (1) b; urgency=low\n{line}\n{line}");
            soon(&format!("{beginning}{unit}"), || {
                for text in [&line, &entry] {
                    let changelog = Changelog::parse(text.as_bytes());
                    assert!(changelog.to_bytes() == text.as_bytes());
                    drop(changelog.check());
                    drop(changelog::head(text.as_bytes()));
                }
                drop(deb822::parse(line.as_bytes()));
            });
        }
    }
}

#[test]
fn a_megabyte_of_lines() {
    for unit in [
        "\n",
        " \n",
        "a\n",
        " -- \n",
        "  a\n",
        "a (1) b; urgency=low\n",
        " -- A <b>  Sun, 09 Oct 2016 15:10:15 +0000\n",
        "\r\n",
        "\0\n",
    ] {
        let text = repeated(unit);
        for entry in [
            "",
            "a (1) b; urgency=low\n\n  * c\n\n -- A <b>  Sun, 09 Oct 2016 15:10:15 +0000\n",
        ] {
            let text = format!("{entry}{text}");
            soon(unit, || {
                let changelog = Changelog::parse(text.as_bytes());
                assert!(changelog.to_bytes() == text.as_bytes());
                drop(changelog.check());
                drop(changelog::head(text.as_bytes()));
                drop(deb822::parse(text.as_bytes()));
            });
        }
    }
}
