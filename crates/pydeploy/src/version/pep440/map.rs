//! The mapping to Debian versions and back.

use std::fmt::Write as _;

use super::{Pep440Options, Pep440Version, Segment};
use crate::version::mapping::refuse_suffix;
use crate::version::{DebianVersion, MappingError, Mode};

pub(super) fn to_debian(version: &Pep440Version, options: &Pep440Options) -> Result<DebianVersion, MappingError> {
    // Digits, letters, `.`, `~` and `+`, a digit first: only the epoch can be wrong.
    text(version, options).parse().map_err(|_| MappingError::EpochTooLarge {
        version: version.clone(),
    })
}

fn text(version: &Pep440Version, options: &Pep440Options) -> String {
    let mut text = epoch_and_release(version, usize::from(options.width.get()));
    if let Some((pre, number)) = &version.pre {
        push(&mut text, format_args!("~{pre}{number}"));
    }
    if let Some(number) = &version.post {
        push(&mut text, format_args!(".~post{number}"));
    }
    if let Some(number) = &version.dev {
        // Below the release's own `~a`; below a pre- or post-release one tilde is enough.
        let below = if version.pre.is_none() && version.post.is_none() {
            "~~"
        } else {
            "~"
        };
        push(&mut text, format_args!("{below}dev{number}"));
    }
    if !version.local.is_empty() {
        text += &local(&version.local, options.mode);
    }
    text
}

fn push(text: &mut String, part: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = text.write_fmt(part);
}

/// The release without the zeros at its end, filled up to `width` components.
fn epoch_and_release(version: &Pep440Version, width: usize) -> String {
    let mut text = String::new();
    if !version.epoch.is_zero() {
        push(&mut text, format_args!("{}:", version.epoch));
    }
    let zeros = version
        .release
        .iter()
        .rev()
        .take_while(|number| number.is_zero())
        .count();
    let mut release: Vec<String> = version.release[..version.release.len() - zeros]
        .iter()
        .map(ToString::to_string)
        .collect();
    while release.len() < width {
        release.push("0".to_owned());
    }
    text + &release.join(".")
}

fn local(segments: &[Segment], mode: Mode) -> String {
    let separator = match mode {
        Mode::Natural => ".",
        Mode::Strict => "",
    };
    let segments = segments.iter().map(|segment| match (segment, mode) {
        (segment, Mode::Natural) => segment.to_string(),
        // A number sorts above a word, `+` above a letter.
        (Segment::Number(number), Mode::Strict) => format!("+{number}"),
        // A word sorts below a longer one that it begins, `~` below a letter.
        (Segment::Word(word), Mode::Strict) => word.chars().map(to_letter).chain(['~']).collect(),
    });
    format!("+{}", segments.collect::<Vec<_>>().join(separator))
}

/// A digit as the capital letter that stands for it: they sort below small letters, as digits do in a word.
fn to_letter(character: char) -> char {
    match character {
        '0'..='9' => char::from(character as u8 - b'0' + b'A'),
        _ => character,
    }
}

fn from_letter(character: char) -> char {
    match character {
        'A'..='J' => char::from(character as u8 - b'A' + b'0'),
        _ => character,
    }
}

/// Reads the version with the tildes taken out and looks whether it is mapped to this text.
pub(super) fn from_debian(version: &DebianVersion, options: &Pep440Options) -> Result<Pep440Version, MappingError> {
    refuse_suffix(version)?;
    let (public, label) = match version.as_str().split_once('+') {
        Some((public, label)) => (public, Some(label)),
        None => (version.as_str(), None),
    };
    let public = public.replace('~', "").replacen(':', "!", 1);
    let python = match (label, options.mode) {
        (None, _) => public,
        (Some(label), Mode::Natural) => format!("{public}+{label}"),
        (Some(label), Mode::Strict) => format!("{public}+{}", strict_label(label)),
    };
    let python = python.parse().ok();
    python
        .filter(|python| text(python, options) == version.as_str())
        .ok_or_else(|| MappingError::NoCounterpart {
            version: version.clone(),
            scheme: "PEP 440",
        })
}

/// The label that is written as `+1` for a number and as `word~` for a word.
fn strict_label(label: &str) -> String {
    let mut marked = String::new();
    for character in label.chars() {
        // All digits belong to numbers, so that a number ends where a letter begins a word.
        if character.is_ascii_alphabetic() && marked.ends_with(|before: char| before.is_ascii_digit()) {
            marked.push('.');
        }
        marked.push(character);
    }
    let words = marked.split(['.', '+', '~']).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(|word| word.chars().map(from_letter).collect()).collect();
    words.join(".")
}
