//! What dpkg says about versions and control paragraphs.
//!
//! The checks run where dpkg is installed. `PYDEPLOY_ORACLE=1` makes a missing tool a failure.
#![allow(clippy::print_stderr, reason = "a check that could not run says so")]

use std::cmp::Ordering;
use std::process::Command;

use pydeploy::version::DebianVersion;

/// Whether `program` is there; says which package holds it if not.
fn installed(program: &str, package: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        eprintln!("skipped: {program} is not installed (package {package})");
        assert!(
            std::env::var_os("PYDEPLOY_ORACLE").is_none_or(|value| value != "1"),
            "PYDEPLOY_ORACLE=1, and {program} is missing"
        );
    }
    there
}

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
        let dpkg = dpkg.args(["--compare-versions", a, operator, b]);
        dpkg.status().expect("dpkg runs").success()
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
    let lines: Vec<&str> = include_str!("oracle/sorted-versions.txt").lines().collect();
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
    let mut state = 20_161_009_u32;
    let mut below = move |end: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % end
    };
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
