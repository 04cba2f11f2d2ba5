//! Lines by which dpkg knows that the rest of the file is in a format older than the present one.

use super::lines::{is_space, is_word, split_while, starts_with_ignoring_case};

pub(super) fn begins(line: &[u8]) -> bool {
    is_dated(line)
        || is_heading_without_options(line)
        || is_heading_of_a_distribution(line)
        || is_list_of_changes(line)
        || is_lone_version(line)
}

/// `Mon Jan  1 12:00:00 MET 1996  Name <mail>` and `Mon Jan 1, 1996  Name <mail>`.
fn is_dated(line: &[u8]) -> bool {
    let Some(rest) = word_and_space(line).and_then(word_and_space) else {
        return false;
    };
    let (day, rest) = split_while(rest, |b| b.is_ascii_digit());
    if !(1..=2).contains(&day.len()) {
        // The day can run into the year: `11996`.
        return day.len() >= 5 && day.len() <= 6 && ends_with_person(rest);
    }
    let after_comma = split_while(rest.strip_prefix(b",").unwrap_or(rest), is_space).1;
    year_and_person(after_comma) || rest.strip_prefix(b" ").and_then(time).is_some_and(zone_year_and_person)
}

fn word_and_space(text: &[u8]) -> Option<&[u8]> {
    let (word, rest) = split_while(text, is_word);
    let (space, rest) = split_while(rest, is_space);
    (!word.is_empty() && !space.is_empty()).then_some(rest)
}

/// What follows `12:00:00 `.
fn time(text: &[u8]) -> Option<&[u8]> {
    let (time, rest) = split_while(text, |b| b.is_ascii_digit() || b == b':');
    let (space, rest) = split_while(rest, is_space);
    let mut parts = time.split(|&b| b == b':');
    let three = parts
        .by_ref()
        .take(3)
        .filter(|part| (1..=2).contains(&part.len()))
        .count()
        == 3;
    (three && parts.next().is_none() && !space.is_empty()).then_some(rest)
}

fn zone_year_and_person(text: &[u8]) -> bool {
    let zone = split_while(text, |b| is_word(b) || is_space(b)).0;
    let year = |four: &[u8]| four[..4].iter().all(u8::is_ascii_digit) && is_space(four[4]);
    // A person after a later year is one after the first year too.
    let first = zone.windows(5).position(year);
    first.is_some_and(|at| ends_with_person(&text[at + 4..]))
}

fn year_and_person(text: &[u8]) -> bool {
    let digits = text.iter().take(4).filter(|b| b.is_ascii_digit()).count();
    digits == 4 && ends_with_person(&text[4..])
}

/// Blanks, perhaps a name and more blanks, and an address in `<>` or `()`.
fn ends_with_person(text: &[u8]) -> bool {
    let mut pairs = text.windows(2).skip(1);
    let open = pairs.position(|pair| is_space(pair[0]) && matches!(pair[1], b'<' | b'('));
    let begins = text.first().copied().is_some_and(is_space);
    begins && open.is_some_and(|at| text[at + 3..].iter().any(|b| matches!(b, b'>' | b')')))
}

/// `foo (1.0)` or `foo (1.0);`, whatever follows.
fn is_heading_without_options(line: &[u8]) -> bool {
    let (package, rest) = split_while(line, |b| is_word(b) || matches!(b, b'-' | b'+' | b'.'));
    let plain = package.iter().skip(1).all(|&b| b != b'_');
    let Some(rest) = rest.strip_prefix(b" (") else {
        return false;
    };
    let (version, rest) = split_while(rest, |b| !matches!(b, b'(' | b')' | b' ' | b'\t'));
    plain && package.first().copied().is_some_and(is_word) && !version.is_empty() && rest.starts_with(b")")
}

/// `foo-1.0 Debian 1`.
fn is_heading_of_a_distribution(line: &[u8]) -> bool {
    let (word, rest) = split_while(line, |b| !is_space(b));
    let name = split_while(word, |b| is_word(b) || matches!(b, b'.' | b'+' | b'-')).0;
    let hyphen = name.iter().skip(1).position(|&b| b == b'-');
    if hyphen.is_some_and(|at| at + 2 < word.len()) && is_distribution(rest) {
        return true;
    }
    let (version, after) = split_while(rest.get(1..).unwrap_or_default(), |b| !is_space(b));
    let plain = !word.is_empty() && name.len() == word.len() && rest.starts_with(b" ");
    plain && !version.is_empty() && is_distribution(after)
}

fn is_distribution(text: &[u8]) -> bool {
    starts_with_ignoring_case(text, b" debian ") && text.get(8).is_some_and(|&b| !is_space(b))
}

fn is_list_of_changes(line: &[u8]) -> bool {
    let contains = |text: &[u8], part: &[u8]| {
        (0..text.len())
            .find(|&at| starts_with_ignoring_case(&text[at..], part))
            .map(|at| at + part.len())
    };
    if starts_with_ignoring_case(line, b"changes from version ") {
        let rest = &line[b"changes from version".len() + 1..];
        return contains(rest, b" to ").is_some_and(|after| rest[after..].contains(&b':'));
    }
    if starts_with_ignoring_case(line, b"changes for ") {
        let (word, rest) = split_while(&line[12..], |b| is_word(b) || matches!(b, b'.' | b'+' | b'-'));
        let rest = rest.strip_prefix(b":").unwrap_or(rest);
        let inner = word.get(1..word.len().saturating_sub(1)).unwrap_or_default();
        return inner.contains(&b'-') && rest.iter().all(|&b| is_space(b));
    }
    starts_with_ignoring_case(line, b"old changelog:") && line[14..].iter().all(|&b| is_space(b))
}

/// A line of one word, such as `1.0` or `1:1.0:`.
fn is_lone_version(line: &[u8]) -> bool {
    let (epoch, rest) = split_while(line, |b| b.is_ascii_digit());
    let rest = rest.strip_prefix(b":").filter(|_| !epoch.is_empty());
    rest.is_some_and(is_lone_word) || is_lone_word(line)
}

fn is_lone_word(text: &[u8]) -> bool {
    let (word, rest) = split_while(text, |b| is_word(b) || matches!(b, b'.' | b'+' | b'~' | b'-'));
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    word.first().copied().is_some_and(is_word) && rest.iter().all(|&b| is_space(b))
}
