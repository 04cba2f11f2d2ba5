use std::cmp::Ordering;
use std::collections::HashSet;

use super::DebianVersion;

#[track_caller]
fn version(text: &str) -> DebianVersion {
    text.parse()
        .unwrap_or_else(|error| panic!("{}: {error}", &text[..text.len().min(80)]))
}

/// Each line sorts below the next; the words of a line are equal. dpkg agrees: see `tests/oracle/version.rs`.
const SORTED: &str = include_str!("../../tests/oracle/sorted-versions.txt");

#[test]
fn every_pair_of_the_sorted_list() {
    let lines = SORTED.lines().enumerate();
    let versions: Vec<(usize, DebianVersion)> = lines
        .flat_map(|(row, line)| line.split(' ').map(move |word| (row, version(word))))
        .collect();
    for (row, a) in &versions {
        for (other_row, b) in &versions {
            assert_eq!(a.cmp(b), row.cmp(other_row), "{a} {b}");
            assert_eq!(a.sort_key().cmp(&b.sort_key()), row.cmp(other_row), "key of {a} {b}");
            assert!(row == other_row || !b.sort_key().starts_with(&a.sort_key()), "{a} {b}");
        }
    }
}

#[test]
fn equal_versions_are_one_in_a_set() {
    let set: HashSet<DebianVersion> = ["1.0", "1.00", "0:1.0", "1.0-0", "1.", "1.0-00"].map(version).into();
    assert_eq!(set.len(), 1);
}

#[test]
fn numbers_of_any_length() {
    for digits in [18, 19, 20, 254, 255, 256, 509, 510, 511, 10_000] {
        let (nines, ones) = ("9".repeat(digits), "1".repeat(digits + 1));
        let (a, b) = (version(&format!("1.{nines}")), version(&format!("1.{ones}")));
        assert!(a < b && a.sort_key() < b.sort_key());
        let padded = version(&format!("1.{}{nines}", "0".repeat(digits)));
        assert!(a == padded && a.sort_key() == padded.sort_key());
    }
}

#[test]
fn parts() {
    for (text, epoch, upstream, revision) in [
        ("1.0", 0, "1.0", None),
        ("0:1.0", 0, "1.0", None),
        ("007:1.0-1", 7, "1.0", Some("1")),
        ("2147483647:1", 2_147_483_647, "1", None),
        ("1:1:1", 1, "1:1", None),
        ("1:1:1-1-1", 1, "1:1-1", Some("1")),
        ("1-~", 0, "1", Some("~")),
    ] {
        let version = version(text);
        assert_eq!(
            (version.epoch(), version.upstream(), version.revision()),
            (epoch, upstream, revision)
        );
        assert_eq!(version.to_string(), text);
    }
}

#[test]
fn errors_name_the_character_and_the_column() {
    for (text, message) in [
        ("", "empty upstream version at column 1"),
        ("1:", "empty upstream version at column 3"),
        ("-1", "empty upstream version at column 1"),
        (":1", "empty epoch at column 1"),
        ("1.0-", "empty revision at column 5"),
        ("1.0-1-", "empty revision at column 7"),
        (
            "v1.0",
            "upstream version begins with 'v', not with a digit, at column 1",
        ),
        (
            "1:~1",
            "upstream version begins with '~', not with a digit, at column 3",
        ),
        ("é1:1", "unexpected character 'é' in epoch at column 1"),
        ("+1:1", "unexpected character '+' in epoch at column 1"),
        ("2147483648:1", "epoch above 2147483647 at column 1"),
        ("99999999999999999999:1", "epoch above 2147483647 at column 1"),
        ("1.0é", "unexpected character 'é' in upstream version at column 4"),
        ("1.0é_", "unexpected character 'é' in upstream version at column 4"),
        (" 1.0", "unexpected character ' ' in upstream version at column 1"),
        ("1.0\n", r"unexpected character '\n' in upstream version at column 4"),
        ("1.0_1", "unexpected character '_' in upstream version at column 4"),
        ("1!2.0", "unexpected character '!' in upstream version at column 2"),
        ("1:1.0-1:1", "unexpected character ':' in revision at column 8"),
        ("1.0-é1_", "unexpected character 'é' in revision at column 5"),
    ] {
        let error = text.parse::<DebianVersion>().unwrap_err();
        assert_eq!(error.to_string(), message, "{text:?}");
    }
}

