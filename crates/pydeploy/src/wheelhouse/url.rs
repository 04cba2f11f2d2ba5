//! The little about URLs that an index needs (RFC 3986).

/// The last component of the path, decoded.
pub(super) fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    decoded(path.rsplit('/').next().unwrap_or(path))
}

/// With `%2B` read as `+`, and so on; what is not such a code stays.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `reference` as a page at `base` means it, without its fragment.
pub(super) fn join(base: &str, reference: &str) -> String {
    let reference = reference.trim().split('#').next().unwrap_or_default();
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if has_scheme(reference) {
        return reference.to_owned();
    }
    if let Some(rest) = reference.strip_prefix("//") {
        return format!("{scheme}://{rest}");
    }
    if reference.starts_with('/') {
        return format!("{scheme}://{authority}{}", without_dots(reference));
    }
    let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
    format!(
        "{scheme}://{authority}{}",
        without_dots(&format!("{folder}{reference}"))
    )
}

fn has_scheme(reference: &str) -> bool {
    let scheme = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    reference
        .split_once("://")
        .is_some_and(|(before, _)| !before.is_empty() && scheme(before))
}

fn without_dots(path: &str) -> String {
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let mut components: Vec<&str> = Vec::new();
    for component in path.split('/').skip(1) {
        match component {
            "." => {}
            ".." => drop(components.pop()),
            other => components.push(other),
        }
    }
    format!("/{}{query}", components.join("/"))
}

/// User name and password, with the `@`.
fn credentials(url: &str) -> Option<(&str, &str, &str)> {
    let at = url.find("://")? + 3;
    let (scheme, rest) = url.split_at(at);
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let end = authority.rfind('@')? + 1;
    Some((scheme, &rest[..end], &rest[end..]))
}

/// What may be shown: no user name, password, query and fragment.
pub(super) fn shown(url: &str) -> String {
    let bare = match credentials(url) {
        Some((scheme, _, rest)) => format!("{scheme}{rest}"),
        None => url.to_owned(),
    };
    bare.split(['?', '#']).next().unwrap_or_default().to_owned()
}

fn origin(url: &str) -> String {
    let shown = shown(url);
    let after = shown.find("://").map_or(0, |at| at + 3);
    let end = shown[after..].find('/').map_or(shown.len(), |at| after + at);
    shown[..end].to_ascii_lowercase()
}

/// `url` with the credentials of `index`, when it has none and is of the same origin.
pub(super) fn with_credentials_of(index: &str, url: String) -> String {
    let (Some((_, user, _)), None) = (credentials(index), credentials(&url)) else {
        return url;
    };
    match url.split_once("://") {
        Some((scheme, rest)) if origin(index) == origin(&url) => format!("{scheme}://{user}{rest}"),
        _ => url,
    }
}

/// The URL without its credentials, and these as the value of `Authorization` (RFC 7617).
pub(super) fn authorization(url: &str) -> (String, Option<String>) {
    match credentials(url) {
        Some((scheme, user, rest)) => {
            let user = decoded(user.trim_end_matches('@'));
            let user = if user.contains(':') { user } else { user + ":" };
            (
                format!("{scheme}{rest}"),
                Some(format!("Basic {}", base64(user.as_bytes()))),
            )
        }
        None => (url.to_owned(), None),
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = bits >> (18 - 6 * digit) & 63;
            let padding = digit > chunk.len();
            text.push(if padding {
                '='
            } else {
                char::from(DIGITS[value as usize])
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved() {
        for (base, reference, expect) in [
            ("https://i/simple/a/", "../../f/a.whl#sha256=1", "https://i/f/a.whl"),
            ("https://i/simple/a/", "a.whl", "https://i/simple/a/a.whl"),
            (
                "https://i/simple/a/?x=/y",
                "a.whl?z=/../",
                "https://i/simple/a/a.whl?z=/../",
            ),
            ("https://i", "a.whl", "https://i/a.whl"),
            ("http://i:8/s/", "/f/./a.whl", "http://i:8/f/a.whl"),
            ("http://i/s/", "//j/a.whl", "http://j/a.whl"),
            ("http://u:p@i/s/", "a.whl", "http://u:p@i/s/a.whl"),
            ("http://i/s/", "https://j/a.whl", "https://j/a.whl"),
            ("http://i/s/", "../../../a.whl", "http://i/a.whl"),
        ] {
            assert_eq!(join(base, reference), expect, "{base} {reference}");
        }
    }

    #[test]
    fn credentials_stay_with_their_origin_and_are_not_shown() {
        let index = "https://me:secret@i/simple/";
        assert_eq!(shown(index), "https://i/simple/");
        let basic = Some("Basic bWU6c2VjcmV0".to_owned());
        assert_eq!(authorization(index), ("https://i/simple/".to_owned(), basic));
        assert_eq!(authorization("http://t@i/").1.as_deref(), Some("Basic dDo="));
        assert_eq!(shown("https://i/a?token=1"), "https://i/a");
        let same = with_credentials_of(index, "https://I/a.whl".to_owned());
        assert_eq!(same, "https://me:secret@I/a.whl");
        assert_eq!(
            with_credentials_of(index, "https://j/a.whl".to_owned()),
            "https://j/a.whl"
        );
        assert_eq!(
            with_credentials_of(index, "http://i/a.whl".to_owned()),
            "http://i/a.whl"
        );
    }

    #[test]
    fn file_names_are_decoded() {
        assert_eq!(file_name("https://i/a%2Bb-1%2.whl?x=/y#z/"), "a+b-1%2.whl");
    }
}
