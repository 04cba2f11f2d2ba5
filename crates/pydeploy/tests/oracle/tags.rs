//! What the Python package `packaging`, which pip ships, lists as the tags of a host, in its order.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

use pydeploy::python::{Tags, Target};

use super::uv;

/// Each built-in target, and hosts with an old and a coming Python and C library.
fn targets() -> Vec<Target> {
    let other = |python: &str, glibc: &str, arch: &str| {
        let text = format!(
            "schema = 1\nname = \"host\"\ndistribution = \"other\"\narch = \"{arch}\"\npython = \"{python}\"\n\
             glibc = \"{glibc}\"\ninterpreter = \"/usr/bin/python3\"\n"
        );
        Target::parse(Path::new("host.toml"), &text).unwrap()
    };
    let others = [
        other("3.8.0", "2.17", "amd64"),
        other("3.8.20", "2.17", "arm64"),
        other("3.15.0", "2.50", "amd64"),
    ];
    Target::built_in().chain(others).collect()
}

fn listed_by_packaging(targets: &[Target]) -> Vec<Vec<String>> {
    let host = |target: &Target| format!("{}/{}/{}", target.python().1, target.glibc().1, target.arch().machine());
    let output = uv::program("packaging>=26", "tags.py")
        .args(targets.iter().map(host))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let words = |line: &str| line.split(' ').map(str::to_owned).collect();
    text.lines().map(words).collect()
}

#[test]
fn packaging_lists_the_same_tags_in_the_same_order() {
    if !uv::is_asked() {
        return;
    }
    let targets = targets();
    let listed = listed_by_packaging(&targets);
    assert_eq!(listed.len(), targets.len());
    for (target, theirs) in targets.iter().zip(&listed) {
        let ours: Vec<_> = Tags::of(target).iter().iter().map(ToString::to_string).collect();
        let differ = ours.iter().zip(theirs).find(|(ours, theirs)| ours != theirs);
        assert_eq!(differ, None, "{target}");
        assert_eq!(ours.len(), theirs.len(), "{target}");
    }
}