/// Numbers that look random and are the same in every run (xorshift64*).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % end
    }

    pub(super) fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A version of few different pieces, so that equal and nearly equal ones are common.
    pub(super) fn version(&mut self) -> DebianVersion {
        const PIECES: [&str; 14] = [
            "0",
            "1",
            "00",
            "10",
            "~",
            "+",
            "-",
            ".",
            "a",
            "Z",
            "rc",
            "~~",
            "99999999999999999999",
            ":",
        ];
        let mut text = self.of(&["", "", "", "0:", "1:"]).to_owned() + self.of(&["0", "1", "10", "01"]);
        for _ in 0..self.below(7) {
            text += self.of(&PIECES);
        }
        text.parse().unwrap_or_else(|_| self.version())
    }
}

#[test]
fn the_order_is_total_and_keys_follow_it() {
    let mut random = Random(20_161_009);
    let mut versions: Vec<DebianVersion> = (0..700).map(|_| random.version()).collect();
    versions.sort();
    let keys: Vec<Vec<u8>> = versions.iter().map(DebianVersion::sort_key).collect();
    for (row, a) in versions.iter().enumerate() {
        for (other_row, b) in versions.iter().enumerate() {
            // Sorted once, all pairs must be in order: anything else is a cycle.
            let order = a.cmp(b);
            assert!(order == row.cmp(&other_row) || order == Ordering::Equal, "{a} {b}");
            assert_eq!(order, b.cmp(a).reverse(), "{a} {b}");
            assert_eq!(order, keys[row].cmp(&keys[other_row]), "{a} {b}");
        }
    }
}

mod next {
    use super::super::{Conflict, DebianVersion, HASH_LENGTH, Head, SnapshotOptions, release, snapshot};
    use super::{Random, version};
    use crate::Timestamp;

    const HASH: &str = "1233451abcd0123456789abcdef0123456789abc";

