//! The bugs that an entry closes, as dpkg and its Ubuntu hook find them.

use std::collections::BTreeSet;

/// `Closes: #1234, bug#5678`: a word, and numbers with commas between them.
pub(super) fn debian(text: &str) -> Vec<u64> {
    numbers(text, "closes:", |text| {
        let text = strip_ignoring_case(text, "bug").unwrap_or(text);
        let text = text.strip_prefix('#').unwrap_or(text);
        digits(text.strip_prefix(is_space).unwrap_or(text))
    })
}

/// `LP: #1234, #5678`.
pub(super) fn launchpad(text: &str) -> Vec<u64> {
    numbers(text, "lp:", |text| digits(text.strip_prefix('#')?))
}

/// Every number of every list that follows `word`, in rising order; `one` reads a number and says what comes after it.
fn numbers(text: &str, word: &str, one: impl Fn(&str) -> Option<(&str, &str)>) -> Vec<u64> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some(after) = after_word(rest, word) {
        rest = after;
        let mut list = after.trim_start_matches(is_space);
        // Launchpad wants a blank behind the colon.
        if word == "lp:" && list.len() == after.len() {
            continue;
        }
        while let Some((number, after)) = one(list) {
            found.extend(number.parse::<u64>());
            rest = after;
            match after.strip_prefix(',') {
                Some(next) => list = next.trim_start_matches(is_space),
                None => break,
            }
        }
    }
    found.into_iter().collect()
}

fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut places = text.char_indices().map(|(at, _)| &text[at..]);
    places.find_map(|place| strip_ignoring_case(place, word))
}

fn strip_ignoring_case<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_close_a_bug() {
        for (text, debian_bugs, launchpad_bugs) in [
            ("  * Fix. (Closes: #12, #9)", &[9, 12][..], &[][..]),
            ("  * closes:12,bug#3, # 4 closes: BUG 5", &[3, 4, 5, 12], &[]),
            ("  * Closes:\n    #7", &[7], &[]),
            ("  * Discloses: 8. Closes: none; close: #1", &[8], &[]),
            ("  * LP: #5, #6 (lp: #5)", &[], &[5, 6]),
            ("  * LP:#5 LP: 6 LP: #x", &[], &[]),
            ("  * Closes: #99999999999999999999, #1", &[1], &[]),
            ("  * é Closes: #2é", &[2], &[]),
        ] {
            assert_eq!(debian(text), debian_bugs, "{text}");
            assert_eq!(launchpad(text), launchpad_bugs, "{text}");
        }
    }
}
