//! Lines of a changelog, told apart as dpkg does.
//!
//! The patterns are those of `Dpkg::Changelog::Debian` and `Dpkg::Changelog::Entry::Debian`, on bytes.

/// What stands between the parentheses and around them: `foo (1.0) unstable; urgency=low`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub(super) package: &'a [u8],
    pub(super) version: &'a [u8],
    pub(super) distributions: &'a [u8],
    /// After the semicolon.
    pub(super) options: &'a [u8],
}

/// ` -- Name <mail>  Sun, 09 Oct 2016 15:10:15 +0000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trailer<'a> {
    pub(super) name: &'a [u8],
    pub(super) email: &'a [u8],
    /// How many blanks separate the address from the date: one, or two as it should be.
    pub(super) blanks: usize,
    /// Without its comma; empty where there is none.
    pub(super) weekday: &'a [u8],
    /// From the day of the month to the time zone.
    pub(super) date: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Header(Header<'a>),
    Change,
    Blank,
    Trailer(Trailer<'a>),
    /// Comments and keywords of version control systems.
    Ignored,
    /// The rest of the file is for editors, or in a format that was in use before this one.
    Tail,
    BadHeading,
    BadTrailer,
    Unrecognised,
}

/// Takes a line off `rest`, with its newline.
pub(super) fn take_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = newline(rest).map_or(rest.len(), |at| at + 1);
    let line;
    (line, *rest) = rest.split_at(end);
    (!line.is_empty()).then_some(line)
}

/// Where the first newline is, eight bytes at a time.
fn newline(text: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHEST: u64 = u64::from_le_bytes([0x80; 8]);
    let (words, rest) = text.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        // The byte that was a newline is zero now, and the first one of which the highest bit gets set.
        let word = u64::from_le_bytes(*word) ^ u64::from_le_bytes([b'\n'; 8]);
        let found = word.wrapping_sub(ONES) & !word & HIGHEST;
        if found != 0 {
            return Some(number * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let in_rest = rest.iter().position(|&b| b == b'\n')?;
    Some(words.len() * 8 + in_rest)
}

pub(super) fn classify(line: &[u8]) -> Line<'_> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    // Nearly all lines are of this kind.
    if let [b' ', b' ', b'!'..=b'~', ..] = line {
        return Line::Change;
    }
    let indent = line.iter().take_while(|&&b| is_space(b)).count();
    if indent == line.len() {
        return Line::Blank;
    }
    match indent {
        0 => classify_heading(line),
        1 if line.starts_with(b" --") => trailer(line).map_or(Line::BadTrailer, Line::Trailer),
        1 => Line::Unrecognised,
        _ => Line::Change,
    }
}

fn classify_heading(line: &[u8]) -> Line<'_> {
    if let Some(header) = header(line) {
        return Line::Header(header);
    }
    if is_editor_block(line) || super::ancient::begins(line) {
        return Line::Tail;
    }
    if is_ignored(line) {
        Line::Ignored
    } else {
        Line::BadHeading
    }
}

fn is_editor_block(line: &[u8]) -> bool {
    let lisp = line.strip_prefix(b";;").map_or(line, <[u8]>::trim_ascii_start);
    starts_with_ignoring_case(lisp, b"local variables:") || starts_with_ignoring_case(line, b"vim:")
}

fn is_ignored(line: &[u8]) -> bool {
    let keyword = |rest: &[u8]| {
        let word = rest.iter().take_while(|&&b| is_word(b)).count();
        word > 0 && rest.get(word) == Some(&b':') && rest[word..].contains(&b'$')
    };
    let comment = |rest: &[u8]| rest.windows(2).any(|pair| pair == b"*/");
    line.starts_with(b"# ")
        || line.strip_prefix(b"$").is_some_and(keyword)
        || line.strip_prefix(b"/*").is_some_and(comment)
}

