//! Text to what dpkg makes of it.

use super::{LenientVersion, VersionWarning};
use crate::version::ParseVersionError;
use crate::version::parse::{ErrorKind, Part, column, error};

/// What dpkg trims.
const BLANKS: [char; 2] = [' ', '\t'];
/// What the C library skips before a number, where dpkg does not look; and then one sign.
const SPACES: [char; 4] = ['\n', '\x0b', '\x0c', '\r'];
const SIGNS: [char; 2] = ['+', '-'];

pub(super) fn version(text: &str) -> Result<LenientVersion, ParseVersionError> {
    let start = text.len() - text.trim_start_matches(BLANKS).len();
    let end = text.trim_end_matches(BLANKS).len().max(start);
    let mut warnings = Vec::new();
    if end - start < text.len() {
        warnings.push(VersionWarning::SurroundingBlank);
    }
    let (epoch, upstream) = match text[start..end].find(':') {
        Some(colon) => (epoch(text, start, start + colon, &mut warnings)?, start + colon + 1),
        None => (0, start),
    };
    let hyphen = text[upstream..end].rfind('-').map(|at| upstream + at);
    check(text, Part::Upstream, upstream, hyphen.unwrap_or(end), &mut warnings)?;
    if let Some(hyphen) = hyphen {
        check(text, Part::Revision, hyphen + 1, end, &mut warnings)?;
    }
    Ok(LenientVersion {
        text: text.into(),
        epoch,
        upstream: text[upstream..hyphen.unwrap_or(end)].into(),
        revision: hyphen.map(|hyphen| text[hyphen + 1..end].into()),
        warnings,
    })
}

fn epoch(text: &str, start: usize, colon: usize, warnings: &mut Vec<VersionWarning>) -> Result<u32, ParseVersionError> {
    let written = &text[start..colon];
    let signed = written.trim_start_matches(SPACES);
    let digits = signed.strip_prefix(SIGNS).unwrap_or(signed);
    if digits.len() < written.len() {
        warnings.push(VersionWarning::EpochSign);
    }
    let at = colon - digits.len();
    if digits.is_empty() {
        return Err(error(text, at, ErrorKind::Empty(Part::Epoch)));
    }
    if let Some((inside, found)) = digits.char_indices().find(|(_, c)| !c.is_ascii_digit()) {
        return Err(error(text, at + inside, ErrorKind::Unexpected(found, Part::Epoch)));
    }
    let too_large = || error(text, at, ErrorKind::EpochTooLarge);
    let number = digits.parse::<i32>().map_err(|_| too_large())?.unsigned_abs();
    if number > 0 && signed.starts_with('-') {
        return Err(error(text, at - 1, ErrorKind::Unexpected('-', Part::Epoch)));
    }
    Ok(number)
}

/// Refuses what dpkg refuses in `text[from..to]`, and warns about what should not be there.
fn check(
    text: &str,
    part: Part,
    from: usize,
    to: usize,
    warnings: &mut Vec<VersionWarning>,
) -> Result<(), ParseVersionError> {
    let mut characters = text[from..to].char_indices().map(|(at, found)| (from + at, found));
    if from == to {
        return Err(error(text, from, ErrorKind::Empty(part)));
    }
    if let Some((at, found)) = characters.clone().find(|(_, c)| BLANKS.contains(c) || *c == '\0') {
        return Err(error(text, at, ErrorKind::Unexpected(found, part)));
    }
    if part == Part::Upstream {
        let first = characters.next().filter(|(_, c)| !c.is_ascii_digit());
        warnings.extend(first.map(|(at, found)| VersionWarning::UpstreamStart {
            found,
            column: column(text, at),
        }));
    }
    let wrong = characters.find(|&(_, c)| !is_allowed(c, part));
    warnings.extend(wrong.map(|(at, found)| warning(part, found, column(text, at))));
    Ok(())
}

fn is_allowed(character: char, part: Part) -> bool {
    match character {
        '.' | '+' | '~' => true,
        '-' | ':' => part == Part::Upstream,
        _ => character.is_ascii_alphanumeric(),
    }
}

fn warning(part: Part, found: char, column: usize) -> VersionWarning {
    match part {
        Part::Revision => VersionWarning::RevisionCharacter { found, column },
        _ => VersionWarning::UpstreamCharacter { found, column },
    }
}

/// The text without what dpkg reads over.
pub(super) fn cleaned(text: &str) -> &str {
    let text = text.trim_matches(BLANKS);
    match text.contains(':') {
        true => text.trim_start_matches(SPACES).trim_start_matches(SIGNS),
        false => text,
    }
}
