use super::{Changelog, head};

const ENTRY: &str = "a (1) unstable; urgency=low\n\n  * b\n\n -- C <c@d>  Sun, 09 Oct 2016 15:10:15 +0000\n";

#[test]
fn heads() {
    for (heading, distributions, urgency, released) in [
        ("a (1) unstable; urgency=low", "unstable", "low", true),
        ("a (1) UNRELEASED; urgency=HIGH (for you)", "UNRELEASED", "high", false),
        ("a (1) unreleased; urgency=low", "unreleased", "low", true),
        (
            "a (1) unstable UNRELEASED; urgency=low",
            "unstable UNRELEASED",
            "low",
            true,
        ),
        ("a (1)  b\tc; binary-only=yes, Urgency= low", "b c", "low", true),
        ("A1+.- (1) x; urgency=low\r", "x", "low", true),
    ] {
        let head = head(heading.as_bytes()).unwrap();
        assert_eq!(head.distributions.join(" "), distributions, "{heading}");
        assert_eq!(
            (head.urgency.as_str(), head.is_released()),
            (urgency, released),
            "{heading}"
        );
    }
}

#[test]
fn the_head_ends_at_its_trailer() {
    let text = format!("# vi\n\n\n{ENTRY}\nbroken\n");
    let head = head(text.as_bytes()).unwrap();
    assert_eq!(head.line, 4);
    assert_eq!(head.maintainer.as_deref(), Some("C <c@d>"));
    assert_eq!(head.date.unwrap().compact(), "20161009151015");
}

#[test]
fn the_head_has_the_last_of_its_trailers() {
    let second = " -- E <f@g>  Sat, 08 Oct 2016 15:10:15 +0000\n";
    for (between, maintainer) in [
        ("", "E <f@g>"),
        ("\n# comment\n", "E <f@g>"),
        ("\n  * lost\n", "C <c@d>"),
    ] {
        let text = format!("{ENTRY}{between}{second}");
        assert_eq!(
            head(text.as_bytes()).unwrap().maintainer.as_deref(),
            Some(maintainer),
            "{text}"
        );
    }
}

#[test]
fn a_head_without_a_trailer_does_not_take_the_next_one() {
    let text = format!("a (2) unstable; urgency=low\n\n  * b\n\n{ENTRY}");
    let head = head(text.as_bytes()).unwrap();
    assert_eq!((head.version.as_str(), head.maintainer), ("2", None));
}

#[test]
fn heads_that_dpkg_would_call_unknown() {
    for (text, message) in [
        ("", "end of file without any entry at line 1, column 1"),
        ("\n\n", "end of file without any entry at line 3, column 1"),
        (
            "  * b\n",
            "change data where first heading was expected at line 1, column 1",
        ),
        (
            "\u{feff}a (1) b; urgency=low",
            "heading without the name of a package at line 1, column 1",
        ),
        (
            "<<<<<<< HEAD\na (1) b; urgency=low",
            "heading without the name of a package at line 1, column 1",
        ),
        (
            "de_mo (1) b; urgency=low",
            "heading without a blank and a version in parentheses after the package at line 1, column 3",
        ),
        (
            "a(1) b; urgency=low",
            "heading without a blank and a version in parentheses after the package at line 1, column 2",
        ),
        ("a (1", "heading without a version in parentheses at line 1, column 5"),
        (
            "a () b; urgency=low",
            "heading without a version in parentheses at line 1, column 4",
        ),
        (
            "a (1) b",
            "heading without a semicolon after the distributions at line 1, column 8",
        ),
        (
            "a (1)",
            "heading without a semicolon after the distributions at line 1, column 6",
        ),
        (
            "a (1); urgency=low",
            "heading without distributions between version and semicolon at line 1, column 6",
        ),
        (
            "a (#VERSION#) b; urgency=low",
            "unexpected character '#' in upstream version at line 1, column 4",
        ),
        (
            "a (1.0_1) b; urgency=low",
            "unexpected character '_' in upstream version at line 1, column 7",
        ),
        (
            "a (1é_1) b; urgency=low",
            "unexpected character 'é' in upstream version at line 1, column 5",
        ),
        ("a (1) b;", "heading without an urgency at line 1, column 9"),
        (
            "a (1) b; urgency = low",
            "heading without an urgency at line 1, column 10",
        ),
    ] {
        let error = head(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message, "{text:?}");
    }
}

