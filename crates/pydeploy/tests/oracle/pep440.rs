//! What `packaging` says about versions of Python packages, and dpkg about the Debian versions made of them.
//!
//! The checks run where Python finds `packaging`; `PYDEPLOY_ORACLE_PACKAGING` names an interpreter that does.

use std::cmp::Ordering;
use std::io::Write as _;
use std::process::Command;

use pydeploy::version::{DebianVersion, Mode, Pep440Options, Pep440Version};

use super::works;

/// Reads lines of hexadecimal texts, one or two. Answers with the normal form, or `!`; or with the order of the two.
const PACKAGING: &str = r#"
import sys
from packaging.version import InvalidVersion, Version

def parse(word):
    try:
        return Version(bytes.fromhex(word[1:]).decode())
    except InvalidVersion:
        return None

for line in open(sys.argv[1]):
    versions = [parse(word) for word in line.split()]
    if len(versions) == 1:
        print("!" if versions[0] is None else versions[0])
    else:
        a, b = versions
        print("<" if a < b else "=" if a == b else ">")
"#;

/// Reads lines of two versions.
const DPKG: &str = r#"
use Dpkg::Version qw(version_compare);
while (<>) {
    my ($a, $b) = split;
    print qw(= > <)[version_compare($a, $b)], "\n";
}
"#;

fn python() -> String {
    std::env::var("PYDEPLOY_ORACLE_PACKAGING").unwrap_or_else(|_| "python3".to_owned())
}

fn packaging() -> bool {
    works(
        &python(),
        &["-c", "import packaging.version"],
        "packaging (for Python, from PyPI)",
    )
}

fn perl() -> bool {
    works(
        "perl",
        &["-MDpkg::Version", "-e", "1"],
        "Dpkg::Version (package libdpkg-perl)",
    )
}

/// The answers of one process to all lines, one for each.
fn answers(program: &str, flag: &str, script: &str, lines: &[String]) -> Vec<String> {
    let mut input = tempfile::NamedTempFile::new().expect("a file");
    lines
        .iter()
        .for_each(|line| writeln!(input, "{line}").expect("written"));
    let mut command = Command::new(program);
    let output = command
        .args([flag, script])
        .arg(input.path())
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(answers.len(), lines.len());
    answers
}

fn hexadecimal(text: &str) -> String {
    text.bytes()
        .fold("x".to_owned(), |all, byte| all + &format!("{byte:02x}"))
}

fn order(order: Ordering) -> &'static str {
    match order {
        Ordering::Less => "<",
        Ordering::Equal => "=",
        Ordering::Greater => ">",
    }
}

/// Texts that look random and are the same in every run.
struct Texts(u64);

