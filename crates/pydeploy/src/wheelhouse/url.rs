//! The little about URLs that an index needs (RFC 3986).

use std::path::PathBuf;

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

/// What may be shown: no user name, password, query and fragment, also of what is no right URL.
pub(super) fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_at(url.find("://").map_or(0, |at| at + 3));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let has_port = |(_, port): (&str, &str)| port.bytes().all(|b| b.is_ascii_digit());
    // A password can hold what should have been encoded; only a port is known not to be the start of one.
    let bare = match (authority.rfind('@'), rest.rfind('@')) {
        (Some(at), _) => &rest[at + 1..],
        (None, Some(at)) if !authority.rsplit_once(':').is_none_or(has_port) => &rest[at + 1..],
        _ => rest,
    };
    let bare = bare.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}{bare}")
}

/// The host, without the port.
pub(super) fn host(url: &str) -> &str {
    let rest = credentials(url).map_or(url, |(_, _, rest)| rest);
    let rest = rest.split_once("://").map_or(rest, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Whether both URLs name one place, whatever their credentials and the slash at their end.
pub(super) fn same_place(a: &str, b: &str) -> bool {
    let parts = |url: &str| {
        let (origin, path) = (origin(url), shown(url).trim_end_matches('/').to_owned());
        let path = path.get(origin.len()..).unwrap_or_default().to_owned();
        (origin, path)
    };
    parts(a) == parts(b)
}

/// `url` with these credentials, unless it has its own.
pub(super) fn with_user(url: &str, login: &str, password: &str) -> String {
    match (credentials(url), url.split_once("://")) {
        (None, Some((scheme, rest))) => format!("{scheme}://{}:{}@{rest}", encoded(login), encoded(password)),
        _ => url.to_owned(),
    }
}

/// With everything but letters, digits and `-._~` as `%XX`.
pub(super) fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let byte = |b: u8| match plain(b) {
        true => char::from(b).to_string(),
        false => format!("%{b:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The path that a `file:` URL names.
pub(super) fn local_path(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("file://")?;
    let path = path.strip_prefix("localhost").unwrap_or(path);
    let path = path.split(['?', '#']).next()?;
    path.starts_with('/').then(|| PathBuf::from(decoded(path)))
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
            (format!("{scheme}{rest}"), Some(basic(&user)))
        }
        None => (url.to_owned(), None),
    }
}

/// `NAME:PASSWORD` as the value of `Authorization`.
pub(super) fn basic(user: &str) -> String {
    format!("Basic {}", base64(user.as_bytes()))
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
        for (url, expect) in [
            ("https://i/a?token=1", "https://i/a"),
            ("https://i:8/a@b.whl", "https://i:8/a@b.whl"),
            ("https://i/a@b.whl", "https://i/a@b.whl"),
            ("https://me:se/cr@et@i/a", "https://i/a"),
            ("https://me:se?cr#et@i/a", "https://i/a"),
            ("me:secret@i/a", "i/a"),
        ] {
            assert_eq!(shown(url), expect);
        }
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
    fn hosts_places_and_paths_are_seen() {
        assert_eq!(host("https://a:b@Host.example:8/x@y:3"), "Host.example");
        assert_eq!(host("http://[::1]:8/"), "[::1]");
        assert!(same_place("https://u:p@I/simple/", "https://i/simple"));
        assert!(!same_place("https://i/simple", "https://i/Simple"));
        assert!(!same_place("https://i/simple", "http://i/simple"));
        let with = with_user("https://i/s", "me@x", "p/:");
        assert_eq!(with, "https://me%40x:p%2F%3A@i/s");
        assert_eq!(authorization(&with).1, Some(basic("me@x:p/:")));
        assert_eq!(with_user("https://a@i/s", "me", "x"), "https://a@i/s");
        assert_eq!(local_path("file:///a%20b/c#d"), Some("/a b/c".into()));
        assert_eq!(local_path("file://localhost/a"), Some("/a".into()));
        assert_eq!(local_path("file://host/a"), None);
    }

    #[test]
    fn file_names_are_decoded() {
        assert_eq!(file_name("https://i/a%2Bb-1%2.whl?x=/y#z/"), "a+b-1%2.whl");
    }
}
