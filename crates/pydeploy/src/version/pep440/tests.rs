use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Pep440Options, Pep440Version};
use crate::version::tests::Random;
use crate::version::{DebianVersion, MappingError, Mode};

/// Each spelling and its normal form, as `packaging` has it.
#[test]
fn spellings() {
    for (text, normal) in [
        ("1", "1"),
        ("1.0.0", "1.0.0"),
        (" \u{2003}\x1c1.0\u{85}\n", "1.0"),
        ("V007!01.00", "7!1.0"),
        ("0!1", "1"),
        ("1.0A", "1.0a0"),
        ("1.0-alpha_1", "1.0a1"),
        ("1.0.beta.2", "1.0b2"),
        ("1.0c1", "1.0rc1"),
        ("1.0pre1", "1.0rc1"),
        ("1.0PREVIEW-03", "1.0rc3"),
        ("1.0-1", "1.0.post1"),
        ("1.0r1", "1.0.post1"),
        ("1.0-rev", "1.0.post0"),
        ("1.0.post-1", "1.0.post1"),
        ("1.0a-1", "1.0a1"),
        ("1.0a-", "1.0a0"),
        ("1.0a--1", "1.0a0.post1"),
        ("1.0a.post.dev.", "1.0a0.post0.dev0"),
        ("1.0dev", "1.0.dev0"),
        ("1rc2-3dev4+Ubuntu-01_x.0a", "1rc2.post3.dev4+ubuntu.1.x.0a"),
        ("1.99999999999999999999999999", "1.99999999999999999999999999"),
    ] {
        let version: Pep440Version = text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(version.to_string(), normal, "{text:?}");
        assert_eq!(normal.parse::<Pep440Version>().unwrap().to_string(), normal);
    }
}

#[test]
fn errors_name_the_character_the_column_and_what_should_be_there() {
    for (text, message) in [
        ("", "unexpected end at column 1, where a number should be"),
        ("abc", "unexpected character 'a' at column 1, where a number should be"),
        ("vv1", "unexpected character 'v' at column 2, where a number should be"),
        ("v 1", "unexpected character ' ' at column 2, where a number should be"),
        (".1", "unexpected character '.' at column 1, where a number should be"),
        (
            "１.0",
            "unexpected character '１' at column 1, where a number should be",
        ),
        ("1!", "unexpected end at column 3, where a number should be"),
        ("1!x", "unexpected character 'x' at column 3, where a number should be"),
        (
            "1!1!1",
            "unexpected character '!' at column 4, where a suffix or the end should be",
        ),
        ("1.", "unexpected end at column 3, where a suffix or the end should be"),
        (
            "1..0",
            "unexpected character '.' at column 3, where a suffix or the end should be",
        ),
        (
            " 1.0é",
            "unexpected character 'é' at column 5, where a suffix or the end should be",
        ),
        (
            "1.0-1-1",
            "unexpected character '1' at column 7, where a suffix or the end should be",
        ),
        (
            "1.0dev1a1",
            "unexpected character 'a' at column 8, where a suffix or the end should be",
        ),
        (
            "1.0po\u{17f}t1",
            "unexpected character 'p' at column 4, where a suffix or the end should be",
        ),
        (
            "1.0\0",
            r"unexpected character '\0' at column 4, where a suffix or the end should be",
        ),
        (
            "1.0+",
            "unexpected end at column 5, where a letter or a digit should be",
        ),
        (
            "1.0+a..b",
            "unexpected character '.' at column 7, where a letter or a digit should be",
        ),
        (
            "1.0+\u{212a}",
            "unexpected character '\u{212a}' at column 5, where a letter or a digit should be",
        ),
        (
            "1.0+a~",
            "unexpected character '~' at column 6, where the end should be",
        ),
    ] {
        let error = text.parse::<Pep440Version>().unwrap_err();
        assert_eq!(error.to_string(), message, "{text:?}");
    }
}

