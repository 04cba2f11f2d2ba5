//! The links of an HTML page, as the simple index uses them (PEP 503).

/// Every `<a>` with an `href`, and the `href` of the first `<base>`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Links {
    pub(super) base: Option<String>,
    pub(super) anchors: Vec<Anchor>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) href: String,
    /// The value of `data-yanked`, empty when it has none.
    pub(super) yanked: Option<String>,
}

pub(super) fn links(page: &str) -> Links {
    let mut links = Links::default();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let (tag, attributes, after) = split_tag(rest);
        rest = after;
        match tag.to_ascii_lowercase().as_str() {
            "a" => links.anchors.extend(anchor(attributes)),
            "base" => links.base = links.base.or_else(|| attribute(attributes, "href")),
            _ => {}
        }
    }
    links
}

/// Name of the tag, its attributes, what comes after it; a `>` in quotes does not end it.
fn split_tag(text: &str) -> (&str, &str, &str) {
    let mut quote = None;
    let end = text.find(|c| match quote {
        Some(open) => {
            quote = quote.filter(|_| c != open);
            false
        }
        None if matches!(c, '"' | '\'') => {
            quote = Some(c);
            false
        }
        None => c == '>',
    });
    let (inside, after) = text.split_at(end.unwrap_or(text.len()));
    let name_end = inside
        .find(|c: char| c.is_ascii_whitespace() || c == '/')
        .unwrap_or(inside.len());
    let (name, attributes) = inside.split_at(name_end);
    (name, attributes, after)
}

fn anchor(attributes: &str) -> Option<Anchor> {
    Some(Anchor {
        href: attribute(attributes, "href").filter(|href| !href.is_empty())?,
        yanked: attribute(attributes, "data-yanked"),
    })
}

/// The value of an attribute, empty when it has none.
fn attribute(attributes: &str, wanted: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=');
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        let (value, after) = match after.trim_start().strip_prefix('=') {
            Some(value) => value_of(value.trim_start()),
            None => ("", after),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(unescaped(value));
        }
        if after.is_empty() {
            return None;
        }
        rest = after;
    }
}

fn value_of(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote) {
            return inside.split_once(quote).unwrap_or((inside, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len()))
}

/// With the character references that occur in URLs replaced.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let character = rest
            .split_once(';')
            .and_then(|(reference, after)| Some((character(&reference[1..])?, after)));
        match character {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn character(reference: &str) -> Option<char> {
    let number = reference
        .strip_prefix('#')
        .map(|number| match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        });
    match (number, reference) {
        (Some(number), _) => char::from_u32(number.ok()?),
        (None, "amp") => Some('&'),
        (None, "lt") => Some('<'),
        (None, "gt") => Some('>'),
        (None, "quot") => Some('"'),
        (None, "apos") => Some('\''),
        (None, "num") => Some('#'),
        (None, "plus") => Some('+'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(page: &str, expect: &[&str]) {
        let found: Vec<_> = links(page).anchors.into_iter().map(|anchor| anchor.href).collect();
        assert_eq!(found, expect, "{page}");
    }

    #[test]
    fn anchors_are_found_however_they_are_written() {
        check(
            r#"<a href="a.whl">a</a><A class=x HREF = 'b.whl' >b</A>"#,
            &["a.whl", "b.whl"],
        );
        check("<a\nhref=c.whl data-yanked>c</a>", &["c.whl"]);
        check(
            r#"<a data-requires-python=">=3.8" href="d.whl#sha256=1">"#,
            &["d.whl#sha256=1"],
        );
        check(
            r#"<a title="&gt; href='x'" href="?a=1&amp;b=2&#43;&#x2b;&x;&">"#,
            &["?a=1&b=2++&x;&"],
        );
        check("<!-- <a href=no> --><abbr href=no><a name=x><a href", &[]);
        check(r#"<a href="never closed"#, &["never closed"]);
        check("<", &[]);
    }

    #[test]
    fn a_yanked_file_is_seen() {
        let page =
            "<a href=a data-yanked>a</a><a data-yanked='bad &amp; old' href=b><a href=c data-yanked=\"\" ><a href=d>";
        let yanked: Vec<_> = links(page).anchors.into_iter().map(|anchor| anchor.yanked).collect();
        let expect = [Some(""), Some("bad & old"), Some(""), None];
        assert_eq!(yanked, expect.map(|text| text.map(str::to_owned)));
    }

    #[test]
    fn the_first_base_counts() {
        let page = "<base href='/x/'><base href='/y/'>";
        assert_eq!(links(page).base.as_deref(), Some("/x/"));
    }
}
