//! Lines as versions: whatever parses keeps its text, and its order is the order of its key.
#![no_main]

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use libfuzzer_sys::fuzz_target;
use pydeploy::version::DebianVersion;

fuzz_target!(|text: &str| {
    let versions: Vec<DebianVersion> = text.lines().take(8).filter_map(parsed).collect();
    for a in &versions {
        for b in &versions {
            agree(a, b);
        }
        for pair in versions.windows(2) {
            transitive(a, &pair[0], &pair[1]);
        }
    }
});

fn parsed(text: &str) -> Option<DebianVersion> {
    match text.parse::<DebianVersion>() {
        Ok(version) => {
            assert_eq!(version.to_string(), text);
            assert_eq!(joined(&version), text);
            Some(version)
        }
        Err(error) => {
            let column = error.column();
            assert!((1..=text.chars().count() + 1).contains(&column), "{error}");
            None
        }
    }
}

/// The parts with what stands between them; the epoch as it was written.
fn joined(version: &DebianVersion) -> String {
    let mut text = version.upstream().to_owned();
    if let Some(revision) = version.revision() {
        text = format!("{text}-{revision}");
    }
    match version.as_str().split_once(':') {
        Some((epoch, _)) if !epoch.is_empty() => format!("{epoch}:{text}"),
        _ => text,
    }
}

fn agree(a: &DebianVersion, b: &DebianVersion) {
    let order = a.cmp(b);
    assert_eq!(order, b.cmp(a).reverse(), "{a} {b}");
    let (key_a, key_b) = (a.sort_key(), b.sort_key());
    assert_eq!(order, key_a.cmp(&key_b), "{a} {b}");
    assert!(order.is_eq() || !key_a.starts_with(&key_b), "{a} {b}");
    assert_eq!(a == b, order.is_eq(), "{a} {b}");
    let hash = BuildHasherDefault::<DefaultHasher>::default();
    assert!(order.is_ne() || hash.hash_one(a) == hash.hash_one(b), "{a} {b}");
}

fn transitive(a: &DebianVersion, b: &DebianVersion, c: &DebianVersion) {
    assert!(!(a <= b && b <= c) || a <= c, "{a} {b} {c}");
}