impl Texts {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }

    fn of(&mut self, choices: &[&'static str]) -> &'static str {
        choices[self.below(choices.len())]
    }

    /// One of these, or nothing.
    fn maybe(&mut self, chance: usize, choices: &[&'static str]) -> &'static str {
        if self.below(chance) == 0 { self.of(choices) } else { "" }
    }

    /// A version in any spelling, with numbers that everybody compares exactly.
    fn version(&mut self) -> String {
        const NUMBERS: [&str; 9] = ["0", "1", "2", "10", "007", "00", "99", "20161009", "99999999999999999"];
        const SEPARATORS: [&str; 3] = [".", "-", "_"];
        const WORDS: [&str; 8] = ["a", "alpha", "b", "BETA", "c", "Rc", "pre", "preview"];
        let mut text = self
            .maybe(9, &[" ", "\t", "v", "V", "\n v", "\x1c", "\u{2003}"])
            .to_owned();
        text += self.maybe(6, &["0!", "1!", "01!", "2147483647!"]);
        text += self.of(&[
            "0",
            "1",
            "1.0",
            "1.0.0",
            "1.0.1",
            "1.1",
            "1.10",
            "01.00",
            "1.0.0.0.1",
            "10",
            "2016.10.09",
        ]);
        for words in [&WORDS[..], &["post", "rev", "R", "-"], &["dev", "DEV"]] {
            if self.below(3) > 0 {
                continue;
            }
            match self.of(words) {
                "-" => text += "-",
                word => {
                    text += self.maybe(2, &SEPARATORS);
                    text += word;
                    text += self.maybe(3, &SEPARATORS);
                }
            }
            text += self.maybe(1 + usize::from(!text.ends_with('-')), &NUMBERS);
        }
        for at in 0..self.below(6).saturating_sub(2) {
            text += if at == 0 { "+" } else { self.of(&SEPARATORS) };
            text += self.of(&[
                "a", "ab", "B", "a0", "a10", "a9", "9a", "0a", "0", "1", "10", "011", "cu99", "cu118", "zz", "dfsg1",
            ]);
        }
        text + self.maybe(12, &[" ", "\r\n", "\u{a0}", "\x1f"])
    }

    /// A version with something in it that may not be there.
    fn damaged(&mut self) -> String {
        const PIECES: [&str; 28] = [
            ".", "-", "_", "+", "!", "~", " ", "..", "a", "b", "rc", "c", "r", "post", "dev", "x", "v", "0", "1", "é",
            "\u{ff11}", "\0", "\u{200b}", "\u{feff}", "-1", "+a", ".dev", "1!",
        ];
        let mut text = self.version();
        for _ in 0..=self.below(2) {
            let at = self.below(text.len() + 1);
            if text.is_char_boundary(at) {
                text.insert_str(at, self.of(&PIECES));
            }
        }
        text
    }
}

/// Versions that both sides read.
fn versions(count: usize) -> Vec<Pep440Version> {
    let mut texts = Texts(440);
    let parsed = std::iter::repeat_with(|| texts.version()).filter_map(|text| text.parse().ok());
    parsed.take(count).collect()
}

#[test]
fn packaging_reads_and_normalises_as_we_do() {
    if !packaging() {
        return;
    }
    let mut texts = Texts(2016);
    let mut all: Vec<String> = ["", " ", "v", "1.0a--1", "1.0a-", "1.0-1-1", "1.0.post.dev.", "1.0+"]
        .map(str::to_owned)
        .into();
    all.extend((0..40_000).map(|row| if row % 2 == 0 { texts.version() } else { texts.damaged() }));
    let lines: Vec<String> = all.iter().map(|text| hexadecimal(text)).collect();
    let mut invalid = 0;
    for (text, theirs) in all.iter().zip(answers(&python(), "-c", PACKAGING, &lines)) {
        let ours = text.parse::<Pep440Version>();
        let written = ours.as_ref().map_or_else(|_| "!".to_owned(), ToString::to_string);
        assert_eq!(written, theirs, "{text:?} {ours:?}");
        invalid += usize::from(ours.is_err());
    }
    assert!((8_000..32_000).contains(&invalid), "{invalid}");
}

/// The order of neighbours, by `packaging`; then the order of their Debian versions, by dpkg. The row is first as it
/// was generated and then sorted, where neighbours differ in little.
#[test]
fn packaging_and_dpkg_agree_on_versions_and_what_they_are_mapped_to() {
    if !packaging() || !perl() {
        return;
    }
    let mut versions = versions(20_001);
    let mut sorted = versions.clone();
    sorted.sort();
    versions.append(&mut sorted);
    let lines = versions.windows(2).map(|pair| {
        format!(
            "{} {}",
            hexadecimal(&pair[0].to_string()),
            hexadecimal(&pair[1].to_string())
        )
    });
    let orders = answers(&python(), "-c", PACKAGING, &lines.collect::<Vec<_>>());
    for (pair, theirs) in versions.windows(2).zip(&orders) {
        assert_eq!(order(pair[0].cmp(&pair[1])), theirs, "{pair:?}");
    }
    for (mode, width) in [(Mode::Strict, 1), (Mode::Strict, 3), (Mode::Natural, 3)] {
        let options = Pep440Options {
            mode,
            width: width.try_into().expect("not zero"),
        };
        let map = |version| DebianVersion::from_pep440(version, &options).expect("a Debian version");
        let debian: Vec<DebianVersion> = versions.iter().map(map).collect();
        let lines = debian.windows(2).map(|pair| format!("{} {}", pair[0], pair[1]));
        let mapped = answers("perl", "-e", DPKG, &lines.collect::<Vec<_>>());
        for ((pair, expected), found) in versions.windows(2).zip(&orders).zip(mapped) {
            let only_labels_differ = pair[0] != pair[1] && pair[0].public() == pair[1].public();
            if mode == Mode::Strict || !only_labels_differ {
                assert_eq!(*expected, found, "{pair:?} {mode} {width}");
            }
        }
    }
}
