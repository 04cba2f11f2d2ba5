//! From the text of a requirements file to its logical lines.

use super::RequirementProblem;

/// A line without its comment, its continuations joined to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it starts, from 1.
    pub(super) number: usize,
    pub(super) text: String,
}

/// The lines that hold something, in pip's order: continuations are joined, then comments go.
///
/// A comment line ends a continuation, whatever its own end.
pub(super) fn logical(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut open: Option<Line> = None;
    for (physical, number) in text.trim_start_matches('\u{feff}').lines().zip(1..) {
        let is_comment = physical.trim_start().starts_with('#');
        let goes_on = physical.ends_with('\\') && !is_comment;
        let mut line = open.take().unwrap_or(Line {
            number,
            text: String::new(),
        });
        // The blank keeps a comment apart from what it is joined to.
        line.text += if is_comment { " " } else { "" };
        line.text += physical.trim_end_matches('\\');
        match goes_on {
            true => open = Some(line),
            false => lines.push(line),
        }
    }
    lines.extend(open);
    let without_comments = lines.into_iter().map(|line| Line {
        text: without_comment(&line.text).trim().to_owned(),
        ..line
    });
    without_comments.filter(|line| !line.text.is_empty()).collect()
}

/// A `#` starts a comment at the start of a line or behind a blank: elsewhere it belongs to a URL.
fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if c == '#' && before.is_whitespace() {
            return &line[..at];
        }
        before = c;
    }
    line
}

/// With the value of each `${NAME}`, capital letters, digits and `_`. What else has a `$` stays as it is.
pub(super) fn expanded(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, RequirementProblem> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        expanded += before;
        let name = after.split('}').next().unwrap_or_default();
        let known = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        rest = match name.len() < after.len() && !name.is_empty() && name.bytes().all(known) {
            false => {
                expanded += "${";
                after
            }
            true => {
                let value = variable(name).filter(|value| !value.is_empty());
                expanded += &value.ok_or_else(|| RequirementProblem::Variable(name.to_owned()))?;
                &after[name.len() + 1..]
            }
        };
    }
    Ok(expanded + rest)
}

/// The words of a line as a shell reads them: quotes and backslashes keep blanks.
pub(super) fn words(text: &str) -> Result<Vec<String>, RequirementProblem> {
    let mut words = Vec::new();
    let (mut word, mut quote) = (None::<String>, None);
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    match quote {
        None => Ok(words),
        Some(_) => Err(RequirementProblem::Quote),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_comments_go() {
        for (text, expect) in [
            ("a\n\nb # c\n", "1:a 3:b"),
            ("\u{feff}a\r\nb", "1:a 2:b"),
            ("a \\\n  --x \\\n  --y\nb", "1:a   --x   --y 4:b"),
            ("a\\\nb", "1:ab"),
            ("a@u#f # c", "1:a@u#f"),
            ("# a \\\nb", "2:b"),
            ("a \\\n# c \\\nb", "1:a 3:b"),
            ("a \\\n  --x # c\nb", "1:a   --x 3:b"),
            ("a \\", "1:a"),
            ("  a  ", "1:a"),
            ("", ""),
        ] {
            let lines = logical(text);
            let lines: Vec<_> = lines
                .iter()
                .map(|line| format!("{}:{}", line.number, line.text))
                .collect();
            assert_eq!(lines.join(" "), expect, "{text:?}");
        }
    }

    #[test]
    fn variables_are_expanded() {
        let variable = |name: &str| match name {
            "TOKEN_1" => Some("secret".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        for (text, expect) in [
            ("https://${TOKEN_1}@h", Ok("https://secret@h")),
            ("${TOKEN_1}${TOKEN_1}", Ok("secretsecret")),
            ("$TOKEN_1 ${lower} ${} ${x", Ok("$TOKEN_1 ${lower} ${} ${x")),
            ("${NOT_SET}", Err("NOT_SET")),
            ("${EMPTY}", Err("EMPTY")),
        ] {
            let expect = expect.map(str::to_owned);
            assert_eq!(
                expanded(text, &variable),
                expect.map_err(|name| RequirementProblem::Variable(name.to_owned()))
            );
        }
    }

    #[test]
    fn words_are_a_shells() {
        for (text, expect) in [
            ("a  b\tc", Ok("a|b|c")),
            ("--find-links='a b' \"c d\"e ''", Ok("--find-links=a b|c de|")),
            (r#"a\ b "c\"d" 'e\f'"#, Ok(r#"a b|c"d|e\f"#)),
            ("'a", Err(())),
        ] {
            let words = words(text).map(|words| words.join("|"));
            assert_eq!(words.map_err(drop), expect.map(str::to_owned), "{text}");
        }
    }
}
