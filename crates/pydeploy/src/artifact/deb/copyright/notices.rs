//! Licence texts as control fields can hold them, and the notices in them.

/// More notices than this are left to the text.
const MOST: usize = 20;

/// UTF-8, else Latin-1; without what no field can hold.
pub(super) fn plain(bytes: &[u8]) -> String {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    let text = text
        .trim_start_matches('\u{feff}')
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let kept: String = text
        .chars()
        .filter(|c| !c.is_control() || "\n\t".contains(*c))
        .collect();
    let lines: Vec<_> = kept.trim_matches('\n').lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// Lines such as `Copyright (c) 2019 Somebody`, each once.
pub(super) fn copyright(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text
        .lines()
        .map(|line| line.trim_matches(|c: char| c.is_whitespace() || "#*/".contains(c)))
    {
        if is_notice(line) && !found.iter().any(|other| other == line) && found.len() < MOST {
            found.push(line.to_owned());
        }
    }
    found
}

/// Not the word alone, which licences use too, and not the form to be filled in.
fn is_notice(line: &str) -> bool {
    let lower = line.to_lowercase();
    let Some(rest) = lower.strip_prefix("copyright") else {
        return lower.starts_with("© ");
    };
    let year = rest
        .as_bytes()
        .windows(4)
        .any(|four| four.iter().all(u8::is_ascii_digit));
    let sign = ["(c)", "©"].iter().any(|sign| rest.trim_start().starts_with(sign));
    let form = ["[", "<", "{", "yyyy"].iter().any(|sign| rest.contains(sign));
    let begins = rest.starts_with([' ', ':', '\t', '©', '(']);
    begins && (year || sign) && (!form || year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_found_and_forms_are_not() {
        let text = "MIT\n\nCopyright (c) 2019 A <a@example.org>\n# Copyright 2020, B\nCopyright © C\nCOPYRIGHT HOLDERS BE LIABLE\n\
            copyright notice and this list\nCopyright [yyyy] [name of copyright owner]\nCopyright (c) 2019 A <a@example.org>\n\
            © 2001 D\nCopyright (C) <year> <name>\n";
        let expect = [
            "Copyright (c) 2019 A <a@example.org>",
            "Copyright 2020, B",
            "Copyright © C",
            "© 2001 D",
        ];
        assert_eq!(copyright(text), expect);
    }

    #[test]
    fn any_bytes_become_text_that_a_field_can_hold() {
        assert_eq!(plain(b"\xef\xbb\xbf\na\r\nb \x0c\n\n"), "a\nb");
        assert_eq!(plain(b"Andr\xe9"), "André");
    }
}
