//! What decides the order of two versions.

use std::cmp::Ordering;
use std::fmt;

use super::{DebianVersion, order};

/// The first place where two versions differ, and the rule that puts one below the other.
///
/// [`DebianVersion::difference`] finds it. [`Display`](fmt::Display) says it in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `epoch`, `upstream version` or `revision`.
    part: &'static str,
    /// What the first version has of that part before the place.
    common: String,
    low: Piece,
    high: Piece,
}

/// What stands at the place: a number, or one character of another run.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Number(String),
    Character(char),
    End,
}

impl Piece {
    /// What stands for these digits; none of them, and zeros alone, are zero.
    fn number(digits: &str) -> Self {
        Self::Number(if digits.is_empty() { "0" } else { digits }.to_owned())
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(digits) => f.write_str(digits),
            Self::Character(character) => write!(f, "`{character}`"),
            Self::End => f.write_str("the end"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            part,
            common,
            low,
            high,
        } = self;
        match common.as_str() {
            "" => write!(f, "{part}: {low} comes before {high}"),
            _ => write!(f, "{part}, after `{common}`: {low} comes before {high}"),
        }
    }
}

pub(super) fn find(a: &DebianVersion, b: &DebianVersion) -> Option<Difference> {
    if a.epoch() != b.epoch() {
        let number = |version: &DebianVersion| Piece::Number(version.epoch().to_string());
        return Some(ordered(a.epoch().cmp(&b.epoch()), "epoch", "", number(a), number(b)));
    }
    let revisions = (a.revision().unwrap_or_default(), b.revision().unwrap_or_default());
    in_part("upstream version", a.upstream(), b.upstream()).or_else(|| in_part("revision", revisions.0, revisions.1))
}

fn ordered(order: Ordering, part: &'static str, common: &str, a: Piece, b: Piece) -> Difference {
    let common = common.to_owned();
    let (low, high) = if order.is_lt() { (a, b) } else { (b, a) };
    Difference {
        part,
        common,
        low,
        high,
    }
}

/// Goes through both run by run, as the order does.
fn in_part(part: &'static str, a: &str, b: &str) -> Option<Difference> {
    let (mut rest_a, mut rest_b) = (a, b);
    while !rest_a.is_empty() || !rest_b.is_empty() {
        let common = &a[..a.len() - rest_a.len()];
        let (next_a, next_b) = (other(rest_a), other(rest_b));
        if next_a.is_some() || next_b.is_some() {
            let byte = |next: Option<char>| next.and_then(|c| u8::try_from(c).ok());
            let order = order::rank(byte(next_a).as_ref()).cmp(&order::rank(byte(next_b).as_ref()));
            if order.is_ne() {
                return Some(ordered(
                    order,
                    part,
                    common,
                    piece(next_a, rest_a),
                    piece(next_b, rest_b),
                ));
            }
            (rest_a, rest_b) = (&rest_a[1..], &rest_b[1..]);
            continue;
        }
        let (number_a, number_b);
        (number_a, rest_a) = number(rest_a);
        (number_b, rest_b) = number(rest_b);
        let order = number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
        if order.is_ne() {
            return Some(ordered(
                order,
                part,
                common,
                Piece::number(number_a),
                Piece::number(number_b),
            ));
        }
    }
    None
}

/// The character that a run of other characters begins with.
fn other(text: &str) -> Option<char> {
    text.chars().next().filter(|c| !c.is_ascii_digit())
}

/// What stands where the other version has a character: one of its own, or nothing that is compared with it.
fn piece(next: Option<char>, rest: &str) -> Piece {
    match next {
        Some(character) => Piece::Character(character),
        None if rest.is_empty() => Piece::End,
        None => Piece::number(number(rest).0),
    }
}

/// Digits without leading zeros, and the rest.
fn number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (digits.trim_start_matches('0'), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_that_decides() {
        for (low, high, sentence) in [
            (
                "1.0~rc1",
                "1.0",
                "upstream version, after `1.0`: `~` comes before the end",
            ),
            ("1.0", "1.0a", "upstream version, after `1.0`: the end comes before `a`"),
            ("1.0a", "1.0+0", "upstream version, after `1.0`: `a` comes before `+`"),
            ("1.9", "1.10", "upstream version, after `1.`: 9 comes before 10"),
            (
                "1.0",
                "1.0.1",
                "upstream version, after `1.0`: the end comes before `.`",
            ),
            ("1:1", "2:0", "epoch: 1 comes before 2"),
            ("9", "1:0", "epoch: 0 comes before 1"),
            ("1-1", "1-2", "revision: 1 comes before 2"),
            ("1", "1-1", "revision: 0 comes before 1"),
            ("1-1~bpo1", "1-1", "revision, after `1`: `~` comes before the end"),
            ("1.a", "1.a1", "upstream version, after `1.a`: 0 comes before 1"),
            ("1.2", "1.a", "upstream version, after `1.`: 2 comes before `a`"),
            ("1.00", "1.a", "upstream version, after `1.`: 0 comes before `a`"),
            (
                "1.00~",
                "1.0",
                "upstream version, after `1.00`: `~` comes before the end",
            ),
        ] {
            let (a, b): (DebianVersion, DebianVersion) = (low.parse().unwrap(), high.parse().unwrap());
            assert!(a < b, "{low} {high}");
            assert_eq!(a.difference(&b).unwrap().to_string(), sentence);
            let other_way = b.difference(&a).unwrap();
            assert_eq!(
                (other_way.low, other_way.high),
                (a.difference(&b).unwrap().low, a.difference(&b).unwrap().high)
            );
        }
    }

    #[test]
    fn it_is_found_exactly_where_versions_differ() {
        let texts = include_str!("../../tests/oracle/sorted-versions.txt").split_ascii_whitespace();
        let versions: Vec<DebianVersion> = texts.map(|text| text.parse().unwrap()).collect();
        for a in &versions {
            for b in &versions {
                assert_eq!(a.difference(b).is_none(), a == b, "{a} {b}");
            }
        }
    }
}