/// Versions of few different parts, so that equal and nearly equal ones are common.
fn generated(count: usize) -> Vec<Pep440Version> {
    const RELEASES: [&str; 10] = [
        "0",
        "1",
        "1.0",
        "1.0.0",
        "1.0.0.0.1",
        "1.0.1",
        "1.1",
        "1.10",
        "10",
        "99999999999999999999.1",
    ];
    const LOCAL: [&str; 14] = [
        "a",
        "ab",
        "b",
        "a0",
        "a1",
        "a10",
        "z",
        "9a",
        "0a",
        "0",
        "1",
        "10",
        "99999999999999999999",
        "cu118",
    ];
    let mut random = Random(440);
    let mut version = || {
        let mut text = random.of(&["", "", "", "1!", "2147483647!"]).to_owned() + random.of(&RELEASES);
        for kinds in [&["a", "b", "rc"][..], &[".post"], &[".dev"]] {
            if random.below(3) == 0 {
                text += &format!("{}{}", random.of(kinds), random.of(&["0", "1", "2", "10"]));
            }
        }
        for at in 0..random.below(5).saturating_sub(1) {
            text += if at == 0 { "+" } else { "." };
            text += random.of(&LOCAL);
        }
        text.parse().unwrap()
    };
    (0..count).map(|_| version()).collect()
}

