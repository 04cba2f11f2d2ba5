//! Sizes that nobody writes by hand: lines of a megabyte, numbers of ten thousand digits, a million lines.

use std::hash::{BuildHasher as _, RandomState};
use std::process::Command;
use std::time::{Duration, Instant};

use pydeploy::changelog::{Changelog, head};
use pydeploy::version::DebianVersion;

/// Text that is repeated until the file is large, what stands before and what behind it.
const REPEATED: [(&str, &str, &str); 41] = [
    ("", "a", ""),
    ("", " ", ""),
    ("", "\0", ""),
    ("", "\n", ""),
    ("", "\r", ""),
    ("", " \n", ""),
    ("", "a\n", ""),
    ("", "  * a\n", ""),
    ("", "# \n", ""),
    ("", "-\n", ""),
    ("", " x\n", ""),
    ("", "a", " (1) b; urgency=low"),
    ("a (", "1", ") b; urgency=low"),
    ("a (1.", "~", ") b; urgency=low"),
    ("a (1) ", "b ", "c; urgency=low"),
    ("a (1) ", "UNRELEASED ", "c; urgency=low"),
    ("a (1) b; ", ",", "c"),
    ("a (1) b; urgency=", "low", "\n"),
    ("a (1) b; urgency=low (", "(", "\n"),
    ("a (1) b; ", "b=c, ", "urgency=low\n"),
    ("", "a (1) b; urgency=low\n", ""),
    (
        "a (1) b; urgency=low\n  c\n -- d",
        " <",
        ">  Sun, 09 Oct 2016 15:10:15 +0000",
    ),
    (
        "a (1) b; urgency=low\n  c\n -- d <e",
        ">",
        "  Sun, 09 Oct 2016 15:10:15 +0000",
    ),
    (
        "a (1) b; urgency=low\n  c\n -- d <e>  Sun,",
        " ",
        "09 Oct 2016 15:10:15 +0000",
    ),
    (
        "a (1) b; urgency=low\n  c\n -- d <e>  Sun, 09 ",
        "Oct",
        " 2016 15:10:15 +0000",
    ),
    (
        "a (1) b; urgency=low\n  c\n -- d <e>  ",
        "Sun",
        ", 09 Oct 2016 15:10:15 +0000",
    ),
    (
        "a (1) b; urgency=low\n  c\n",
        " -- d <e>  Mon, 09 Oct 2016 15:10:15 +0000\n",
        "",
    ),
    (
        "a (1) b; urgency=low\n  c\n",
        "  -- d <e>  Mon, 09 Oct 2016 15:10:15 +0000\n",
        "",
    ),
    ("a (1) b; urgency=low\n  c\n", " -- d <\n", ""),
    (
        "a (1) b; urgency=low\n\n",
        "  c\n\n -- d <e>  Sun, 09 Oct 2016 15:10:15 +0000\n\n",
        "",
    ),
    ("a b 1 1:1:1 ", "1111 ", " <"),
    ("a b 1 1:1:1 ", "1111  <", " <"),
    ("a b 1 1111", " <", ""),
    ("a", "-a", " a a Debian 1"),
    ("a", " Debian", ""),
    ("Changes from version", " to ", ""),
    ("Changes for ", "a-", " :"),
    ("$a:", "a", ""),
    ("/*", "*", ""),
    ("Old Changelog:\n", "a (1) b; urgency=low\n", ""),
    ("vim:\n", "a (1) b; urgency=low\n", ""),
];

fn repeated((before, part, after): (&str, &str, &str), size: usize) -> Vec<u8> {
    format!("{before}{}{after}", part.repeat(size / part.len())).into_bytes()
}

/// A heading with as many different keys as there is room for.
fn keys(size: usize) -> Vec<u8> {
    let keys: String = (0..size / 10).map(|at| format!("k{at:06}=v,")).collect();
    format!("a (1) b; {keys}urgency=low\n").into_bytes()
}

/// Everything that a reader may ask for.
fn read(bytes: &[u8]) -> Duration {
    let started = Instant::now();
    let changelog = Changelog::parse(bytes);
    let length: usize = changelog.check().iter().map(|found| found.to_string().len()).sum();
    for entry in changelog.entries() {
        drop((
            entry.version(),
            entry.urgency(),
            entry.maintainer(),
            entry.date(),
            entry.changes(),
        ));
    }
    drop(head(bytes).map_err(|error| error.to_string()));
    let took = started.elapsed();
    assert!(changelog.to_bytes() == bytes);
    assert!(length < 200 * (bytes.len() + 200), "{length}");
    took
}

/// The shortest of three times, in which the machine did least else.
fn shortest(bytes: &[u8]) -> Duration {
    (0..3).map(|_| read(bytes)).min().unwrap_or_default()
}

/// Sixteen times the bytes may take sixteen times as long, with room for what memory costs, but not 256 times. A time
/// that is short all the same says nothing on a machine with other work.
#[track_caller]
fn check_growth(name: &str, small: Duration, large: Duration) {
    let short = Duration::from_secs(2);
    assert!(large < short.max(80 * small), "{name}: {small:?}, then {large:?}");
}

