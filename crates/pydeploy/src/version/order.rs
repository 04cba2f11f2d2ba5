//! The order of versions, compared directly and as bytes.

use std::cmp::Ordering;

use super::DebianVersion;

pub(super) fn compare(a: &DebianVersion, b: &DebianVersion) -> Ordering {
    let beginning = |version: &DebianVersion| (version.epoch, version.number);
    beginning(a)
        .cmp(&beginning(b))
        .then_with(|| compare_parts(a.upstream_bytes(), b.upstream_bytes()))
        .then_with(|| compare_parts(a.revision_bytes(), b.revision_bytes()))
}

fn compare_parts(a: &[u8], b: &[u8]) -> Ordering {
    let from = first_difference(a, b);
    let (next_a, next_b) = (a.get(from), b.get(from));
    if !is_digit(next_a) && !is_digit(next_b) {
        return rank(next_a).cmp(&rank(next_b));
    }
    compare_from(from, a, b)
}

/// Compares from the first difference on, where a number may have begun in what is the same.
fn compare_from(from: usize, a: &[u8], b: &[u8]) -> Ordering {
    let (same, mut a, mut b) = (&a[..from], &a[from..], &b[from..]);
    let mut order = Ordering::Equal;
    if is_digit(same.last()) {
        let mut digits = same.iter().rev().take_while(|b| b.is_ascii_digit());
        // Only what follows a digit that is not zero has no zeros to skip.
        let begun = digits.any(|&b| b != b'0');
        order = compare_numbers(&mut a, &mut b, begun);
    }
    while order.is_eq() && !(a.is_empty() && b.is_empty()) {
        order = compare_others(&mut a, &mut b).then_with(|| compare_numbers(&mut a, &mut b, false));
    }
    order
}

/// How many bytes are the same at the beginning of both.
fn first_difference(a: &[u8], b: &[u8]) -> usize {
    let (words_a, words_b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    let same = words_a.iter().zip(words_b).take_while(|(a, b)| a == b).count() * 8;
    let rest = a[same..].iter().zip(&b[same..]);
    same + rest.take_while(|(a, b)| a == b).count()
}

/// Takes the digits off both: of two numbers without leading zeros the longer one is higher.
fn compare_numbers(a: &mut &[u8], b: &mut &[u8], begun: bool) -> Ordering {
    if !begun {
        (*a, *b) = (skip_zeros(a), skip_zeros(b));
    }
    let mut order = Ordering::Equal;
    let mut at = 0;
    loop {
        match (is_digit(a.get(at)), is_digit(b.get(at))) {
            (true, true) => order = order.then(a[at].cmp(&b[at])),
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => break,
        }
        at += 1;
    }
    (*a, *b) = (&a[at..], &b[at..]);
    order
}

/// Takes what is not digits off both, if it is the same.
fn compare_others(a: &mut &[u8], b: &mut &[u8]) -> Ordering {
    let mut at = 0;
    loop {
        let (rank_a, rank_b) = (rank(a.get(at)), rank(b.get(at)));
        if rank_a != rank_b {
            return rank_a.cmp(&rank_b);
        }
        if rank_a == END {
            break;
        }
        at += 1;
    }
    (*a, *b) = (&a[at..], &b[at..]);
    Ordering::Equal
}

fn is_digit(byte: Option<&u8>) -> bool {
    byte.is_some_and(u8::is_ascii_digit)
}

/// Where a byte stands in a run of other characters; digits and the end of the text end a run.
pub(super) fn rank(byte: Option<&u8>) -> u8 {
    byte.map_or(END, |&b| RANKS[usize::from(b)])
}

fn skip_zeros(text: &[u8]) -> &[u8] {
    let zeros = text.iter().take_while(|&&b| b == b'0').count();
    &text[zeros..]
}

/// Appends the key without the first bytes of its epoch.
pub(super) fn push_key(key: &mut Vec<u8>, version: &DebianVersion, skipped: usize) {
    key.extend_from_slice(&version.epoch.to_be_bytes()[skipped..]);
    for part in [version.upstream_bytes(), version.revision_bytes()] {
        if part.len() < usize::from(MANY) {
            push_short(key, part);
        } else {
            push_long(key, part);
        }
    }
}

/// Does as [`push_long`], without a branch for each byte: where runs end cannot be foreseen.
fn push_short(key: &mut Vec<u8>, part: &[u8]) {
    let mut to = key.len();
    // No byte becomes more than two. The last of these is for the count of no number.
    key.resize(to + 2 * part.len() + 3, END);
    let (mut count_at, mut count, mut before) = (key.len() - 1, 0, false);
    for &byte in part {
        let digit = byte.is_ascii_digit();
        let begins = digit & !before;
        (count_at, count) = if begins { (to, 0) } else { (count_at, count) };
        to += usize::from(begins);
        key[to] = if digit { byte } else { RANKS[usize::from(byte)] };
        // What is written next takes the place of a leading zero.
        let kept = !digit | (byte != b'0') | (count > 0);
        to += usize::from(kept);
        count += u8::from(digit & kept);
        key[count_at] = END + count;
        before = digit;
    }
    let ends = if before { 1 } else { 2 };
    key[to..to + ends].fill(END);
    key.truncate(to + ends);
}

/// Runs of other characters, possibly empty, and numbers in turns.
fn push_long(key: &mut Vec<u8>, mut part: &[u8]) {
    loop {
        let end = part.iter().position(u8::is_ascii_digit).unwrap_or(part.len());
        let (run, rest) = part.split_at(end);
        key.extend(run.iter().map(|&b| RANKS[usize::from(b)]));
        let rest = skip_zeros(rest);
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let number;
        (number, part) = rest.split_at(digits);
        push_number(key, number);
        if part.is_empty() {
            return key.push(END);
        }
    }
}

/// The count of the digits, in bytes between `~` and letters, and the digits.
fn push_number(key: &mut Vec<u8>, number: &[u8]) {
    match u8::try_from(number.len()) {
        Ok(count @ 0..MANY) => key.push(END + count),
        _ => push_many(key, number.len() - usize::from(MANY)),
    }
    key.extend_from_slice(number);
}

/// A count that goes on after its first byte.
fn push_many(key: &mut Vec<u8>, more: usize) {
    key.push(END + MANY);
    key.extend(std::iter::repeat_n(255, more / 255));
    key.push(u8::try_from(more % 255).unwrap_or_default());
}

const TILDE: u8 = 1;
const END: u8 = 2;
/// The first count of digits that does not fit between `END` and the letters.
const MANY: u8 = b'A' - END - 1;

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

#[cfg(test)]
mod tests {
    use super::{push_long, push_short};

    #[test]
    fn short_parts_have_the_same_key_either_way() {
        let pieces = ["0", "1", "00", "10", "~", "+", "a", ".", "20161009150015"];
        for number in 0..pieces.len().pow(4) {
            let at = |digit| pieces[number / pieces.len().pow(digit) % pieces.len()];
            let part: String = (0..4).map(at).collect();
            for end in 0..part.len() {
                let (mut short, mut long) = (vec![7], vec![7]);
                push_short(&mut short, &part.as_bytes()[end..]);
                push_long(&mut long, &part.as_bytes()[end..]);
                assert_eq!(short, long, "{}", &part[end..]);
            }
        }
    }
}
