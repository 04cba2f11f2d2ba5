//! What the Python package `packaging` says about requirements, their versions and their markers.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;

use pydeploy::python::{DistributionName, MarkerEnvironment, Requirement, Target, Wanted};

use super::random::Random;
use super::uv;

const VERSIONS: &str =
    "0 1 1.0 1.1 1.2.3 2 2.0 2.0.0 2.0.1 1.0a1 1.0rc1 1.0.dev1 1.0.post1 1.0+local 1!1 2!1.0 3.11 10";
const TARGETS: [&str; 4] = ["debian11", "debian12/arm64", "ubuntu24.04", "debian13"];

fn targets() -> Vec<Target> {
    TARGETS.iter().map(|name| name.parse().unwrap()).collect()
}

fn described_by_packaging(requirements: &[String]) -> Vec<String> {
    let pythons: Vec<_> = targets()
        .iter()
        .map(|target| format!("{}/{}", target.python_full(), target.arch().machine()))
        .collect();
    let mut python = uv::program("packaging>=26", "requirements.py")
        .args([VERSIONS, &pythons.join(" ")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = python.stdin.take().unwrap();
    let lines = requirements.join("\n") + "\n";
    let writer = std::thread::spawn(move || pipe.write_all(lines.as_bytes()).unwrap());
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn described_by_us(text: &str) -> String {
    let Ok(requirement) = text.parse::<Requirement>() else {
        return "refused".to_owned();
    };
    let wanted = match &requirement.wanted {
        Wanted::Url(url) => url.clone(),
        Wanted::Versions(specifiers) => {
            let sorted: BTreeSet<_> = specifiers.iter().map(ToString::to_string).collect();
            sorted.into_iter().collect::<Vec<_>>().join(",")
        }
    };
    let bit = |holds: bool| if holds { '1' } else { '0' };
    let versions = VERSIONS.split(' ').map(|version| version.parse().unwrap());
    let accepts: String = versions.map(|version| bit(requirement.accepts(&version))).collect();
    let holds = match requirement.marker {
        None => "always".to_owned(),
        Some(_) => targets()
            .iter()
            .map(|target| bit(requirement.is_for(&environment(target))))
            .collect(),
    };
    let extras: Vec<_> = requirement.extras.iter().map(DistributionName::as_str).collect();
    [requirement.name.as_str(), &extras.join(","), &wanted, &accepts, &holds].join("|")
}

fn environment(target: &Target) -> MarkerEnvironment {
    let mut environment = MarkerEnvironment::of(target);
    environment.extras.insert("x".parse().unwrap());
    environment.dependency_groups.insert("prod".parse().unwrap());
    environment
}

/// Texts of few different pieces, most of them nearly requirements: the same in every run.
fn generated(count: usize) -> Vec<String> {
    const NAMES: &[&str] = &["a", "A.b_c", "a-", "9", "", " a", "a b", "é"];
    const EXTRAS: &[&str] = &["", "", "", "[x]", "[X_y,z]", "[]", "[x,]", "[x y]", " [ x ] "];
    const OPERATORS: &[&str] = &["==", ">=", "<=", "<", ">", "!=", "~=", "===", "=", "@", " @ ", "== "];
    const WORDS: &[&str] = &[
        "1",
        "1.0",
        "2.0.1",
        "1.*",
        "2.0.*",
        "1.0a1",
        "1.0.dev1",
        "1.0.post1",
        "1!1",
        "1.0+local",
        "v2",
        "1-1",
        "1.0.0.*",
        "",
        "x",
        "https://h/a.whl",
        "01",
    ];
    const JOINS: &[&str] = &["", "", "", ",", " , ", ";", " ; ", " ", "(", ")"];
    const VARIABLES: &[&str] = &[
        "os_name",
        "sys_platform",
        "platform_machine",
        "python_version",
        "python_full_version",
        "implementation_name",
        "implementation_version",
        "platform_version",
        "extra",
        "extras",
        "dependency_groups",
        "nothing",
        "'x'",
        "platform_system",
        "os.name",
        "python_implementation",
    ];
    const COMPARISONS: &[&str] = &[
        "==", "!=", "<", "<=", ">", ">=", "~=", "===", " in ", " not in ", "not  in", "=",
    ];
    const VALUES: &[&str] = &[
        "'posix'",
        "\"linux\"",
        "'x86_64'",
        "'3.8'",
        "'3.11'",
        "'3.11.*'",
        "'3.11.2'",
        "'3.9.2 3.11'",
        "'x'",
        "'X'",
        "'cpython'",
        "''",
        "'3'",
        "prod",
        "extras",
        "'3.12.0a1'",
    ];
    const BETWEEN: &[&str] = &[" and ", " or ", "and", ")", " and (", " "];
    let mut random = Random::new();
    let mut pick = move |pieces: &'static [&'static str]| pieces[random.below(pieces.len())];
    let mut one = |_| {
        let mut text = [pick(NAMES), pick(EXTRAS)].concat();
        for _ in 0..pick(&["", "1", "12"]).len() {
            text += &[pick(OPERATORS), pick(WORDS), pick(JOINS)].concat();
        }
        let comparisons = pick(&["", "1", "12", "123"]).len();
        text += if comparisons > 0 { pick(&[";", " ; "]) } else { "" };
        for at in 0..comparisons {
            text += if at > 0 { pick(BETWEEN) } else { pick(&["", "", "("]) };
            text += &[pick(VARIABLES), pick(COMPARISONS), pick(VALUES)].concat();
        }
        text
    };
    (0..count).map(&mut one).collect()
}

/// Where `packaging` finds out only when it evaluates, and where the documentation says that we are stricter: a marker
/// that compares `extra` or a set with what is not a name, or by its order; `===`; `~=` with something without order.
fn differs_by_intention(text: &str, ours: &str, theirs: &str) -> bool {
    let undefined = theirs.strip_suffix("undefined");
    let marker = text.split_once(';').map_or("", |(_, marker)| marker);
    let set = marker.contains("extra") || marker.contains("dependency_groups");
    let refused = ours == "refused" && (set || text.contains("===") || text.contains("~="));
    refused || undefined.is_some_and(|same| ours.starts_with(same) || ours == "refused")
}

#[test]
fn packaging_reads_requirements_as_we_do() {
    if !uv::is_asked() {
        return;
    }
    let requirements = generated(30_000);
    let theirs = described_by_packaging(&requirements);
    assert_eq!(theirs.len(), requirements.len());
    let (mut same, mut differences) = (0, Vec::new());
    for (text, theirs) in requirements.iter().zip(&theirs) {
        let ours = described_by_us(text);
        match ours == *theirs {
            true => same += usize::from(ours != "refused"),
            false if differs_by_intention(text, &ours, theirs) => {}
            false => differences.push(format!("{text}\n  ours   {ours}\n  theirs {theirs}")),
        }
    }
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        differences[..differences.len().min(40)].join("\n")
    );
    assert!(same > 2_000, "only {same} were requirements");
}