#[track_caller]
fn check_linear(name: &str, file: impl Fn(usize) -> Vec<u8>) {
    check_growth(name, shortest(&file(1 << 14)), shortest(&file(1 << 18)));
}

#[test]
fn time_grows_with_the_file_and_no_faster() {
    for parts in REPEATED {
        check_linear(&format!("{parts:?}"), |size| repeated(parts, size));
    }
    check_linear("keys", keys);
}

#[test]
fn long_heads_are_read_or_refused_where_they_are_wrong() {
    let long = "1".repeat(1 << 20);
    let read = |text: String| head(text.as_bytes());
    let found = read(format!("a ({long}) b; urgency=low\n")).expect("a version");
    assert_eq!(found.version.as_str(), long);
    for (text, column, message) in [
        (
            format!("a ({long}_) b; urgency=low\n"),
            1_048_580,
            "unexpected character '_' in upstream version",
        ),
        (format!("a ({long}:1) b; urgency=low\n"), 4, "epoch above 2147483647"),
        (
            format!("a ({long}\0) b; urgency=low\n"),
            1_048_580,
            "unexpected character '\\0' in upstream version",
        ),
        (
            format!("a ({long}"),
            1_048_580,
            "heading without a version in parentheses",
        ),
        (
            format!("a (1) {long}"),
            1_048_583,
            "heading without a semicolon after the distributions",
        ),
        (format!("a (1) b; {long}"), 10, "heading without an urgency"),
        (
            format!("{long}\0 (1) b; urgency=low"),
            1_048_577,
            "heading without a blank and a version in parentheses after the package",
        ),
    ] {
        let error = read(text).expect_err(message);
        assert_eq!(error.to_string(), format!("{message} at line 1, column {column}"));
    }
}

/// Without an end of its line, a head is the same as with one.
#[test]
fn files_need_no_end() {
    let text = "a (1.0-1) unstable; urgency=low";
    let (open, ended) = (head(text.as_bytes()), head(format!("{text}\n").as_bytes()));
    assert_eq!(open, ended);
    assert!(open.is_ok());
}

/// Pairs that differ in the last of ten thousand digits, in zeros before them, and in how many there are.
#[test]
fn numbers_of_ten_thousand_digits_are_compared_as_dpkg_does() {
    let nines = "9".repeat(10_000);
    let zeros = "0".repeat(10_000);
    let pairs = [
        (format!("1.{nines}8"), format!("1.{nines}9")),
        (format!("{zeros}1"), "1".to_owned()),
        (nines.clone(), format!("1{zeros}")),
        (format!("1-{nines}"), format!("1-{zeros}{nines}")),
        (format!("1.{zeros}"), format!("1.{zeros}~")),
        (format!("1{}", ".1".repeat(5000)), format!("1{}", ".1".repeat(5001))),
    ];
    for (a, b) in &pairs {
        let version = |text: &str| text.parse::<DebianVersion>().expect("a version");
        let (ours, theirs) = (version(a), version(b));
        let order = ours.cmp(&theirs);
        assert_eq!(theirs.cmp(&ours), order.reverse());
        assert_eq!(ours.sort_key().cmp(&theirs.sort_key()), order);
        let state = RandomState::new();
        assert_eq!(state.hash_one(&ours) == state.hash_one(&theirs), order.is_eq());
        if let Some(dpkg) = compared_by_dpkg(a, b) {
            assert_eq!(order, dpkg, "{} {}", &a[..4], &b[..4]);
        }
    }
}

fn compared_by_dpkg(a: &str, b: &str) -> Option<std::cmp::Ordering> {
    let holds = |operator: &str| {
        let dpkg = Command::new("dpkg")
            .args(["--compare-versions", a, operator, b])
            .status();
        dpkg.ok().map(|status| status.success())
    };
    Some(match (holds("lt")?, holds("eq")?) {
        (true, _) => std::cmp::Ordering::Less,
        (_, true) => std::cmp::Ordering::Equal,
        _ => std::cmp::Ordering::Greater,
    })
}

#[test]
fn versions_take_time_by_their_length() {
    let time = |part: &str, size: usize| {
        let text = format!("1{}1", part.repeat(size / part.len()));
        let run = || {
            let started = Instant::now();
            let (a, b): (DebianVersion, DebianVersion) = (
                text.parse().expect("a version"),
                format!("{text}a").parse().expect("one"),
            );
            assert!(a < b && a.sort_key() < b.sort_key());
            assert!(DebianVersion::from_tag(&a.to_tag()).is_some_and(|read| read.is_same_text(&a)));
            drop(a.as_snapshot());
            started.elapsed()
        };
        (0..3).map(|_| run()).min().unwrap_or_default()
    };
    for part in ["1", "0", "a", "~", ".1", "a-", "1~1+", "+git", "~20161009150015+git1"] {
        check_growth(part, time(part, 1 << 16), time(part, 1 << 20));
    }
}
