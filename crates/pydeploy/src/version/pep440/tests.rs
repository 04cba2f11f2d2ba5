use super::Pep440Version;

/// Each spelling and its normal form, as `packaging` has it.
#[test]
fn spellings() {
    for (text, normal) in [
        ("1", "1"),
        ("1.0.0", "1.0.0"),
        (" \u{2003}\x1c1.0\u{85}\n", "1.0"),
        ("V007!01.00", "7!1.0"),
        ("0!1", "1"),
        ("1.0A", "1.0a0"),
        ("1.0-alpha_1", "1.0a1"),
        ("1.0.beta.2", "1.0b2"),
        ("1.0c1", "1.0rc1"),
        ("1.0pre1", "1.0rc1"),
        ("1.0PREVIEW-03", "1.0rc3"),
        ("1.0-1", "1.0.post1"),
        ("1.0r1", "1.0.post1"),
        ("1.0-rev", "1.0.post0"),
        ("1.0.post-1", "1.0.post1"),
        ("1.0a-1", "1.0a1"),
        ("1.0a-", "1.0a0"),
        ("1.0a--1", "1.0a0.post1"),
        ("1.0a.post.dev.", "1.0a0.post0.dev0"),
        ("1.0dev", "1.0.dev0"),
        ("1rc2-3dev4+Ubuntu-01_x.0a", "1rc2.post3.dev4+ubuntu.1.x.0a"),
        ("1.99999999999999999999999999", "1.99999999999999999999999999"),
    ] {
        let version: Pep440Version = text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(version.to_string(), normal, "{text:?}");
        assert_eq!(normal.parse::<Pep440Version>().unwrap().to_string(), normal);
    }
}

#[test]
fn errors_name_the_character_the_column_and_what_should_be_there() {
    for (text, message) in [
        ("", "unexpected end at column 1, where a number should be"),
        ("abc", "unexpected character 'a' at column 1, where a number should be"),
        ("vv1", "unexpected character 'v' at column 2, where a number should be"),
        ("v 1", "unexpected character ' ' at column 2, where a number should be"),
        (".1", "unexpected character '.' at column 1, where a number should be"),
        (
            "１.0",
            "unexpected character '１' at column 1, where a number should be",
        ),
        ("1!", "unexpected end at column 3, where a number should be"),
        ("1!x", "unexpected character 'x' at column 3, where a number should be"),
        (
            "1!1!1",
            "unexpected character '!' at column 4, where a suffix or the end should be",
        ),
        ("1.", "unexpected end at column 3, where a suffix or the end should be"),
        (
            "1..0",
            "unexpected character '.' at column 3, where a suffix or the end should be",
        ),
        (
            " 1.0é",
            "unexpected character 'é' at column 5, where a suffix or the end should be",
        ),
        (
            "1.0-1-1",
            "unexpected character '1' at column 7, where a suffix or the end should be",
        ),
        (
            "1.0dev1a1",
            "unexpected character 'a' at column 8, where a suffix or the end should be",
        ),
        (
            "1.0po\u{17f}t1",
            "unexpected character 'p' at column 4, where a suffix or the end should be",
        ),
        (
            "1.0\0",
            r"unexpected character '\0' at column 4, where a suffix or the end should be",
        ),
        (
            "1.0+",
            "unexpected end at column 5, where a letter or a digit should be",
        ),
        (
            "1.0+a..b",
            "unexpected character '.' at column 7, where a letter or a digit should be",
        ),
        (
            "1.0+\u{212a}",
            "unexpected character '\u{212a}' at column 5, where a letter or a digit should be",
        ),
        (
            "1.0+a~",
            "unexpected character '~' at column 6, where the end should be",
        ),
    ] {
        let error = text.parse::<Pep440Version>().unwrap_err();
        assert_eq!(error.to_string(), message, "{text:?}");
    }
}
