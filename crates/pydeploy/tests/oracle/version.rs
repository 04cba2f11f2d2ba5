//! What dpkg says about versions and control paragraphs.

use std::cmp::Ordering;
use std::process::Command;

use pydeploy::version::DebianVersion;

use super::installed;
use super::random::Random;

/// The status file of dpkg itself holds every shape of field and value that a system has met.
#[test]
fn status_of_installed_packages_is_read_and_written_back() {
    if !installed("dpkg", "dpkg") {
        return;
    }
    let status = std::fs::read("/var/lib/dpkg/status").expect("dpkg has a status file");
    let paragraphs = pydeploy::deb822::parse(&status).expect("dpkg reads it too");
    let written: String = paragraphs.iter().map(|paragraph| format!("{paragraph}\n")).collect();
    let status = String::from_utf8_lossy(&status);
    assert_eq!(written.lines().count(), status.lines().count());
    // dpkg keeps the blanks that some packages have after a value.
    let mut pairs = written.lines().zip(status.lines());
    let difference = pairs.find(|(ours, theirs)| ours.trim_end() != theirs.trim_end());
    assert_eq!(difference, None);
}

/// What `dpkg --compare-versions` says, as `<`, `=` or `>`.
fn compared_by_dpkg(a: &str, b: &str) -> char {
    let holds = |operator: &str| {
        let mut dpkg = Command::new("dpkg");
        // It warns about what is no version, which is not what is asked here.
        let dpkg = dpkg.args(["--compare-versions", "--", a, operator, b]);
        dpkg.output().expect("dpkg runs").status.success()
    };
    match (holds("lt"), holds("eq")) {
        (true, _) => '<',
        (_, true) => '=',
        _ => '>',
    }
}

fn compared_by_us(a: &str, b: &str) -> char {
    let version = |text: &str| text.parse::<DebianVersion>().expect("a version");
    match version(a).cmp(&version(b)) {
        Ordering::Less => '<',
        Ordering::Equal => '=',
        Ordering::Greater => '>',
    }
}

/// The list that the unit tests compare all pairs of: each line below the next, the words of a line equal.
#[test]
fn dpkg_sorts_the_list_as_we_do() {
    if !installed("dpkg", "dpkg") {
        return;
    }
    let lines: Vec<&str> = include_str!("sorted-versions.txt").lines().collect();
    for line in &lines {
        let words: Vec<&str> = line.split(' ').collect();
        for pair in words.windows(2) {
            assert_eq!(compared_by_dpkg(pair[0], pair[1]), '=', "{pair:?}");
        }
    }
    for pair in lines.windows(2) {
        let last = pair[0].split(' ').next_back().expect("a word");
        let next = pair[1].split(' ').next().expect("a word");
        assert_eq!(compared_by_dpkg(last, next), '<', "{last} {next}");
    }
}

/// The chain that the documentation shows, every pair of it.
#[test]
fn dpkg_sorts_the_documented_chain_as_it_stands() {
    if !installed("dpkg", "dpkg") {
        return;
    }
    let page = include_str!("../../../../docs/versions.md");
    let block = page
        .split("```versions\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let chain: Vec<&str> = block.expect("a chain").lines().collect();
    assert!(chain.len() > 15, "{chain:?}");
    for (at, low) in chain.iter().enumerate() {
        for high in &chain[at + 1..] {
            assert_eq!(
                (compared_by_dpkg(low, high), compared_by_us(low, high)),
                ('<', '<'),
                "{low} {high}"
            );
        }
    }
}

/// Texts of few different pieces, most of them nearly versions: the same in every run.
fn generated(count: usize) -> impl Iterator<Item = String> {
    const PIECES: [&str; 18] = [
        "0",
        "1",
        "00",
        "10",
        "7",
        "~",
        "+",
        "-",
        ".",
        ":",
        "a",
        "Z",
        "rc",
        "~~",
        "_",
        " ",
        "é",
        "2147483648",
    ];
    let mut random = Random::new();
    let mut below = move |end| random.below(end);
    (0..count).map(move |_| {
        let mut text = ["", "", "", "0:", "1:", "2147483647:", "-1:", "1.0"][below(8)].to_owned();
        (0..=below(6)).for_each(|_| text += PIECES[below(PIECES.len())]);
        text
    })
}

#[test]
fn dpkg_accepts_what_we_accept() {
    if !installed("dpkg", "dpkg") {
        return;
    }
    for text in generated(1200) {
        let ours = text.parse::<DebianVersion>();
        let mut dpkg = Command::new("dpkg");
        let theirs = dpkg
            .args(["--validate-version", "--", &text])
            .output()
            .expect("dpkg runs")
            .status
            .success();
        // dpkg takes the blanks off the ends, and a sign before the number of the epoch.
        let lenient = text.trim() != text || text.starts_with(['-', '+']);
        assert!(ours.is_ok() == theirs || (lenient && theirs), "{text:?}: {ours:?}");
    }
}

#[test]
fn dpkg_orders_generated_versions_as_we_do() {
    if !installed("dpkg", "dpkg") {
        return;
    }
    let versions: Vec<String> = generated(3000)
        .filter(|text| text.parse::<DebianVersion>().is_ok())
        .collect();
    for pair in versions.windows(2).take(600) {
        assert_eq!(
            compared_by_us(&pair[0], &pair[1]),
            compared_by_dpkg(&pair[0], &pair[1]),
            "{pair:?}"
        );
    }
}

/// Whether dpkg takes the version, and what it says about it if not; `None` where it does not compare it either.
fn validated_by_dpkg(text: &str) -> Option<Option<String>> {
    let mut dpkg = Command::new("dpkg");
    let output = dpkg
        .env("LC_ALL", "C")
        .args(["--validate-version", "--", text])
        .output()
        .expect("dpkg runs");
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => Some(None),
        Some(1) => Some(said.trim().rsplit_once("bad syntax: ").map(|(_, said)| said.to_owned())),
        _ => None,
    }
}