fn hash(version: &Pep440Version) -> u64 {
    let mut hasher = DefaultHasher::new();
    version.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn the_order_is_total() {
    let mut versions = generated(700);
    versions.sort();
    for (row, a) in versions.iter().enumerate() {
        for (other_row, b) in versions.iter().enumerate() {
            // Sorted once, all pairs must be in order: anything else is a cycle.
            let order = a.cmp(b);
            assert!(order == row.cmp(&other_row) || order.is_eq(), "{a} {b}");
            assert_eq!(order, b.cmp(a).reverse(), "{a} {b}");
            assert!(order.is_ne() || hash(a) == hash(b), "{a} {b}");
        }
    }
}

#[test]
fn the_mapping_keeps_the_order_and_equal_versions_become_the_same_text() {
    for (mode, width) in [
        (Mode::Natural, 3),
        (Mode::Strict, 1),
        (Mode::Strict, 2),
        (Mode::Strict, 3),
        (Mode::Strict, 4),
    ] {
        let options = options(mode, width);
        let map = |version: Pep440Version| (DebianVersion::from_pep440(&version, &options).unwrap(), version);
        let versions: Vec<_> = generated(500).into_iter().map(map).collect();
        for (debian_a, a) in &versions {
            for (debian_b, b) in &versions {
                let order = a.cmp(b);
                assert_eq!(order.is_eq(), debian_a.is_same_text(debian_b), "{a} {b}");
                // Among the labels of one version natural mode has an order of its own.
                if mode == Mode::Strict || a.public() != b.public() {
                    assert_eq!(order, debian_a.cmp(debian_b), "{a} {b}: {debian_a} {debian_b}");
                }
            }
        }
    }
}

#[test]
fn what_debian_adds_stays_below_what_comes_next() {
    for added in [
        "+0~20161009150015+gita",
        "+b1",
        "+nmu1",
        "+dfsg1",
        "+deb12u1",
        "-1",
        "-99",
    ] {
        for (version, later) in [
            ("1.0", "1.0.post0.dev0"),
            ("1.0", "1.0.0.0.1.dev0"),
            ("1.0rc1", "1.0rc1.post0"),
            ("1.0a1.dev1", "1.0a1.dev2"),
        ] {
            let map =
                |text: &str| DebianVersion::from_pep440(&text.parse().unwrap(), &Pep440Options::default()).unwrap();
            let with: DebianVersion = format!("{}{added}", map(version)).parse().unwrap();
            assert!(map(version) < with && with < map(later), "{with} {later}");
        }
    }
}

#[test]
fn back_from_debian() {
    for (mode, width) in [
        (Mode::Natural, 1),
        (Mode::Natural, 3),
        (Mode::Strict, 1),
        (Mode::Strict, 3),
    ] {
        let options = options(mode, width);
        for version in generated(3000) {
            let debian = DebianVersion::from_pep440(&version, &options).unwrap();
            assert_eq!(debian.to_pep440(&options), Ok(version), "{debian}");
        }
    }
}

#[test]
fn only_what_the_mapping_makes_is_taken_back() {
    let mut random = Random(20_161_009);
    for _ in 0..20_000 {
        let debian = random.version();
        for options in [options(Mode::Natural, 1), options(Mode::Strict, 1)] {
            let Ok(version) = debian.to_pep440(&options) else {
                continue;
            };
            let again = DebianVersion::from_pep440(&version, &options).unwrap();
            assert!(again.is_same_text(&debian), "{debian} {version}");
        }
    }
}

#[test]
fn refused_by_the_way_back() {
    for (text, suffix) in [
        ("1.0.0-1", "-1"),
        ("1.0.0-1+b1", "-1+b1"),
        ("1.0.0~20161009150015+git1", "~20161009150015+git1"),
        ("1.0.0+0~20161009150015.2+git1.dirty", "+0~20161009150015.2+git1.dirty"),
        ("1.0.0+b1", "+b1"),
        ("1.0.0+cpu+b12", "+b12"),
        ("1.0.0+nmu1", "+nmu1"),
        ("1.0.0+dfsg", "+dfsg"),
        ("1.0.0+dfsg.2", "+dfsg.2"),
        ("1.0.0+ds1", "+ds1"),
        ("1.0.0+really0.9~rc1", "+really0.9~rc1"),
        ("1.0.0+deb12u1", "+deb12u1"),
        ("1.0.0~deb12u1", "~deb12u1"),
        ("1.0.0~bpo12+1", "~bpo12+1"),
    ] {
        for mode in [Mode::Natural, Mode::Strict] {
            let debian: DebianVersion = text.parse().unwrap();
            let expected = MappingError::DebianSuffix {
                version: debian.clone(),
                suffix: suffix.to_owned(),
            };
            assert_eq!(debian.to_pep440(&options(mode, 3)), Err(expected));
        }
    }
    for text in [
        "1.0",
        "01.0.0",
        "1.0.00",
        "1.0.0.0",
        "0:1.0.0",
        "1.0.0rc1",
        "1.0.0~dev1",
        "1.0.0~rc01",
        "1.0.0.post1",
        "1.0.0+",
        "1.0.0+CPU",
        "1:2:0.0",
        "0:1.0.0+a:b",
        "1.0.0~rc1~",
    ] {
        let debian: DebianVersion = text.parse().unwrap();
        for mode in [Mode::Natural, Mode::Strict] {
            assert!(
                matches!(
                    debian.to_pep440(&options(mode, 3)),
                    Err(MappingError::NoCounterpart { .. })
                ),
                "{text}"
            );
        }
    }
    // A word in strict mode ends with a tilde, and holds no digit.
    for text in [
        "1.0.0+cpu",
        "1.0.0+1",
        "1.0.0++01",
        "1.0.0+a1~",
        "1.0.0+BA~",
        "1.0.0+K~",
        "1.0.0+a~~",
    ] {
        let debian: DebianVersion = text.parse().unwrap();
        assert!(debian.to_pep440(&options(Mode::Strict, 3)).is_err(), "{text}");
    }
}

#[test]
fn an_epoch_that_debian_does_not_have() {
    let version: Pep440Version = "2147483648!1".parse().unwrap();
    let error = DebianVersion::from_pep440(&version, &Pep440Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "epoch of 2147483648!1 is above 2147483647");
}

#[test]
fn a_wide_release_and_numbers_of_any_length() {
    let wide = DebianVersion::from_pep440(&"1".parse().unwrap(), &options(Mode::Natural, 255)).unwrap();
    assert_eq!(wide.as_str().len(), 509);
    let long = "9".repeat(10_000);
    let version: Pep440Version = format!("1.{long}.post{long}+{long}").parse().unwrap();
    for mode in [Mode::Natural, Mode::Strict] {
        let debian = DebianVersion::from_pep440(&version, &options(mode, 3)).unwrap();
        assert_eq!(
            debian.to_pep440(&options(mode, 3)).unwrap().to_string(),
            version.to_string().replacen(".post", ".0.post", 1)
        );
    }
}

fn options(mode: Mode, width: u8) -> Pep440Options {
    Pep440Options {
        mode,
        width: width.try_into().unwrap(),
    }
}
