//! Small packages for tests.

use std::io::Write as _;

use super::ar::ArWriter;
use crate::Timestamp;

/// A package with one file, `opt/NAME/content`.
#[cfg(feature = "repository")]
pub(crate) fn deb(control: &str, content: &str) -> Vec<u8> {
    let name = control.lines().find_map(|line| line.strip_prefix("Package: ")).unwrap();
    let mut data = tar::Builder::new(Vec::new());
    for dir in ["./".to_owned(), "./opt/".to_owned(), format!("./opt/{name}/")] {
        append(&mut data, tar::EntryType::Directory, &dir, b"");
    }
    let file = format!("./opt/{name}/content");
    append(&mut data, tar::EntryType::Regular, &file, content.as_bytes());
    assemble(&[
        ("debian-binary", b"2.0\n"),
        ("control.tar.gz", &gzip(&control_tar(control))),
        ("data.tar.zst", &zstd(&data.into_inner().unwrap())),
    ])
}

/// The shortest control file with these values.
pub(crate) fn control(package: &str, version: &str, architecture: &str) -> String {
    format!(
        "Package: {package}\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: A <a@example.org>\n\
         Description: {package} for tests\n with a second line\n"
    )
}

pub(crate) fn control_tar(control: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    append(&mut tar, tar::EntryType::Directory, "./", b"");
    append(&mut tar, tar::EntryType::Regular, "./control", control.as_bytes());
    tar.into_inner().unwrap()
}

pub(crate) fn append(tar: &mut tar::Builder<Vec<u8>>, kind: tar::EntryType, name: &str, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(if kind.is_dir() { 0o755 } else { 0o644 });
    let (link, content) = if kind.is_symlink() || kind.is_hard_link() {
        (content, &b""[..])
    } else {
        (&b""[..], content)
    };
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link);
    header.set_size(content.len() as u64);
    header.set_cksum();
    tar.append(&header, content).unwrap();
}

pub(crate) fn assemble(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut ar = ArWriter::new(Vec::new()).unwrap();
    for (name, content) in members {
        ar.append_bytes(name, Timestamp::from_second(0).unwrap(), content)
            .unwrap();
    }
    ar.finish()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut out = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut out = zstd::Encoder::new(Vec::new(), 3).unwrap();
    out.include_checksum(true).unwrap();
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}
