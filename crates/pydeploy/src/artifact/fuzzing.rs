//! What the fuzz targets call: readers that are private, each with what holds for whatever they accept.
//!
//! Compiled by cargo-fuzz only, which sets `cfg(fuzzing)`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "the callers are the fuzz targets, and a panic is a finding"
)]

use std::collections::BTreeSet;
use std::io::{self, Cursor, Read as _, Write as _};
use std::path::Path;

use super::deb::{self, DebFileKind, Place, ar};
use super::splice::{xz, zstd};
use super::zip::{FIRST_LINE, Plan, Planned};
use crate::Timestamp;
use crate::python::{Archive, MemberBuffer, Section, record_rows};
use crate::release::{Manifest, ManifestEntry};

/// A container of which every header is plain is written again as it was.
pub fn read_ar(bytes: &[u8]) {
    let Ok(mut reader) = ar::ArReader::new(bytes) else {
        return;
    };
    let mut writer = ar::ArWriter::new(Vec::new()).unwrap();
    let mut plain = true;
    loop {
        let member = match reader.next_member() {
            Ok(Some(member)) => member,
            Ok(None) => break,
            Err(_) => return,
        };
        let mut content = Vec::new();
        if reader.read_to_end(&mut content).is_err() {
            return;
        }
        assert_eq!(content.len() as u64, member.size);
        plain &= member.is_plain;
        let at = i64::try_from(member.time).ok().and_then(Timestamp::from_second);
        plain &= at.is_some_and(|at| writer.append_bytes(&member.name, at, &content).is_ok());
    }
    if plain && reader.is_padding_plain() {
        assert_eq!(writer.finish(), bytes);
    }
}

/// Members have paths that stay inside, each once, below folders only, and what they hold is what their size says.
pub fn read_tar(bytes: &[u8]) {
    let place = Place {
        path: Path::new("fuzz"),
        archive: "tar",
    };
    let (mut sizes, mut whole) = (0, true);
    let files = deb::walk(place, &mut &bytes[..], 1 << 20, |file, content| {
        let count = io::copy(content, &mut io::sink()).map_err(|error| place.damaged(error))?;
        // An archive that is cut is refused when its end is missed.
        whole &= count == file.size;
        sizes += count;
        Ok(())
    });
    let Ok(files) = files else { return };
    assert!(whole && sizes <= bytes.len() as u64);
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths.len(), files.len());
    for file in &files {
        let inside = |part: &str| !matches!(part, "" | "." | "..");
        assert!(file.path.as_str().split('/').all(inside), "{}", file.path);
        let others = files.iter().filter(|other| other.kind != DebFileKind::Directory);
        let mut below = others.filter(|other| file.path.parents().any(|parent| parent == other.path));
        assert_eq!(below.next(), None);
    }
}

/// Members have names that stay inside, each once; a small one is the same bytes whether it is read at once or as part.
pub fn read_zip(bytes: &[u8]) {
    let start = if bytes.starts_with(FIRST_LINE) {
        FIRST_LINE.len()
    } else {
        0
    };
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let section = Section::whole(file).unwrap();
    let Ok(archive) = Archive::in_section(Path::new("fuzz.zip"), section, start as u64) else {
        return;
    };
    let names: BTreeSet<&str> = archive.members().iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names.len(), archive.members().len());
    let mut buffer = MemberBuffer::default();
    for (number, member) in archive.members().iter().enumerate() {
        assert!(!member.name.starts_with('/') && !member.name.split('/').any(|part| part == ".."));
        assert_eq!(archive.find(&member.name), Some(number));
        let (read, mut copied) = (archive.read(number), Vec::new());
        let copy = archive.copy(number, &mut buffer, &mut copied);
        assert_eq!(read.is_ok(), copy.is_ok());
        let Ok(read) = read else { continue };
        assert!(read == copied && read.len() as u64 == member.size);
        if let Some(section) = archive.stored(number) {
            assert_eq!(section.size(), member.size);
        }
        drop(record_rows(&read));
    }
}

/// A stream that is accepted is itself a piece, and stitching it alone changes nothing. The bytes are also tried as an
/// index with the right checksums around it.
pub fn read_xz(bytes: &[u8]) {
    stream(bytes);
    let mut index = [&[0], bytes].concat();
    index.resize(index.len().next_multiple_of(4), 0);
    index.extend(libdeflater::crc32(&index).to_le_bytes());
    let fields = [&((index.len() / 4 - 1) as u32).to_le_bytes()[..], &[0, xz::CRC64]].concat();
    let crc = libdeflater::crc32(&fields).to_le_bytes();
    let head = xz::header(xz::CRC64);
    // As many bytes in place of blocks as the first record may want.
    for blocks in [0, 8, 16, usize::from(*bytes.get(1).unwrap_or(&0)).next_multiple_of(4)] {
        stream(&[&head[..], &vec![0; blocks], &index, &crc, &fields, b"YZ"].concat());
    }
}

fn stream(bytes: &[u8]) {
    if let Ok(stream) = xz::Stream::read(Cursor::new(bytes)) {
        assert!(stream.blocks.start <= stream.blocks.end && stream.blocks.end <= bytes.len() as u64);
        assert_eq!(xz::stitch(&[bytes]).unwrap(), bytes);
    }
}

/// Blocks that are taken out of a frame decode to what the frame decodes to.
pub fn read_zstd(bytes: &[u8]) {
    let Ok((blocks, window)) = zstd::take_apart(bytes) else {
        return;
    };
    let decode = |frame: &[u8]| {
        let decoder = ::zstd::Decoder::with_buffer(frame).ok()?.single_frame();
        let mut content = Vec::new();
        decoder.take(1 << 20).read_to_end(&mut content).ok()?;
        Some(content)
    };
    let Some(content) = decode(bytes).filter(|content| content.len() < 1 << 20) else {
        return;
    };
    let header = zstd::frame_header(window, content.len() as u64);
    let again = [&header[..], &blocks, &zstd::FRAME_END].concat();
    assert_eq!(decode(&again), Some(content));
}

/// What is read is written and read again the same; what a plan says about files can be a release's manifest or not.
pub fn read_manifest(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::parse(bytes) {
        let _ = manifest.tree_digest(bytes);
        let written = serde_json::to_vec(&manifest).unwrap();
        assert_eq!(Manifest::parse(&written), Ok(manifest));
    }
    let Ok(plan) = Plan::parse(bytes) else { return };
    let file = |entry: &Planned| match entry {
        Planned::Link { path, link, owner } => Some(ManifestEntry::Link {
            path: format!("/{{release}}/{path}"),
            target: link.clone(),
            owner: owner.clone(),
        }),
        _ => None,
    };
    let links: Vec<ManifestEntry> = plan.entries.iter().filter_map(file).collect();
    drop(plan.release_manifest(&links));
    plan.entries.iter().for_each(|entry| drop(plan.in_record(entry.path())));
    let written = serde_json::to_vec(&plan).unwrap();
    Plan::parse(&written).unwrap();
}
