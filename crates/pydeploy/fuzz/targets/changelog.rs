//! Any bytes as a changelog: none is lost, and the head alone is the first entry of all.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pydeploy::changelog::{self, Changelog};

fuzz_target!(|bytes: &[u8]| {
    let changelog = Changelog::parse(bytes);
    assert_eq!(changelog.to_bytes(), bytes);
    diagnostics_are_inside(&changelog, bytes);
    entries_are_slices(&changelog);
    head_is_first(&changelog, bytes);
    repairs_are_whole(&changelog, bytes);
});

fn repairs_are_whole(changelog: &Changelog<'_>, bytes: &[u8]) {
    let fixed = changelog.fix();
    assert_eq!(fixed.repairs.is_empty(), fixed.bytes == bytes);
    let again = Changelog::parse(&fixed.bytes).fix();
    assert_eq!(again.repairs, []);
}

fn diagnostics_are_inside(changelog: &Changelog<'_>, bytes: &[u8]) {
    // The end of the file can be what is wrong: that is a line after the last newline.
    let lines: Vec<&[u8]> = bytes.split(|&b| b == b'\n').collect();
    for found in changelog.check() {
        let line = lines.get(found.line() - 1);
        assert!(line.is_some_and(|line| found.column() <= line.len() + 1), "{found}");
        assert!(!found.to_string().is_empty());
    }
}

fn entries_are_slices(changelog: &Changelog<'_>) {
    for entry in changelog.entries() {
        let text = entry.text();
        assert!(text.starts_with(entry.package().as_bytes()));
        assert!(text.len() >= entry.changes().len());
        let (_, _, _) = (entry.version(), entry.date(), entry.date_text());
        let (_, _) = (entry.distributions().count(), entry.is_released());
    }
}

fn head_is_first(changelog: &Changelog<'_>, bytes: &[u8]) {
    let first = changelog.entries().first();
    match changelog::head(bytes) {
        Ok(head) => {
            let first = first.expect("a head is the first entry");
            assert_eq!(head.package, first.package());
            assert_eq!(head.version.as_str(), first.version_text());
            assert!(head.distributions.iter().eq(first.distributions()));
            assert_eq!(Some(head.urgency), first.urgency());
            assert_eq!((head.maintainer, head.date), (first.maintainer(), first.date()));
            assert_eq!(head.line, first.line());
        }
        Err(error) => {
            let lines = bytes.split(|&b| b == b'\n').count();
            assert!(error.line() >= 1 && error.line() <= lines + 1, "{error}");
            assert!(error.column() >= 1, "{error}");
        }
    }
}
