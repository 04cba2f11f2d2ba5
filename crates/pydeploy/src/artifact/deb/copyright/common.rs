//! The licences that every Debian system has a copy of ([Debian Policy 12.5]).
//!
//! [Debian Policy 12.5]: https://www.debian.org/doc/debian-policy/ch-docs.html#copyright-information

/// The file in `/usr/share/common-licenses`, how its text begins, what it ends with or holds near its end, and between
/// how many kilobytes the text is: what is much longer holds more than that licence.
const COMMON: [(&str, &str, &str, std::ops::RangeInclusive<usize>); 8] = [
    (
        "Apache-2.0",
        "apache license version 2.0, january 2004",
        "end of terms and conditions",
        8..=12,
    ),
    (
        "GPL-2",
        "gnu general public license version 2, june 1991",
        "end of terms and conditions",
        14..=19,
    ),
    (
        "GPL-3",
        "gnu general public license version 3, 29 june 2007",
        "end of terms and conditions",
        31..=36,
    ),
    (
        "LGPL-2",
        "gnu library general public license version 2, june 1991",
        "end of terms and conditions",
        22..=27,
    ),
    (
        "LGPL-2.1",
        "gnu lesser general public license version 2.1, february 1999",
        "end of terms and conditions",
        23..=28,
    ),
    (
        "LGPL-3",
        "gnu lesser general public license version 3, 29 june 2007",
        "permanent authorization for you to choose that version for the library",
        6..=8,
    ),
    ("MPL-1.1", "mozilla public license version 1.1", "exhibit a", 20..=26),
    ("MPL-2.0", "mozilla public license version 2.0", "exhibit b", 14..=18),
];

/// Which of them a text is, and nothing else beside it.
pub(super) fn find(text: &str) -> Option<&'static str> {
    let words: Vec<_> = text
        .split(|c: char| c.is_whitespace() || "=-*#_".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let words = words.join(" ").to_lowercase();
    let length = words.len() / 1000;
    let is = |(_, begins, ends, size): &&(&str, &str, &str, std::ops::RangeInclusive<usize>)| {
        let begins = begins.replace('-', " ");
        words.starts_with(&begins) && words.contains(ends) && size.contains(&length)
    };
    COMMON.iter().find(is).map(|row| row.0)
}
