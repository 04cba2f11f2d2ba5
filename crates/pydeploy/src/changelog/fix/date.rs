//! The date at the end of a trailer.

use std::ops::Range;

use super::Kind;
use super::line::Found;
use crate::changelog::lines::{is_space, split_while};
use crate::changelog::{date, decode};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Whether the calendar has the date and the weekday, if there is one, is that of the date.
pub(super) fn fits(weekday: &[u8], text: &[u8]) -> bool {
    date::parse(text).is_ok_and(|date| weekday.is_empty() || weekday == date.weekday.as_bytes())
}

/// A word of the date, where it is, and whether a comma follows.
struct Word<'a> {
    text: &'a [u8],
    at: Range<usize>,
    comma: bool,
}

/// Adds what is wrong with the date, which begins `start` bytes after its line; `None` where it has another form.
pub(super) fn repairs(text: &[u8], start: usize, found: &mut Vec<Found>) -> Option<()> {
    let words = words(text, start)?;
    let (weekday, rest) = match words.as_slice() {
        [weekday, rest @ ..] if rest.len() == 5 => (Some(weekday), rest),
        rest => (None, rest),
    };
    let [first, second, year, time, zone] = rest else {
        return None;
    };
    let commas = [year, time, zone].iter().any(|word| word.comma);
    let (day, month) = match (month(first.text), month(second.text)) {
        (Some(month), None) if !first.comma => (second, month),
        (None, Some(month)) if !first.comma && !second.comma => (first, month),
        _ => return None,
    };
    let right = [day.text, month.as_bytes(), year.text, time.text, zone.text].join(&b' ');
    let right = date::parse(&right).ok().filter(|_| !commas)?.weekday;
    if let Some(word) = weekday {
        weekday_repairs(word, right, found)?;
    }
    if day.at.start == second.at.start {
        let range = first.at.start..second.at.end + usize::from(second.comma);
        let old = decode(&text[range.start - start..range.end - start]).into_owned();
        let new = format!("{} {month}", decode(day.text));
        found.push(Found::new(Kind::Order(old), range, &new));
    } else if second.text != month.as_bytes() {
        let old = decode(second.text).into_owned();
        found.push(Found::new(Kind::Month(old, month), second.at.clone(), month));
    }
    Some(())
}

fn weekday_repairs(word: &Word<'_>, right: &'static str, found: &mut Vec<Found>) -> Option<()> {
    if !word.text.iter().all(u8::is_ascii_alphabetic) {
        return None;
    }
    if word.text != right.as_bytes() {
        let old = decode(word.text).into_owned();
        found.push(Found::new(Kind::Weekday(old, right), word.at.clone(), right));
    }
    if !word.comma {
        found.push(Found::new(Kind::Comma, word.at.end..word.at.end, ","));
    }
    Some(())
}

/// What blanks and commas separate; `None` when a comma does not follow a word.
fn words(text: &[u8], start: usize) -> Option<Vec<Word<'_>>> {
    let mut words = Vec::new();
    let mut rest = text.trim_ascii_start();
    while !rest.is_empty() {
        let (word, after) = split_while(rest, |b| !is_space(b) && b != b',');
        let begin = start + text.len() - rest.len();
        let comma = after.first() == Some(&b',');
        if word.is_empty() {
            return None;
        }
        words.push(Word {
            text: word,
            at: begin..begin + word.len(),
            comma,
        });
        rest = after[usize::from(comma)..].trim_ascii_start();
    }
    Some(words)
}

/// The three letters of a month, from its name or at least three letters of it.
fn month(word: &[u8]) -> Option<&'static str> {
    let begins = |name: &&&str| {
        name.as_bytes()
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    let name = MONTHS.iter().find(begins).filter(|_| word.len() >= 3)?;
    name.get(..3)
}
