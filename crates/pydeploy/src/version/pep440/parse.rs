//! Text to version, as the regular expression of PEP 440 reads it.

use super::part::{Number, Pre, Segment};
use super::{ParsePep440Error, Pep440Version};

/// Each word before those that it begins with.
const PRE: [(&str, Pre); 8] = [
    ("alpha", Pre::Alpha),
    ("a", Pre::Alpha),
    ("beta", Pre::Beta),
    ("b", Pre::Beta),
    ("preview", Pre::Candidate),
    ("pre", Pre::Candidate),
    ("rc", Pre::Candidate),
    ("c", Pre::Candidate),
];
const POST: [(&str, ()); 3] = [("post", ()), ("rev", ()), ("r", ())];
const DEV: [(&str, ()); 1] = [("dev", ())];

pub(super) fn version(text: &str) -> Result<Pep440Version, ParsePep440Error> {
    let start = text.len() - text.trim_start_matches(is_space).len();
    let mut cursor = Cursor { text, at: start };
    cursor.take(b"vV");
    let (epoch, release) = cursor.epoch_and_release()?;
    let version = Pep440Version {
        epoch,
        release,
        pre: cursor.word(&PRE),
        post: cursor.post(),
        dev: cursor.word(&DEV).map(|((), number)| number),
        local: cursor.local()?,
    };
    cursor.end(&version)?;
    Ok(version)
}

/// White space as Python has it: the four separators of ASCII count, in Unicode they do not.
fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}

#[derive(Clone, Copy)]
struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    fn rest(self) -> &'t [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// Takes one of these bytes.
    fn take(&mut self, bytes: &[u8]) -> bool {
        let there = self.rest().first().is_some_and(|byte| bytes.contains(byte));
        self.at += usize::from(there);
        there
    }

    /// Takes the longest run of such bytes, which are ASCII; `None` when there is none.
    fn run(&mut self, belongs: fn(&u8) -> bool) -> Option<&'t str> {
        let length = self.rest().iter().take_while(|byte| belongs(byte)).count();
        let run = &self.text[self.at..self.at + length];
        self.at += length;
        (length > 0).then_some(run)
    }

    fn number(&mut self) -> Option<Number> {
        self.run(u8::is_ascii_digit).map(Number::new)
    }

    fn epoch_and_release(&mut self) -> Result<(Number, Vec<Number>), ParsePep440Error> {
        let first = self.number().ok_or_else(|| self.error("a number"))?;
        if !self.take(b"!") {
            return Ok((Number::new(""), self.release(first)));
        }
        let second = self.number().ok_or_else(|| self.error("a number"))?;
        Ok((first, self.release(second)))
    }

    fn release(&mut self, first: Number) -> Vec<Number> {
        let mut release = vec![first];
        loop {
            let mut ahead = *self;
            match ahead.take(b".").then(|| ahead.number()).flatten() {
                Some(number) => release.push(number),
                None => return release,
            }
            *self = ahead;
        }
    }

    /// Takes one of these words, in any case, and its number. Both may have a separator before them, which belongs to
    /// the word even where no number follows; then the number is zero.
    fn word<T: Copy>(&mut self, words: &[(&str, T)]) -> Option<(T, Number)> {
        let mut ahead = *self;
        ahead.separator();
        let begins = |word: &str| {
            ahead
                .rest()
                .get(..word.len())
                .is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()))
        };
        let (word, meaning) = words.iter().find(|(word, _)| begins(word))?;
        ahead.at += word.len();
        ahead.separator();
        let number = ahead.number().unwrap_or_else(|| Number::new(""));
        *self = ahead;
        Some((*meaning, number))
    }

    fn separator(&mut self) -> bool {
        self.take(b"._-")
    }

    /// `-1` is a post-release too.
    fn post(&mut self) -> Option<Number> {
        let mut ahead = *self;
        match ahead.take(b"-").then(|| ahead.number()).flatten() {
            Some(number) => {
                *self = ahead;
                Some(number)
            }
            None => self.word(&POST).map(|((), number)| number),
        }
    }

    fn local(&mut self) -> Result<Vec<Segment>, ParsePep440Error> {
        let mut segments = Vec::new();
        let mut more = self.take(b"+");
        while more {
            let word = self.run(u8::is_ascii_alphanumeric);
            segments.push(segment(word.ok_or_else(|| self.error("a letter or a digit"))?));
            more = self.separator();
        }
        Ok(segments)
    }

    fn end(mut self, version: &Pep440Version) -> Result<(), ParsePep440Error> {
        let rest = &self.text[self.at..];
        if rest.trim_start_matches(is_space).is_empty() {
            return Ok(());
        }
        if version.local.is_empty() {
            // What is wrong is not the separator but what follows it.
            self.separator();
            return Err(self.error("a suffix or the end"));
        }
        Err(self.error("the end"))
    }

    fn error(&self, expected: &'static str) -> ParsePep440Error {
        let (before, rest) = self.text.split_at(self.at);
        ParsePep440Error {
            found: rest.chars().next(),
            expected,
            column: before.chars().count() + 1,
        }
    }
}

fn segment(text: &str) -> Segment {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Segment::Number(Number::new(text));
    }
    Segment::Word(text.to_ascii_lowercase().into())
}