#[test]
fn diagnostics() {
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let changelog = Changelog::parse(text.as_bytes());
        let found: Vec<String> = changelog.check().iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{text}");
        assert_eq!(changelog.to_bytes(), text.as_bytes());
    }
    check(ENTRY, &[]);
    check(
        "",
        &["end of file where first heading was expected at line 1, column 1"],
    );
    check(
        &ENTRY.replace("  Sun", " Sun"),
        &["one blank between address and date instead of two at line 5, column 12"],
    );
    check(
        &ENTRY.replace("Sun", "Thr"),
        &["unknown weekday `Thr` at line 5, column 14"],
    );
    check(
        &ENTRY.replace("09 Oct", "30 Feb"),
        &["no such day or time as `30 Feb 2016 15:10:15 +0000` at line 5, column 19"],
    );
    check(
        &ENTRY.replace("Oct", "October"),
        &["unknown month in `09 October 2016 15:10:15 +0000` at line 5, column 22"],
    );
    check(
        &ENTRY.replace("urgency=low", "urgency=low, urgency=low, binary-only=no, x=y, z"),
        &[
            "`urgency` a second time at line 1, column 30",
            "value that does not fit its key in `binary-only=no` at line 1, column 43",
            "unknown key `x` at line 1, column 59",
            "`z` after the semicolon, which is not a key and a value at line 1, column 64",
        ],
    );
    check(
        &ENTRY.replace("  Sun", "   Sun"),
        &[
            "trailer without two blanks between address and date at line 5, column 12",
            "end of file where more change data or trailer was expected at line 6, column 1",
        ],
    );
    check(
        &ENTRY.replace("\n  * b\n", "some change\n b\n"),
        &[
            "heading without a blank and a version in parentheses after the package at line 2, column 5",
            "line that is neither heading, change nor trailer at line 3, column 1",
            "trailer where start of change data was expected at line 5, column 1",
        ],
    );
}

#[test]
fn old_formats_are_the_tail() {
    for line in [
        "Mon Jan  1 12:00:00 MET 1996  Name <mail>",
        "Mon Jan  1 12:00:00 1996 Some Name (mail)",
        "Sat Jan 27, 1996  Name <mail>",
        "Sat Jan 27 1996 N N <mail>",
        "foo (1.0)",
        "foo (1.0);",
        "foo-1.0 Debian 1",
        "foo 1.0 Debian 1 - x",
        "Changes from version 1 to 2: x",
        "Changes for foo-1.0:",
        "Changes for foo-1.0-2",
        "Old Changelog:",
        "1:1.0:",
        "1.0-1",
        "Local variables:",
        ";; Local Variables:",
        "vim: set x",
    ] {
        let text = format!("{ENTRY}\n{line}\nanything (2) a; urgency=b\n");
        let changelog = Changelog::parse(text.as_bytes());
        assert_eq!(changelog.entries().len(), 1, "{line}");
        assert!(changelog.tail().starts_with(line.as_bytes()), "{line}");
        assert_eq!(changelog.to_bytes(), text.as_bytes());
    }
}

#[test]
fn bytes_that_are_no_text() {
    for text in [
        &b"\xff\0\n\n \n\t\n --\n -- \n -- <\n -- a <b>\n"[..],
        b"a (\xff) b; urgency=low\n\n  * \xe9\n\n -- \xe9 <\xe9>  Sun, 09 Oct 2016 15:10:15 +0000",
        b" --  <>  1 a 0000 0:00:00 +0000",
        b"a (1) ;\na (1) b;;\na (1) b; ,=,\n",
        b"Mon Jan 1 <",
        b"1 1 11 11:11:11 1 1111 <>",
        b" Debian ",
        b"a Debian b",
        b"Changes for -:",
    ] {
        let changelog = Changelog::parse(text);
        assert_eq!(changelog.to_bytes(), text);
        for diagnostic in changelog.check() {
            assert!(diagnostic.line() <= text.split(|&b| b == b'\n').count(), "{diagnostic}");
        }
        drop(head(text));
    }
    let latin1 = b"a (1) b; urgency=low\n\n  * c\n\n -- J\xfcrg <j@x>  Sun, 09 Oct 2016 15:10:15 +0200\n";
    let head = head(latin1).unwrap();
    assert_eq!(head.maintainer.as_deref(), Some("Jürg <j@x>"));
    assert_eq!(head.date.unwrap().compact(), "20161009131015");
}

#[test]
fn damaged_anywhere() {
    let text = format!("{ENTRY}\n{ENTRY}").into_bytes();
    for at in 0..text.len() {
        for byte in [0, b'\n', b' ', b';', b'(', b'<', b'>', b',', 0xe9] {
            let mut damaged = text.clone();
            damaged[at] = byte;
            let changelog = Changelog::parse(&damaged);
            assert_eq!(changelog.to_bytes(), damaged);
            drop((changelog.check(), head(&damaged), head(&damaged[..at])));
        }
    }
}
