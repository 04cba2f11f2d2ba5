use std::cmp::Ordering;
use std::collections::HashSet;

use super::DebianVersion;

#[track_caller]
fn version(text: &str) -> DebianVersion {
    text.parse()
        .unwrap_or_else(|error| panic!("{}: {error}", &text[..text.len().min(80)]))
}

/// Each line sorts below the next; the words of a line are equal. dpkg agrees: see `tests/oracle_version.rs`.
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
