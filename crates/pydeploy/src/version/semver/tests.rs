use super::*;
use crate::version::tests::Random;

fn options(mode: Mode, build: bool) -> SemverOptions {
    SemverOptions { mode, build }
}

/// Versions of few different identifiers.
fn generated(count: usize, identifiers: &[&str]) -> Vec<Version> {
    let mut random = Random(2_000);
    let mut version = || {
        let mut text = random
            .of(&["1.0.0", "1.0.0", "1.0.1", "18446744073709551615.0.0"])
            .to_owned();
        for (first, count) in [("-", random.below(4)), ("+", random.below(3))] {
            let words: Vec<&str> = (0..count).map(|_| random.of(identifiers)).collect();
            text += if words.is_empty() { "" } else { first };
            text += &words.join(".");
        }
        text.parse::<Version>()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    };
    (0..count).map(|_| version()).collect()
}

const ANY: [&str; 20] = [
    "a",
    "alpha",
    "a-",
    "-",
    "--",
    "A",
    "AA",
    "AL",
    "Z",
    "B",
    "0",
    "1",
    "2",
    "10",
    "99999999999999999999",
    "rc",
    "rc2",
    "rc10",
    "1a",
    "z9",
];
/// No word is the beginning of another, and there is a number after it.
const USUAL: [&str; 5] = ["alpha", "beta", "dev", "pre", "rc"];

#[track_caller]
fn check_order(versions: &[Version], options: &SemverOptions) {
    let debian: Vec<_> = versions
        .iter()
        .map(|version| DebianVersion::from_semver(version, options))
        .collect();
    for (a, debian_a) in versions.iter().zip(&debian) {
        for (b, debian_b) in versions.iter().zip(&debian) {
            let order = a.cmp_precedence(b);
            assert!(
                order.is_eq() || order == debian_a.cmp(debian_b),
                "{a} {b}: {debian_a} {debian_b}"
            );
            // Build metadata that is kept has an order of its own.
            assert!(
                order.is_ne() || options.build || debian_a.is_same_text(debian_b),
                "{a} {b}"
            );
        }
    }
}

#[test]
fn strict_mode_keeps_every_order() {
    let versions = generated(900, &ANY);
    check_order(&versions, &options(Mode::Strict, false));
    check_order(&versions, &options(Mode::Strict, true));
}

#[test]
fn natural_mode_keeps_the_order_of_the_usual_pre_releases() {
    let mut versions: Vec<Version> = vec![Version::new(1, 0, 0), Version::new(1, 0, 1), Version::new(0, 9, 9)];
    for word in USUAL {
        versions.push(format!("1.0.0-{word}").parse().unwrap());
        for number in [0, 1, 2, 9, 10, 11, 100] {
            versions.push(format!("1.0.0-{word}.{number}").parse().unwrap());
            versions.push(format!("1.0.0-{word}.{number}.1").parse().unwrap());
        }
    }
    check_order(&versions, &options(Mode::Natural, false));
}

#[test]
fn back_from_debian() {
    for version in generated(3000, &ANY) {
        let plain = Version {
            build: semver::BuildMetadata::EMPTY,
            ..version.clone()
        };
        for mode in [Mode::Natural, Mode::Strict] {
            let debian = DebianVersion::from_semver(&version, &options(mode, false));
            assert_eq!(debian.to_semver(&options(mode, false)), Ok(plain.clone()), "{debian}");
        }
        let strict = options(Mode::Strict, true);
        let debian = DebianVersion::from_semver(&version, &strict);
        assert_eq!(debian.to_semver(&strict), Ok(version.clone()), "{debian}");
        let natural = options(Mode::Natural, true);
        let debian = DebianVersion::from_semver(&version, &natural);
        match debian.to_semver(&natural) {
            Ok(back) => assert_eq!(back, version),
            Err(_) => assert!(
                debian.as_str().contains('~') && debian.as_str().contains('+'),
                "{debian}"
            ),
        }
    }
}

#[test]
fn refused_by_the_way_back() {
    for text in [
        "1.0",
        "1.0.0.0",
        "0:1.0.0",
        "1:1.0.0",
        "01.0.0",
        "1.0.0~",
        "1.0.0~rc..1",
        "1.0.0~01",
        "18446744073709551616.0.0",
        "1.0.0~a~b",
        "0:1.0.0~a:b",
        "1.0.0+",
    ] {
        let debian: DebianVersion = text.parse().unwrap();
        for build in [false, true] {
            let error = debian.to_semver(&options(Mode::Natural, build)).unwrap_err();
            assert!(matches!(error, MappingError::NoCounterpart { .. }), "{text}");
        }
    }
    for text in [
        "1.0.0~rc",
        "1.0.0~rc~",
        "1.0.0~rc1~~",
        "1.0.0~A~~",
        "1.0.0~AM~~",
        "1.0.0~~~",
        "1.0.0~01~~",
        "1.0.0~AC~~",
        "1.0.0~rc~~x",
        "1.0.0~rc~~1",
    ] {
        let debian: DebianVersion = text.parse().unwrap();
        let error = debian.to_semver(&options(Mode::Strict, true)).unwrap_err();
        assert!(matches!(error, MappingError::NoCounterpart { .. }), "{text}");
    }
    for text in ["1.0.0-1", "1.0.0~20161009150015+git1", "1.0.0~rc.1+b1", "1.0.0~bpo12+1"] {
        let debian: DebianVersion = text.parse().unwrap();
        let error = debian.to_semver(&SemverOptions::default()).unwrap_err();
        assert!(matches!(error, MappingError::DebianSuffix { .. }), "{text}");
    }
}
