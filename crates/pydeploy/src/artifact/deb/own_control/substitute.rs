//! Substitution variables ([deb-substvars(5)]) and lists of architectures, which only source packages have.
//!
//! [deb-substvars(5)]: https://manpages.debian.org/bookworm/dpkg-dev/deb-substvars.5.en.html

use crate::python::Arch;
use crate::version::DebianVersion;

/// Where the variables of packaging helpers end; what they would stand for is added anyway.
const OURS: [&str; 3] = ["misc:", "shlibs:", "python3:"];

/// The text with every variable replaced; `Err` is the first that is not known, as it is written.
pub(super) fn variables(text: &str, version: &DebianVersion) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else {
            return Err(format!("${{{after}"));
        };
        out += before;
        out += &variable(name, version).ok_or_else(|| format!("${{{name}}}"))?;
        rest = after;
    }
    Ok(out + rest)
}

fn variable(name: &str, version: &DebianVersion) -> Option<String> {
    let text = version.as_str();
    Some(match name {
        "" => "$".to_owned(),
        "binary:Version" | "source:Version" => text.to_owned(),
        "source:Upstream-Version" => text.rsplit_once('-').map_or(text, |(upstream, _)| upstream).to_owned(),
        "Space" => " ".to_owned(),
        "Tab" => "\t".to_owned(),
        "Newline" => "\n".to_owned(),
        other => return OURS.iter().any(|ours| other.starts_with(ours)).then(String::new),
    })
}

/// The relation without its list of architectures; `None` when it is not for this one.
pub(super) fn architectures(relation: &str, arch: Arch) -> Option<String> {
    let Some((before, list)) = relation.split_once('[') else {
        return Some(relation.to_owned());
    };
    let (list, after) = list.split_once(']').unwrap_or((list, ""));
    admits(list, arch).then(|| format!("{}{after}", before.trim_end()))
}

/// Whether a list of architectures, or of those that it is not for, holds this one.
pub(super) fn admits(list: &str, arch: Arch) -> bool {
    let name = arch.to_string();
    let is = |pattern: &str| {
        matches!(pattern, "any" | "linux-any")
            || pattern == name
            || pattern == format!("any-{name}")
            || pattern == format!("linux-{name}")
    };
    let excluded = list.split_whitespace().filter_map(|one| one.strip_prefix('!'));
    let excluded: Vec<_> = excluded.collect();
    match excluded.is_empty() {
        true => list.split_whitespace().any(is),
        false => !excluded.into_iter().any(is),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_and_unknown_ones_named() {
        let version = "1:2.0-3".parse().unwrap();
        for (text, expect) in [
            ("a, ${misc:Depends}, b", Ok("a, , b")),
            ("a (= ${binary:Version})", Ok("a (= 1:2.0-3)")),
            ("${source:Upstream-Version}$", Ok("1:2.0$")),
            ("${}x", Ok("$x")),
            ("a, ${perl:Depends}", Err("${perl:Depends}")),
            ("a ${open", Err("${open")),
        ] {
            assert_eq!(
                variables(text, &version).as_deref(),
                expect.map_err(str::to_owned).as_deref()
            );
        }
    }

    #[test]
    fn a_relation_can_be_for_some_architectures() {
        for (text, expect) in [
            ("a (>= 1)", Some("a (>= 1)")),
            ("a [amd64 arm64]", Some("a")),
            ("a (>= 1) [linux-any]", Some("a (>= 1)")),
            ("a [i386]", None),
            ("a [!i386 !armhf]", Some("a")),
            ("a [!any-amd64]", None),
        ] {
            assert_eq!(architectures(text, Arch::Amd64).as_deref(), expect, "{text}");
        }
    }
}
