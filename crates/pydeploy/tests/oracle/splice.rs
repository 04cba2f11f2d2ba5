//! What zstd, xz and dpkg-deb make of random pieces that were put together.
//!
//! `PYDEPLOY_ORACLE=1` tries thousands of archives in place of a few.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use lzma_rust2::{XzOptions, XzWriter};
use pydeploy::artifact::splice::{xz, zstd};

#[path = "../../src/artifact/splice/testing.rs"]
mod testing;

use testing::Random;

use super::{installed, need};

fn rounds() -> u64 {
    if need::everything() { 2000 } else { 50 }
}

/// What the program writes when it reads the archive; nothing when it fails.
fn decoded(program: &str, args: &[&str], archive: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(archive));
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            output.stdout
        } else {
            Vec::new()
        }
    })
}

/// A package with this data archive.
fn package(path: &Path, name: &str, data: &[u8]) {
    let mut deb = b"!<arch>\n".to_vec();
    for (name, content) in [
        ("debian-binary", &b"2.0\n"[..]),
        ("control.tar", &[0; 1024]),
        (name, data),
    ] {
        let size = content.len();
        deb.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).bytes());
        deb.extend(content);
        deb.resize(deb.len().next_multiple_of(2), b'\n');
    }
    std::fs::write(path, deb).unwrap();
}

/// Pieces of files: headers with what surrounds the zero bytes of a real one, then content.
fn pieces(random: &mut Random, largest: usize) -> Vec<Vec<u8>> {
    let piece = |random: &mut Random| {
        let mut bytes = Vec::new();
        for _ in 0..random.below(6) {
            let mut header = tar::Header::new_gnu();
            let name = random.next().to_string();
            header
                .set_path(format!("./opt/{name}/{}", "n".repeat(random.below(70))))
                .unwrap();
            header.set_mtime(random.next() >> 32);
            let length = random.length() % largest;
            header.set_size(length as u64);
            header.set_cksum();
            bytes.extend(header.as_bytes());
            bytes.extend(random.content(length));
            bytes.resize(bytes.len().next_multiple_of(512), 0);
        }
        bytes
    };
    (0..random.below(9))
        .map(|_| piece(random))
        .chain([vec![0; 1024]])
        .collect()
}

#[test]
fn zstd_and_dpkg_read_what_was_spliced() {
    if !installed("zstd", "zstd") || !installed("dpkg-deb", "dpkg") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let deb = dir.path().join("spliced.deb");
    for round in 0..rounds() {
        let mut random = Random(round << 32);
        let pieces = pieces(&mut random, 150_000);
        let compressed: Vec<_> = pieces.iter().map(|piece| compress_zstd(&mut random, piece)).collect();
        let frame = zstd::splice(&compressed);
        let wanted = pieces.concat();
        assert!(decoded("zstd", &["-dcq"], &frame) == wanted, "zstd, round {round}");
        package(&deb, "data.tar.zst", &frame);
        let read = decoded("dpkg-deb", &["--fsys-tarfile", deb.to_str().unwrap()], b"");
        assert!(read == wanted, "dpkg-deb, round {round}");
    }
}

/// A piece of a random level. When its size is not known beforehand, its window is that of the level: up to 8 MiB.
fn compress_zstd(random: &mut Random, piece: &[u8]) -> zstd::Piece {
    let level = 1 + random.below(19) as i32;
    if random.below(2) == 0 {
        return zstd::Piece::compress(piece, level).unwrap();
    }
    let mut writer = zstd::PieceWriter::new(Vec::new(), level, None);
    writer.write_all(piece).unwrap();
    let (blocks, window) = writer.finish().unwrap();
    let size = piece.len() as u64;
    zstd::Piece { blocks, window, size }
}

#[test]
fn xz_and_dpkg_read_what_was_stitched() {
    if !installed("xz", "xz-utils") || !installed("dpkg-deb", "dpkg") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let deb = dir.path().join("stitched.deb");
    for round in 0..rounds() {
        let mut random = Random(round << 32 | 1);
        let pieces = pieces(&mut random, 20_000);
        let streams: Vec<_> = pieces
            .iter()
            .map(|piece| compress_xz(piece, random.below(7) as u32))
            .collect();
        let streams: Vec<_> = streams.iter().map(Vec::as_slice).collect();
        let stream = xz::stitch(&streams).unwrap();
        let wanted = pieces.concat();
        assert!(decoded("xz", &["-dcq"], &stream) == wanted, "xz, round {round}");
        package(&deb, "data.tar.xz", &stream);
        let read = decoded("dpkg-deb", &["--fsys-tarfile", deb.to_str().unwrap()], b"");
        assert!(read == wanted, "dpkg-deb, round {round}");
    }
}

fn compress_xz(piece: &[u8], preset: u32) -> Vec<u8> {
    let mut writer = XzWriter::new(Vec::new(), XzOptions::with_preset(preset)).unwrap();
    writer.write_all(piece).unwrap();
    writer.finish().unwrap()
}
