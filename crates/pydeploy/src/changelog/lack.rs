//! What a line lacks to be a heading or a trailer, and the column where.

use super::diagnostic::Kind;
use super::lines::{is_name, is_space, is_time, is_word, is_zone, package, split_weekday, split_while, trim_end};

/// What a line at the left margin lacks to be a heading, and the column where.
pub(super) fn heading(line: &[u8]) -> (Kind, usize) {
    let line = trim_end(line);
    let column = |rest: &[u8]| line.len() - rest.len() + 1;
    let (name, rest) = package(line);
    if name.is_empty() {
        return (Kind::Heading("the name of a package"), 1);
    }
    let Some(version) = rest.strip_prefix(b" (") else {
        let lack = "a blank and a version in parentheses after the package";
        return (Kind::Heading(lack), column(rest));
    };
    let (text, rest) = split_while(version, |b| !matches!(b, b'(' | b')' | b' ' | b'\t'));
    if text.is_empty() || !rest.starts_with(b")") {
        return (Kind::Heading("a version in parentheses"), column(rest));
    }
    let (lack, rest) = lack_of_distributions(&rest[1..]);
    (Kind::Heading(lack), column(rest))
}

/// What is missing after the version, and what stands in its place.
fn lack_of_distributions(text: &[u8]) -> (&'static str, &[u8]) {
    let (names, rest) = split_while(text, |b| is_name(b) || is_space(b));
    let ended = trim_end(names).len();
    if !rest.contains(&b';') {
        return ("a semicolon after the distributions", &text[ended..]);
    }
    if names.first().is_some_and(|&b| is_name(b)) {
        return ("a blank between version and distributions", text);
    }
    match rest.first() {
        Some(b';') if ended > 0 => ("a semicolon right after the distributions", &text[ended..]),
        Some(b';') => ("distributions between version and semicolon", text),
        _ => ("blanks alone between the names of distributions", rest),
    }
}

/// For a line that begins with ` --`.
pub(super) fn trailer(line: &[u8]) -> (Kind, usize) {
    let line = trim_end(line);
    let (lack, rest) = lack_of_person(&line[b" --".len().min(line.len())..]);
    (Kind::Trailer(lack), line.len() - rest.len() + 1)
}

fn lack_of_person(text: &[u8]) -> (&'static str, &[u8]) {
    let Some(person) = text.strip_prefix(b" ") else {
        return ("a blank after the hyphens", text);
    };
    let Some(close) = person.iter().rposition(|&b| b == b'>') else {
        return ("an address in angle brackets", person);
    };
    let (person, after) = (&person[..close], &person[close + 1..]);
    if person.windows(2).any(|pair| pair == b" <") {
        return lack_of_date(after);
    }
    match person.iter().position(|&b| b == b'<') {
        Some(0) => ("a name before the address", &text[1..]),
        Some(open) => ("a blank before the address", &text[1 + open..]),
        None => ("an address in angle brackets", &text[1..]),
    }
}

fn lack_of_date(after: &[u8]) -> (&'static str, &[u8]) {
    let (blanks, date) = split_while(after, |b| b == b' ');
    if date.is_empty() {
        return ("a date", after);
    }
    if !(1..=2).contains(&blanks.len()) || is_space(date[0]) {
        return ("two blanks between address and date", after);
    }
    let (weekday, rest) = split_weekday(date);
    let (word, after_word) = split_while(rest, is_word);
    if weekday.is_empty() && word.iter().all(u8::is_ascii_alphabetic) && !word.is_empty() {
        return ("a comma after the weekday", after_word);
    }
    let mut rest = rest;
    for (lack, fits) in PARTS {
        let (part, after) = split_while(rest, |b| !is_space(b));
        if !fits(part) {
            return (lack, rest);
        }
        rest = split_while(after, is_space).1;
    }
    ("the end of the line after the date", rest)
}

type Part = (&'static str, fn(&[u8]) -> bool);

/// The words of a date.
const PARTS: [Part; 5] = [
    ("a day of one or two digits", |word| {
        is_number(word, 1) || is_number(word, 2)
    }),
    ("a month", |word| !word.is_empty() && word.iter().all(|&b| is_word(b))),
    ("a year of four digits", |word| is_number(word, 4)),
    ("a time as `hh:mm:ss`", is_time),
    ("a zone as `+hhmm`", is_zone),
];

fn is_number(word: &[u8], digits: usize) -> bool {
    word.len() == digits && word.iter().all(u8::is_ascii_digit)
}
