//! The version after this one.

use crate::version::DebianVersion;

pub(super) fn version(version: &DebianVersion) -> Option<DebianVersion> {
    match version.as_snapshot() {
        Some(snapshot) if snapshot.is_after_release() => incremented(snapshot.base()),
        Some(snapshot) => Some(snapshot.base().clone()),
        None => incremented(version),
    }
}

fn incremented(version: &DebianVersion) -> Option<DebianVersion> {
    let (start, number) = split_number(version.as_str());
    if number.is_empty() {
        return None;
    }
    // A second number in the revision counts uploads by others than the maintainer; the next one is the maintainer's.
    let revision = start.strip_suffix('.').map(split_number);
    let text = match revision {
        Some((upstream, revision)) if upstream.ends_with('-') && !revision.is_empty() => {
            upstream.to_owned() + &plus_one(revision)
        }
        _ => start.to_owned() + &plus_one(number),
    };
    text.parse().ok()
}

/// The number at the end, and what stands before it.
fn split_number(text: &str) -> (&str, &str) {
    text.split_at(text.trim_end_matches(|c: char| c.is_ascii_digit()).len())
}

/// A number of any length, one higher.
fn plus_one(digits: &str) -> String {
    let kept = digits.trim_end_matches('9');
    let zeros = "0".repeat(digits.len() - kept.len());
    let (start, last) = kept.split_at(kept.len().saturating_sub(1));
    let last = last.bytes().next().map_or('1', |digit| char::from(digit + 1));
    format!("{start}{last}{zeros}")
}