pub(super) fn header(line: &[u8]) -> Option<Header<'_>> {
    let (package, rest) = package(line);
    if package.is_empty() {
        return None;
    }
    let (version, rest) = split_while(rest.strip_prefix(b" (")?, |b| !matches!(b, b'(' | b')' | b' ' | b'\t'));
    let rest = rest.strip_prefix(b")")?;
    let (distributions, options) = rest.split_at(rest.iter().position(|&b| b == b';')?);
    let plain = distributions.iter().all(|&b| is_name(b) || is_space(b));
    let separated = distributions.first().copied().is_some_and(is_space);
    let ended = distributions.last().copied().is_some_and(is_name);
    (!version.is_empty() && plain && separated && ended).then(|| Header {
        package,
        version,
        distributions: trim(distributions),
        options: trim(&options[1..]),
    })
}

/// The name that a heading begins with, and the rest. dpkg lets it begin with an underscore, which Policy does not.
pub(super) fn package(line: &[u8]) -> (&[u8], &[u8]) {
    match line.first() {
        Some(&first) if is_word(first) => {
            let length = line[1..].iter().take_while(|&&b| is_name(b)).count();
            line.split_at(length + 1)
        }
        _ => (&[], line),
    }
}

pub(super) fn trailer(line: &[u8]) -> Option<Trailer<'_>> {
    let rest = line.strip_prefix(b" -- ")?;
    let close = rest.iter().rposition(|&b| b == b'>')?;
    let (person, date) = (&rest[..close], &rest[close + 1..]);
    let open = person.windows(2).rposition(|pair| pair == b" <")?;
    let blanks = date.iter().take_while(|&&b| b == b' ').count();
    let (weekday, date) = split_weekday(trim_end(&date[blanks..]));
    ((1..=2).contains(&blanks) && is_date(date)).then(|| Trailer {
        name: &person[..open],
        email: &person[open + 2..],
        blanks,
        weekday,
        date,
    })
}

pub(super) fn split_weekday(text: &[u8]) -> (&[u8], &[u8]) {
    let (word, rest) = split_while(text, is_word);
    match rest.strip_prefix(b",") {
        Some(rest) if !word.is_empty() => (word, split_while(rest, is_space).1),
        _ => (&[], text),
    }
}

/// Whether this has the form of `09 Oct 2016 15:10:15 +0000`; whether there is such a day is another question.
fn is_date(text: &[u8]) -> bool {
    let (day, rest) = split_while(text, |b| b.is_ascii_digit());
    let (gap_1, rest) = split_while(rest, is_space);
    let (month, rest) = split_while(rest, is_word);
    let (gap_2, rest) = split_while(rest, is_space);
    let (year, rest) = split_while(rest, |b| b.is_ascii_digit());
    let (gap_3, rest) = split_while(rest, is_space);
    let (time, rest) = split_while(rest, |b| b.is_ascii_digit() || b == b':');
    let (gap_4, zone) = split_while(rest, is_space);
    let gaps = [gap_1, gap_2, gap_3, gap_4].iter().all(|gap| !gap.is_empty());
    gaps && (1..=2).contains(&day.len()) && !month.is_empty() && year.len() == 4 && is_time(time) && is_zone(zone)
}

pub(super) fn is_time(text: &[u8]) -> bool {
    let text = match text {
        [b'0'..=b'9', rest @ ..] if text.len() == 8 => rest,
        _ => text,
    };
    text.len() == 7
        && text.iter().enumerate().all(|(at, b)| match at {
            1 | 4 => *b == b':',
            _ => b.is_ascii_digit(),
        })
}

pub(super) fn is_zone(text: &[u8]) -> bool {
    text.len() == 5 && matches!(text[0], b'+' | b'-') && text[1..].iter().all(u8::is_ascii_digit)
}

pub(super) fn split_while(text: &[u8], holds: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|&b| !holds(b)).unwrap_or(text.len()))
}

pub(super) fn trim_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&b| !is_space(b)).map_or(0, |at| at + 1);
    &text[..end]
}

/// Without the white space on both sides. Unlike the standard library's, dpkg's holds the vertical tab.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    trim_end(split_while(text, is_space).1)
}

pub(super) fn starts_with_ignoring_case(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | 9..=13)
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}
