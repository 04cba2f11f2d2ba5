//! The order of versions, compared directly and as bytes.

use std::cmp::Ordering;

use super::DebianVersion;

pub(super) fn compare(a: &DebianVersion, b: &DebianVersion) -> Ordering {
    a.epoch
        .cmp(&b.epoch)
        .then_with(|| compare_parts(a.upstream().as_bytes(), b.upstream().as_bytes()))
        .then_with(|| compare_parts(revision(a), revision(b)))
}

fn revision(version: &DebianVersion) -> &[u8] {
    version.revision().unwrap_or_default().as_bytes()
}

fn compare_parts(a: &[u8], b: &[u8]) -> Ordering {
    let from = first_difference(a, b);
    let (next_a, next_b) = (a.get(from), b.get(from));
    if next_a.is_none() && next_b.is_none() {
        return Ordering::Equal;
    }
    if !is_digit(next_a) && !is_digit(next_b) {
        return rank(next_a).cmp(&rank(next_b));
    }
    // Both have the same digits before the difference; the number is compared as a whole.
    let digits = a[..from].iter().rev().take_while(|b| b.is_ascii_digit()).count();
    compare_runs(&a[from - digits..], &b[from - digits..])
}

/// How many bytes are the same at the beginning of both.
fn first_difference(a: &[u8], b: &[u8]) -> usize {
    let (words_a, words_b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    let same = words_a.iter().zip(words_b).take_while(|(a, b)| a == b).count() * 8;
    let rest = a[same..].iter().zip(&b[same..]);
    same + rest.take_while(|(a, b)| a == b).count()
}

/// Compares run by run, from the start of a run.
fn compare_runs(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        while has_other(a) || has_other(b) {
            let order = rank(a.first()).cmp(&rank(b.first()));
            if order.is_ne() {
                return order;
            }
            (a, b) = (&a[1..], &b[1..]);
        }
        let (number_a, number_b);
        (number_a, a) = split_number(a);
        (number_b, b) = split_number(b);
        let order = number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

fn is_digit(byte: Option<&u8>) -> bool {
    byte.is_some_and(u8::is_ascii_digit)
}

fn has_other(text: &[u8]) -> bool {
    text.first().is_some_and(|b| !b.is_ascii_digit())
}

/// Where a byte stands in a run of other characters; digits and the end of the text end a run.
pub(super) fn rank(byte: Option<&u8>) -> u8 {
    byte.map_or(END, |&b| RANKS[usize::from(b)])
}

/// The digits that `text` begins with, without leading zeros, and the rest.
fn split_number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let zeros = number.iter().take_while(|&&b| b == b'0').count();
    (&number[zeros..], rest)
}

pub(super) fn key(version: &DebianVersion) -> Vec<u8> {
    let mut key = Vec::with_capacity(version.text.len() * 2 + 12);
    key.extend(version.epoch.to_be_bytes());
    push_part(&mut key, version.upstream().as_bytes());
    push_part(&mut key, revision(version));
    key
}

fn push_part(key: &mut Vec<u8>, mut text: &[u8]) {
    loop {
        let end = text.iter().position(u8::is_ascii_digit).unwrap_or(text.len());
        let (run, rest) = text.split_at(end);
        key.extend(run.iter().map(|&b| RANKS[usize::from(b)]));
        key.push(END);
        let number;
        (number, text) = split_number(rest);
        push_number(key, number);
        if text.is_empty() {
            return key.push(END);
        }
    }
}

fn push_number(key: &mut Vec<u8>, number: &[u8]) {
    let mut count = number.len();
    while count >= 255 {
        key.push(255);
        count -= 255;
    }
    key.push(u8::try_from(count).unwrap_or(254));
    key.extend_from_slice(number);
}

const TILDE: u8 = 1;
const END: u8 = 2;

/// The byte that stands for each byte of a version in a key.
static RANKS: [u8; 256] = ranks();

const fn ranks() -> [u8; 256] {
    let mut table = [END; 256];
    let mut byte = 0u8;
    while byte < 128 {
        table[byte as usize] = match byte {
            b'~' => TILDE,
            b'0'..=b'9' => END,
            b'a'..=b'z' | b'A'..=b'Z' => byte,
            _ => byte + 128,
        };
        byte += 1;
    }
    table
}