    fn at(date: &str) -> SnapshotOptions<'static> {
        SnapshotOptions {
            at: Timestamp::from_compact(date).unwrap(),
            commit: HASH,
            hash_length: HASH_LENGTH,
            dirty: false,
        }
    }

    fn next(head: &str, published: &[&str], options: &SnapshotOptions<'_>) -> Result<DebianVersion, Conflict> {
        let (text, released) = match head.strip_suffix('*') {
            Some(text) => (text, false),
            None => (head, true),
        };
        let published: Vec<DebianVersion> = published.iter().copied().map(version).collect();
        let version = version(text);
        let head = Head {
            version: &version,
            released,
        };
        snapshot(&head, &published, options)
    }

    /// `*` marks a head that is not released; `D` stands for the date, `G` for the hash of the commit.
    #[test]
    fn table() {
        const REFUSED: &str = "";
        for (head, published, expected) in [
            ("1.0*", &[][..], "1.0~D+G"),
            ("1.0", &[], "1.0+0~D+G"),
            ("1:1.0-1*", &["1:1.0-0"], "1:1.0-1~D+G"),
            ("1:1.0-1", &["1:1.0-1"], "1:1.0-1+0~D+G"),
            ("1.0*", &["0.9", "0.9+0~20150101000000+git1"], "1.0~D+G"),
            ("1.0*", &["1.0~20161009150014+gitffffffffffff"], "1.0~D+G"),
            // The same second.
            ("1.0*", &["1.0~20161009150015+git1233451abcd"], "1.0~D.1+G"),
            ("1.0*", &["1.0~20161009150015+git01233451abcd"], "1.0~D.1+G"),
            ("1.0*", &["1.0~20161009150015+git1"], "1.0~D+G"),
            (
                "1.0*",
                &["1.0~20161009150015.9+git1", "1.0~20161009150015+git1"],
                "1.0~D.10+G",
            ),
            ("1.0*", &["1.0~20161009150015+git1233451abcd.dirty"], "1.0~D.1+G"),
            ("1.0", &["1.0", "1.0+0~20161009150015+gitf"], "1.0+0~D.1+G"),
            ("1.00", &["1.0", "1.0+0~20161009150015+gitf"], "1.00+0~D.1+G"),
            ("1.0*", &["1.0~20161009150015.4294967295+gitf"], REFUSED),
            // A later date.
            ("1.0*", &["1.0~20161009150016+git1"], REFUSED),
            ("1.0", &["1.0+0~20161009150016+git1"], REFUSED),
            ("1.0*", &["1.0~rc1+0~20161009150016+git1"], REFUSED),
            // A head that is a snapshot.
            ("1.0~20150101000000+gita", &[], "1.0~D+G"),
            (
                "1.0~20150101000000.3+gita.dirty*",
                &["1.0~20150101000000+gita"],
                "1.0~D+G",
            ),
            ("1.0+0~20150101000000+gita", &["1.0"], "1.0+0~D+G"),
            ("1.0+0~20150101000000+gita*", &["1.0"], "1.0+0~D+G"),
            // Something that sorts between `V~DATE` and V was published.
            ("1.0*", &["1.0~rc1"], "1.0~rc1+0~D+G"),
            ("1.0*", &["1.0~rc1", "1.0~rc1+0~20161009150015+gita"], "1.0~rc1+0~D.1+G"),
            ("1.0*", &["1.0~rc1+0~20160101000000+gita"], "1.0~rc1+0~D+G"),
            ("1.0*", &["1.0~99999999999999"], "1.0~99999999999999+0~D+G"),
            ("1.0~rc2*", &["1.0~rc1"], "1.0~rc2~D+G"),
            ("1.0*", &["1.0~rc1~20160101000000+gita"], REFUSED),
            // A release that is published already, or a higher one.
            ("1.0*", &["1.0"], REFUSED),
            ("1.0*", &["1.0+0~20150101000000+git1"], REFUSED),
            ("1.0*", &["1.1~20150101000000+git1"], REFUSED),
            ("1.0", &["1.0.0.1"], REFUSED),
            ("1.0", &["1.0+1"], REFUSED),
            ("1.0", &["1:0.1"], REFUSED),
            ("1.0", &["1.0-1", "1.0a"], "1.0+0~D+G"),
        ] {
            let found = next(head, published, &at("20161009150015"));
            let text = found.as_ref().map_or("", DebianVersion::as_str);
            let expected = expected.replace('D', "20161009150015").replace('G', "git1233451abcd");
            assert_eq!(text, expected, "{head} {published:?} {found:?}");
        }
    }

    #[test]
    fn the_hash_has_one_length_and_says_when_it_cannot() {
        let options = at("20161009150015");
        for (commit, hash_length, hash) in [
            (HASH, 7, "1233451"),
            (HASH, 40, HASH),
            ("ABCDEF0123456", 11, "abcdef01234"),
        ] {
            let options = SnapshotOptions {
                commit,
                hash_length,
                ..options
            };
            let found = next("1", &[], &options).unwrap();
            assert_eq!(found.as_snapshot().unwrap().hash(), hash);
        }
        for (commit, hash_length) in [(HASH, 0), (HASH, 41), ("123é", 4), ("xyz0123456789", 11), ("", 11)] {
            let options = SnapshotOptions {
                commit,
                hash_length,
                ..options
            };
            assert!(matches!(next("1", &[], &options), Err(Conflict::CommitHash { .. })));
        }
    }

    #[test]
    fn conflicts_name_both_versions_and_the_rule() {
        let earlier = next("1.0*", &["1.0~20161009150016+git1"], &at("20161009150015")).unwrap_err();
        insta::assert_snapshot!(earlier, @"snapshot 1.0~20161009150015+git1233451abcd is dated before 1.0~20161009150016+git1, which is published: dates may not go back");
        insta::assert_snapshot!(earlier.hint(), @"is the commit older than what is published? `--date` with a time after 2016-10-09T15:00:16Z makes it the newer one; or release 1.0: its later snapshots, `1.0+0~…`, are above");
        let released = next("1.0*", &["1.0"], &at("20161009150015")).unwrap_err();
        insta::assert_snapshot!(released, @"version 1.0 is marked UNRELEASED, but 1.0 is published: a snapshot stays below its release");
        insta::assert_snapshot!(released.hint(), @"add a changelog entry with a version above 1.0");
    }

    #[test]
    fn versions_that_are_no_snapshots_of_ours() {
        for text in [
            "1.0",
            "1.0~20161009150015",
            "1.0~20161009150015+git",
            "1.0~20161009150015+gitABC",
            "1.0~20161309150015+gitabc",
            "1.0~2016100915001+gitabc",
            "1.0~20161009150015.0+gitabc",
            "1.0~20161009150015.01+gitabc",
            "1.0~20161009150015.+gitabc",
            "1.0~20161009150015.99999999999+gitabc",
            "1.0+0.20161009150015+gitabc",
            "1.0~20161009150015+gitabc.dirty.dirty",
            "1.0~20161009150015+gitabc-1",
        ] {
            assert!(!version(text).is_snapshot(), "{text}");
        }
    }

    #[test]
    fn releases() {
        for (head, released, tag, published, possible) in [
            ("1.0", true, None, &[][..], true),
            ("1.0", true, Some("1.0"), &["1.0~rc1"], true),
            ("1.0", true, Some("v1.0"), &["1.0~20161009150015+git1"], true),
            ("1.0", true, Some("debian/1.0"), &[], true),
            ("1:1.0~rc1", true, Some("debian/1%1.0_rc1"), &[], true),
            ("1..0.lock", true, Some("v1.#.0.#lock"), &[], true),
            ("1.0", true, Some("refs/tags/v1.0"), &[], true),
            ("1.0", true, Some("v1.00"), &[], false),
            ("1.0", true, Some("release-1.0"), &[], false),
            ("1.0", false, None, &[], false),
            ("1.0", true, None, &["1.0"], false),
            ("1.0", true, None, &["1.0-0"], false),
            ("1.0", true, None, &["1.0+0~20161009150015+git1"], false),
            ("1.0", true, None, &["2.0"], false),
            ("1.0~20161009150015+git1", true, None, &[], false),
        ] {
            let published: Vec<DebianVersion> = published.iter().copied().map(version).collect();
            let version = version(head);
            let head = Head {
                version: &version,
                released,
            };
            let found = release(&head, tag, &published);
            assert_eq!(found.is_ok(), possible, "{head:?} {tag:?} {published:?} {found:?}");
        }
    }

    #[test]
    fn a_version_and_its_tag() {
        for text in ["1:1.0~rc1-2", "1...0", "1.lock", "1.0+0~20161009150015+git1"] {
            let version = version(text);
            assert!(
                DebianVersion::from_tag(&version.to_tag())
                    .unwrap()
                    .is_same_text(&version)
            );
        }
    }

    /// Lets a project live: releases, candidates, snapshots, equal and earlier dates, in any order.
    #[test]
    fn published_is_below_next_and_next_below_the_release() {
        let mut random = Random(150_015);
        let bases = [
            "1.0~rc1",
            "1.0~rc2",
            "1.0",
            "1.0-1",
            "1.0a",
            "1.0.1",
            "1.1~beta1",
            "1.1",
            "1:0.1",
        ];
        let mut made = 0;
        for _ in 0..3000 {
            let mut published = Vec::new();
            for _ in 0..12 {
                let (text, released) = (random.of(&bases), random.below(2) == 0);
                let version = version(text);
                let head = Head {
                    version: &version,
                    released,
                };
                let commit = format!("{:08x}{HASH}", random.below(1 << 31));
                let options = SnapshotOptions {
                    at: Timestamp::from_second(1_476_025_215 + i64::try_from(random.below(4)).unwrap()).unwrap(),
                    commit: &commit,
                    hash_length: 7,
                    dirty: random.below(4) == 0,
                };
                let next = if random.below(3) == 0 {
                    release(&head, None, &published)
                } else {
                    snapshot(&head, &published, &options)
                };
                let Ok(next) = next else { continue };
                assert!(published.iter().all(|old| *old < next), "{published:?} {next}");
                assert!(released || next < version, "{next} {version}");
                assert!(released || next.is_snapshot());
                let again: DebianVersion = next.as_str().parse().unwrap();
                assert_eq!((again.upstream(), again.revision()), (next.upstream(), next.revision()));
                published.push(next);
                made += 1;
            }
        }
        assert!(made > 8_000, "{made}");
    }
}
