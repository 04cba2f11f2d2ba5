//! Words of unit files.

/// A word of a unit file (systemd.syntax(7)): specifiers are not expanded in it. Command lines expand variables too,
/// assignments do not.
pub(super) fn quote(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    let plain = |c: char| c.is_ascii_alphanumeric() || "/.,:_+~=-@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => escaped,
        false => format!("\"{escaped}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_systemd() {
        for (word, expected) in [
            ("guestbook.wsgi:application", "guestbook.wsgi:application"),
            ("1%3a2", "1%%3a2"),
            ("a b", "\"a b\""),
            ("say \"x\"", "\"say \\\"x\\\"\""),
            ("", "\"\""),
        ] {
            assert_eq!(quote(word), expected);
        }
    }
}
