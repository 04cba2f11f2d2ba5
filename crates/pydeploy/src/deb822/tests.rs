use super::{Paragraph, parse, parse_one};

#[test]
fn values_are_read_without_their_folding() {
    let text = "A: 1\nB:2 \nC:\n x\n\ty\n .\n  indented \nD-e :\n";
    let paragraph = parse_one(text.as_bytes()).unwrap();
    let fields: Vec<_> = paragraph.fields().collect();
    assert_eq!(
        fields,
        [("A", "1"), ("B", "2"), ("C", "\nx\ny\n\n indented "), ("D-e", "")]
    );
    assert_eq!(paragraph.to_string(), "A: 1\nB: 2\nC:\n x\n y\n .\n  indented \nD-e:\n");
}

#[test]
fn paragraphs_are_separated_by_empty_lines() {
    for (text, count) in [
        ("", 0),
        ("\n\n", 0),
        ("A: 1", 1),
        ("\n\nA: 1\n\n\n\nA: 1\n\n", 2),
        ("A: 1\n\nB: 1\n\nC: 1", 3),
    ] {
        assert_eq!(parse(text.as_bytes()).unwrap().len(), count, "{text:?}");
    }
}

#[test]
fn errors_name_the_line() {
    for (text, message) in [
        ("A: 1\n\n\nB: 1\nb: 2\n", "unexpected second field `b` at line 5"),
        (
            "A: 1\nB: 1\n x\nC: 1\nA: 1\nC: 1",
            "unexpected second field `A` at line 5",
        ),
        (" x\nA: 1", "unexpected continuation before any field at line 1"),
        ("A: 1\n\n x", "unexpected continuation before any field at line 3"),
        ("A: 1\n \nB: 1", "unexpected line of white space at line 2"),
        ("A: 1\r\n\r\nB: 1", "unexpected line without a colon at line 2"),
        ("A 1", "unexpected line without a colon at line 1"),
        (": 1", "unexpected field without a name at line 1"),
        ("# A: 1", "unexpected character '#' in the name of a field at line 1"),
        ("-A: 1", "unexpected character '-' in the name of a field at line 1"),
        ("Ä: 1", "unexpected character 'Ä' in the name of a field at line 1"),
        ("A b: 1", "unexpected character ' ' in the name of a field at line 1"),
        (
            "\u{feff}A: 1",
            "unexpected character '\\u{feff}' in the name of a field at line 1",
        ),
        ("A: 1\n\0\0", "unexpected line without a colon at line 2"),
        ("A\0: 1", "unexpected character '\\0' in the name of a field at line 1"),
        ("A: 1\r: 2\n\t\n", "unexpected line of white space at line 2"),
        ("A: 1\n\n\n \n", "unexpected continuation before any field at line 4"),
        ("<<<<<<< HEAD\nA: 1", "unexpected line without a colon at line 1"),
        ("A: 1\n=======\nA: 2", "unexpected line without a colon at line 2"),
        (
            "-----BEGIN PGP SIGNED MESSAGE-----\n\nA: 1",
            "unexpected line without a colon at line 1",
        ),
        ("A: 1\nB", "unexpected line without a colon at line 2"),
        ("A: 1\nB:", ""),
        ("A: 1\n B: 2\nb : 3\nB: 4", "unexpected second field `B` at line 4"),
        ("A: 1\nB: \u{fffd}", ""),
    ] {
        let message_found = parse(text.as_bytes()).err().map(|error| error.to_string());
        assert_eq!(message_found.unwrap_or_default(), message, "{text:?}");
    }
    let latin1 = parse(b"A: 1\nB: \xe9\n").unwrap_err();
    assert_eq!(latin1.to_string(), "unexpected bytes that are not UTF-8 at line 2");
    let none = parse_one(b"\n").unwrap_err();
    assert_eq!(
        none.to_string(),
        "unexpected end of a file without a paragraph at line 1"
    );
}

#[test]
fn what_is_pushed_can_be_read_back() {
    for (value, kept) in [
        (" plain ", "plain"),
        ("", ""),
        ("\n/etc/a", "\n/etc/a"),
        ("a\n.\nb\n\n", "a\n\nb"),
        ("a\n \n  b \n", "a\n\n  b"),
        ("a\n.\n", "a"),
        ("a: b\nC: d", "a: b\nC: d"),
        ("\n\n", ""),
    ] {
        let mut paragraph = Paragraph::new();
        paragraph.push("Field", value).unwrap();
        assert_eq!(paragraph.get("Field"), Some(kept), "{value:?}");
        assert_eq!(parse_one(&paragraph.to_bytes()).unwrap(), paragraph, "{value:?}");
    }
}

#[test]
fn what_would_break_the_file_is_refused() {
    let mut paragraph = Paragraph::new();
    for (name, value) in [
        ("", "a"),
        ("#A", "a"),
        ("A:", "a"),
        ("A", "a\r\nB: c"),
        ("A", "a\0"),
        ("Ä", "a"),
    ] {
        assert!(paragraph.push(name, value).is_err(), "{name:?} {value:?}");
        assert!(paragraph.set(name, value).is_err(), "{name:?} {value:?}");
    }
    assert!(paragraph.is_empty());
}

#[test]
fn many_fields_and_long_lines() {
    let mut text: String = (0..100_000).map(|n| format!("F{n}: {n}\n")).collect();
    text += &format!("Long: {}\n", "x".repeat(1_000_000));
    assert_eq!(parse_one(text.as_bytes()).unwrap().to_string(), text);
    text += "f77: 1\n";
    assert_eq!(parse_one(text.as_bytes()).unwrap_err().line(), 100_002);
}
