use crate::changelog::Changelog;

const HEADING: &str = "a (1) b; urgency=low\n\n  * c -- d\n\n";
const RIGHT: &str = " -- D E <d@e>  Sun, 09 Oct 2016 15:10:15 +0000";

/// Every line is repaired in a file with entries around it, which stay as they are.
#[track_caller]
fn check(line: &str, fixed: &str, repairs: &[&str]) {
    for newline in ["\n", "\r\n"] {
        let file = |line: &str| {
            let (first, second) = (HEADING.replace("(1)", "(3)"), HEADING.replace("(1)", "(2)"));
            format!("# caf\u{e9}\n{first}{RIGHT}\n\n{second}{line}\n\n{HEADING}{RIGHT}\n").replace('\n', newline)
        };
        let before = file(line);
        let changelog = Changelog::parse(before.as_bytes());
        let result = changelog.fix();
        assert_eq!(String::from_utf8(result.bytes.clone()).unwrap(), file(fixed), "{line}");
        let seen: Vec<String> = result.repairs.iter().map(ToString::to_string).collect();
        let expected: Vec<String> = repairs
            .iter()
            .map(|repair| repair.replace(" at ", " at line 12, column "))
            .collect();
        assert_eq!(seen, expected, "{line}");
        let (faults, left) = (changelog.check(), Changelog::parse(&result.bytes).check());
        assert_eq!(
            left.is_empty(),
            !repairs.is_empty() || faults.is_empty(),
            "{line}: {left:?}"
        );
        assert!(left.len() <= faults.len());
        assert_eq!(Changelog::parse(&result.bytes).fix().repairs, []);
    }
}

#[test]
fn what_is_repaired() {
    for (line, repairs) in [
        (
            " -- D E <d@e> Sun, 09 Oct 2016 15:10:15 +0000",
            &["one blank before the date made two at 14"][..],
        ),
        (
            " -- D E <d@e>   Sun, 09 Oct 2016 15:10:15 +0000",
            &["3 blanks before the date made two at 14"],
        ),
        (
            " -- D E <d@e>Sun, 09 Oct 2016 15:10:15 +0000",
            &["two blanks put before the date at 14"],
        ),
        (
            " -- D E <d@e>\tSun, 09 Oct 2016 15:10:15 +0000",
            &["one blank before the date made two at 14"],
        ),
        (
            " --D E <d@e>  Sun, 09 Oct 2016 15:10:15 +0000",
            &["blank put before the name at 4"],
        ),
        (
            " -- D E<d@e>  Sun, 09 Oct 2016 15:10:15 +0000",
            &["blank put before the address at 8"],
        ),
        (
            "-- D E <d@e>  Sun, 09 Oct 2016 15:10:15 +0000",
            &["trailer moved to column 2 at 1"],
        ),
        (
            "   -- D E <d@e>  Sun, 09 Oct 2016 15:10:15 +0000",
            &["trailer moved to column 2 at 1"],
        ),
        (
            " -- D E <d@e>  Mon, 09 Oct 2016 15:10:15 +0000",
            &["weekday `Mon` made `Sun` at 16"],
        ),
        (
            " -- D E <d@e>  Thr, 09 Oct 2016 15:10:15 +0000",
            &["weekday `Thr` made `Sun` at 16"],
        ),
        (
            " -- D E <d@e>  sun, 09 Oct 2016 15:10:15 +0000",
            &["weekday `sun` made `Sun` at 16"],
        ),
        (
            " -- D E <d@e>  Sunday, 09 Oct 2016 15:10:15 +0000",
            &["weekday `Sunday` made `Sun` at 16"],
        ),
        (
            " -- D E <d@e>  Sun 09 Oct 2016 15:10:15 +0000",
            &["comma put behind the weekday at 19"],
        ),
        (
            " -- D E <d@e>  Sun, 09 October 2016 15:10:15 +0000",
            &["month `October` made `Oct` at 24"],
        ),
        (
            " -- D E <d@e>  Sun, 09 OCT 2016 15:10:15 +0000",
            &["month `OCT` made `Oct` at 24"],
        ),
        (
            " -- D E <d@e>  Sun, Oct 09 2016 15:10:15 +0000",
            &["day put before the month in `Oct 09` at 21"],
        ),
        (
            " -- D E <d@e>  Sun, October 09, 2016 15:10:15 +0000",
            &["day put before the month in `October 09,` at 21"],
        ),
        (
            "-- D E<d@e> Tur October 09 2016 15:10:15 +0000",
            &[
                "trailer moved to column 2 at 1",
                "blank put before the address at 7",
                "one blank before the date made two at 12",
                "weekday `Tur` made `Sun` at 13",
                "comma put behind the weekday at 16",
                "day put before the month in `October 09` at 17",
            ],
        ),
    ] {
        check(line, RIGHT, repairs);
    }
    check(
        " -- D E <d@e>   9 Sept 2016 15:10:15 +0000  ",
        " -- D E <d@e>  9 Sep 2016 15:10:15 +0000  ",
        &[
            "3 blanks before the date made two at 14",
            "month `Sept` made `Sep` at 19",
        ],
    );
}

