//! Every byte of every format counts: a bit that is another one, a cut anywhere, anything behind the end.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::bundle::{self, BundleOptions};
use super::super::testing::{archive, at, demo, package, release};
use super::verify;
use crate::exit;
use crate::need;

/// Small artifacts of every format and compression.
fn artifacts(dir: &Path) -> Vec<(&'static str, PathBuf)> {
    let release = release(dir, "1.0", &[demo()]);
    let mut old = release.clone();
    old.target = "debian11".parse().unwrap();
    let options = BundleOptions {
        prefix: "/srv/site",
        at: at(),
        pieces: None,
    };
    vec![
        ("deb with zstd", package(&release, &dir.join("zstd"))),
        ("deb with xz", package(&old, &dir.join("xz"))),
        ("zip", archive(&release, dir)),
        (
            "bundle",
            bundle::write(&release, &options, &dir.join("out")).unwrap().path,
        ),
    ]
}

/// Which of many cases are tried: all with `PYDEPLOY_ORACLE=1`, which takes minutes.
fn step() -> usize {
    if need::everything() { 1 } else { 13 }
}

/// Why a damaged file is refused; `None` when it is not.
fn refused(damaged: &Path, bytes: &[u8]) -> Option<String> {
    fs::write(damaged, bytes).unwrap();
    match verify(damaged) {
        Ok(verification) => verification.findings.first().map(ToString::to_string),
        Err(error) => {
            assert_eq!(error.exit_code(), exit::VERIFICATION, "{error}");
            Some(error.to_string())
        }
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    for (format, path) in artifacts(dir.path()) {
        let whole = fs::read(&path).unwrap();
        let damaged = dir.path().join("damaged");
        assert_eq!(refused(&damaged, &whole), None);
        let mut missed = Vec::new();
        for at in (0..whole.len()).step_by(step()) {
            let mut bytes = whole.clone();
            let bit = (at * 5 + at / 8) % 8;
            bytes[at] ^= 1 << bit;
            if refused(&damaged, &bytes).is_none() {
                missed.push((at, bit));
            }
        }
        assert!(missed.is_empty(), "{format}: {missed:?}");
    }
}

#[test]
fn every_cut_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    for (format, path) in artifacts(dir.path()) {
        let whole = fs::read(&path).unwrap();
        let damaged = dir.path().join("damaged");
        let ends = (0..whole.len())
            .step_by(step())
            .chain(whole.len().saturating_sub(200)..whole.len());
        let missed: Vec<usize> = ends.filter(|&end| refused(&damaged, &whole[..end]).is_none()).collect();
        assert!(missed.is_empty(), "{format}: {missed:?}");
    }
}

#[test]
fn anything_behind_the_end_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    for (format, path) in artifacts(dir.path()) {
        let whole = fs::read(&path).unwrap();
        let damaged = dir.path().join("damaged");
        let last = whole[whole.len() - 79..].to_vec();
        for tail in [&b"x"[..], b"\n", &[0; 60], &[0; 512], &last, &whole] {
            let problem = refused(&damaged, &[&whole, tail].concat());
            assert!(problem.is_some(), "{format}: {} bytes", tail.len());
        }
    }
}