/// Texts that dpkg trims, reads over, warns about and refuses.
fn lenient_texts() -> Vec<String> {
    let known = [
        "",
        " ",
        "  \t",
        " 1.0",
        "1.0 ",
        "\t1.0\t ",
        "1.0\n",
        "\n1.0",
        "\n1:1.0",
        "\r+1:1",
        "\x0b1:1",
        "\n 1:1",
        "1\n:1",
        "+1:1.0",
        "-0:1.0",
        "-1:1",
        "+ 1:1",
        "++1:1",
        "+-0:1",
        "+:1",
        ":1",
        "0x1:1",
        "1a:1",
        "00000000000000000001:1",
        "2147483647:1",
        "2147483648:1",
        "-2147483649:1",
        "99999999999999999999:1",
        "1:",
        "1: ",
        "1:-1",
        "1:v-:",
        "1.0-",
        "1.0- ",
        "1.0--",
        "-1",
        "-a-1",
        "~1",
        ".1",
        "v1.0",
        "UNRELEASED",
        "1.0_1",
        "1.0-1_1",
        "_1-1_",
        "1!2.0",
        "é",
        "1.0é",
        "1.0-é",
        "1.0 1",
        "1.0-1 1",
        "1:1.0-1:1",
        "1(1)",
        "1\u{1}",
        "1\u{7f}",
        "1.0,1",
        "1.0@1",
        "1.0[",
        "1.0`",
        "1.0{",
    ];
    known.map(str::to_owned).into_iter().chain(generated(1000)).collect()
}

#[test]
fn dpkg_warns_and_refuses_as_the_lenient_parse_does() {
    if !installed("dpkg", "dpkg") {
        return;
    }
    for text in lenient_texts() {
        let ours = DebianVersion::parse_lenient(&text);
        let said = ours
            .as_ref()
            .ok()
            .map(|version| version.dpkg_warning().map(str::to_owned));
        assert_eq!(said, validated_by_dpkg(&text), "{text:?} {ours:?}");
        if let Ok(version) = ours {
            assert_eq!(
                version.to_strict().is_some(),
                version.dpkg_warning().is_none(),
                "{text:?}"
            );
        }
    }
}

/// Where a C `char` has no sign, dpkg has another order for characters outside ASCII.
#[test]
fn dpkg_orders_what_it_warns_about_as_we_do() {
    if !installed("dpkg", "dpkg") {
        return;
    }
    let mut texts = lenient_texts();
    let symbols = (1..128u8).map(char::from).filter(|c| !c.is_ascii_alphanumeric());
    texts.extend(
        symbols
            .chain(['é', '\u{80}', '\u{10ffff}'])
            .map(|symbol| format!("1{symbol}1")),
    );
    let mut read: Vec<_> = texts
        .iter()
        .filter_map(|text| DebianVersion::parse_lenient(text).ok())
        .collect();
    read.retain(|version| cfg!(target_arch = "x86_64") || version.as_str().is_ascii());
    let random: Vec<_> = read.windows(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
    read.sort();
    let sorted = read.windows(2).map(|pair| (pair[0].clone(), pair[1].clone()));
    for (a, b) in sorted.chain(random.into_iter().take(300)) {
        let ours = match a.cmp(&b) {
            Ordering::Less => '<',
            Ordering::Equal => '=',
            Ordering::Greater => '>',
        };
        assert_eq!(ours, compared_by_dpkg(a.as_str(), b.as_str()), "{a:?} {b:?}");
    }
}
