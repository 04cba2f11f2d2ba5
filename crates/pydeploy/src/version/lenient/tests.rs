use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::*;
use crate::version::tests::Random;

fn lenient(text: &str) -> LenientVersion {
    DebianVersion::parse_lenient(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn hash(version: &LenientVersion) -> u64 {
    let mut hasher = DefaultHasher::new();
    version.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn debian_versions_have_the_same_order_and_no_warning() {
    let mut random = Random(2016);
    let versions: Vec<DebianVersion> = (0..300).map(|_| random.version()).collect();
    let read: Vec<LenientVersion> = versions.iter().map(|version| lenient(version.as_str())).collect();
    for (a, lenient_a) in versions.iter().zip(&read) {
        assert!(lenient_a.warnings().is_empty() && lenient_a.to_strict().unwrap().is_same_text(a));
        assert_eq!(
            (lenient_a.upstream(), lenient_a.revision()),
            (a.upstream(), a.revision())
        );
        assert_eq!(*lenient_a, LenientVersion::from(a.clone()));
        for (b, lenient_b) in versions.iter().zip(&read) {
            assert_eq!(a.cmp(b), lenient_a.cmp(lenient_b), "{a} {b}");
            assert!(a != b || hash(lenient_a) == hash(lenient_b), "{a} {b}");
        }
    }
}

#[test]
fn warnings_and_the_version_without_what_dpkg_reads_over() {
    use VersionWarning::{EpochSign, RevisionCharacter, SurroundingBlank, UpstreamCharacter, UpstreamStart};
    for (text, strict, warnings) in [
        ("1.0", Some("1.0"), &[][..]),
        (" \t1.0-1 ", Some("1.0-1"), &[SurroundingBlank]),
        ("+1:1.0", Some("1:1.0"), &[EpochSign]),
        ("-0:1+1", Some("0:1+1"), &[EpochSign]),
        ("\n+1:1.0", Some("1:1.0"), &[EpochSign]),
        ("\t +1:1.0", Some("1:1.0"), &[SurroundingBlank, EpochSign]),
        ("1.0\n", None, &[UpstreamCharacter { found: '\n', column: 4 }]),
        (
            "+1:é1__",
            None,
            &[
                EpochSign,
                UpstreamStart { found: 'é', column: 4 },
                UpstreamCharacter { found: '_', column: 6 },
            ],
        ),
        ("1:1.0-1:1", None, &[RevisionCharacter { found: ':', column: 8 }]),
        (
            "-a_-_a_",
            None,
            &[
                UpstreamStart { found: '-', column: 1 },
                UpstreamCharacter { found: '_', column: 3 },
                RevisionCharacter { found: '_', column: 5 },
            ],
        ),
    ] {
        let version = lenient(text);
        assert_eq!(version.warnings(), warnings, "{text:?}");
        assert_eq!(
            version.to_strict().as_ref().map(DebianVersion::as_str),
            strict,
            "{text:?}"
        );
        assert_eq!(version.to_string(), text);
    }
}

#[test]
fn errors_are_what_dpkg_refuses() {
    for (text, message) in [
        ("", "empty upstream version at column 1"),
        (" \t ", "empty upstream version at column 4"),
        ("1: ", "empty upstream version at column 3"),
        ("1:-1", "empty upstream version at column 3"),
        (":1", "empty epoch at column 1"),
        (" +:1", "empty epoch at column 3"),
        ("++1:1", "unexpected character '+' in epoch at column 2"),
        ("+\n1:1", r"unexpected character '\n' in epoch at column 2"),
        ("a:1", "unexpected character 'a' in epoch at column 1"),
        ("1 :1", "unexpected character ' ' in epoch at column 2"),
        ("-1:1", "unexpected character '-' in epoch at column 1"),
        ("+2147483648:1", "epoch above 2147483647 at column 2"),
        ("é 1", "unexpected character ' ' in upstream version at column 2"),
        ("1-1\t1", r"unexpected character '\t' in revision at column 4"),
        ("1\0", r"unexpected character '\0' in upstream version at column 2"),
        ("1.0- ", "empty revision at column 5"),
    ] {
        let error = DebianVersion::parse_lenient(text).unwrap_err();
        assert_eq!(error.to_string(), message, "{text:?}");
    }
}

#[test]
fn nothing_sorts_below_every_version() {
    assert!(None < Some(lenient("~~")));
}