#[test]
fn what_is_right_or_not_understood_stays() {
    for line in [
        RIGHT,
        " --  D  <d@e>  Sun,  9 Oct 2016 15:10:15 +0000  ",
        " -- D <d@e>  9 Oct 2016 15:10:15 +0000",
        " -- D <d@e>  Sun,09 Oct 2016 15:10:15 +0000",
        " -- D <d@e>  Sun, 30 Feb 2016 15:10:15 +0000",
        " -- D <d@e> Sun, 30 February 2016 15:10:15 +0000",
        " -- D <d@e>  Sun, 09 Oct Nov 2016 15:10:15 +0000",
        " -- D <d@e>  Sun, 09 Oct 2016 15:10 +0000",
        " -- D <d@e>  Sun, 09 Oct 2016 15:10:15 CEST",
        " -- D <d@e>  Sun, 09 Oct 2016, 15:10:15 +0000",
        " -- D <d@e>  Sun , 09 Oct 2016 15:10:15 +0000",
        " -- D <d@e>  S1n, 09 Ju 2016 15:10:15 +0000",
        " -- D <d@e>  S1n 09 Oct 2016 15:10:15 +0000",
        " -- D <d@e>  2016-10-09 15:10:15 +0000",
        " -- D <d@e>",
        " -- D d@e Sun, 09 Oct 2016 15:10:15 +0000",
        " -- <d@e> Sun, 09 Oct 2016 15:10:15 +0000",
        " --",
    ] {
        check(line, line, &[]);
    }
}

/// A change that begins with hyphens is not the end of an entry.
#[test]
fn changes_are_no_trailers() {
    let list = "  -- D E <d@e>   Sun, 09 Oct 2016 15:10:15 +0000\n";
    let text = format!("{HEADING}{list}\n{RIGHT}\n\n{HEADING}{list}  * e\n");
    let fixed = Changelog::parse(text.as_bytes()).fix();
    assert_eq!((fixed.bytes, fixed.repairs), (text.into_bytes(), vec![]));
}

#[test]
fn other_encodings_and_the_tail() {
    let text = b"a (1) b; urgency=low\n\n  * \xe9\n\n -- J\xfcrg <j@x> Sun, 09 Oct 2016 15:10:15 +0000\n\
                 \nOld Changelog:\n -- J <j@x> Sun, 09 Oct 2016 15:10:15 +0000\n";
    let fixed = Changelog::parse(text).fix();
    let place = text.windows(4).position(|part| part == b"> Su").unwrap() + 1;
    assert_eq!(fixed.bytes, [&text[..place], b" ", &text[place..]].concat());
    assert_eq!(fixed.repairs.len(), 1);
}

/// Nothing panics, nothing gets worse, and a second repair finds nothing.
#[test]
fn damaged_anywhere() {
    let second = HEADING.replace("(1)", "(2)");
    let text = format!("{second}{RIGHT}\n\n{HEADING}{RIGHT}\n").into_bytes();
    for at in 0..text.len() {
        for byte in [0, b'\n', b'\t', b' ', b',', b'<', b'>', b'-', b'M', 0xe9] {
            let mut damaged = text.clone();
            damaged[at] = byte;
            let fixed = Changelog::parse(&damaged).fix();
            let left = Changelog::parse(&fixed.bytes);
            let before = Changelog::parse(&damaged).check().len();
            assert!(left.check().len() + usize::from(!fixed.repairs.is_empty()) <= before.max(1));
            assert_eq!(left.fix().repairs, []);
            assert_eq!(fixed.repairs.is_empty(), fixed.bytes == damaged);
        }
    }
}
