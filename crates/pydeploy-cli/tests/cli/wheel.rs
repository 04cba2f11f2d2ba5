//! Wheels for tests, written byte by byte: right ones, and such as no tool writes.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use pydeploy::digest::Sha256;

/// A member of an archive.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) mode: u32,
    /// Bit 0: encrypted; bit 11: the name is UTF-8.
    pub(crate) flags: u16,
    /// 0 is stored, 8 deflated; only the latter packs anything.
    pub(crate) method: u16,
}

impl Member {
    pub(crate) fn new(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.as_ref().to_vec(),
            mode: if name.ends_with('/') { 0o040_755 } else { 0o100_644 },
            flags: 0x800,
            method: 0,
        }
    }

    fn packed(&self) -> Vec<u8> {
        if self.method != 8 {
            return self.bytes.clone();
        }
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.bytes).expect("written");
        encoder.finish().expect("packed")
    }

    /// What both headers share.
    fn header(&self, packed: usize) -> Vec<u8> {
        let mut crc = Crc::new();
        crc.update(&self.bytes);
        let words = [20, self.flags, self.method, 0, 0x21].map(u16::to_le_bytes).concat();
        let sizes = [packed, self.bytes.len(), self.name.len()].map(|size| (size as u32).to_le_bytes());
        [words, crc.sum().to_le_bytes().to_vec(), sizes.concat()].concat()
    }
}

/// The members as a zip archive.
pub(crate) fn zip(members: &[Member]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let packed = member.packed();
        let (header, start) = (member.header(packed.len()), out.len() as u32);
        out.extend([&b"PK\x03\x04"[..], &header, &member.name, &packed].concat());
        directory.extend([&b"PK\x01\x02\x14\x03"[..], &header, &[0; 6]].concat());
        directory.extend([(member.mode << 16).to_le_bytes(), start.to_le_bytes()].concat());
        directory.extend(&member.name);
    }
    let count = (members.len() as u16).to_le_bytes();
    let place = [directory.len() as u32, out.len() as u32]
        .map(u32::to_le_bytes)
        .concat();
    let end = [&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &place, &[0, 0]].concat();
    [out, directory, end].concat()
}

/// A wheel called `demo`, version 1.0, unless told otherwise.
#[derive(Clone)]
pub(crate) struct Wheel {
    pub(crate) file: String,
    pub(crate) metadata: String,
    pub(crate) wheel: String,
    pub(crate) members: Vec<Member>,
    /// In place of the right one; when it is empty, there is none.
    pub(crate) record: Option<String>,
    folder: String,
}

impl Wheel {
    pub(crate) fn named(name: &str) -> Self {
        Self {
            file: format!("{name}-1.0-py3-none-any.whl"),
            metadata: format!("Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n"),
            wheel: "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_owned(),
            members: Vec::new(),
            record: None,
            folder: format!("{name}-1.0.dist-info"),
        }
    }

    pub(crate) fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.member(Member::new(name, bytes))
    }

    pub(crate) fn member(mut self, member: Member) -> Self {
        self.members.push(member);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut members = self.members.clone();
        for (name, text) in [("METADATA", &self.metadata), ("WHEEL", &self.wheel)] {
            members.push(Member::new(&format!("{}/{name}", self.folder), text));
        }
        let own = format!("{}/RECORD", self.folder);
        let record = self.record.clone().unwrap_or_else(|| rows(&members) + &own + ",,\n");
        if !record.is_empty() {
            members.push(Member::new(&own, record));
        }
        zip(&members)
    }

    pub(crate) fn write(&self, dir: &Path) -> PathBuf {
        std::fs::create_dir_all(dir).expect("a folder");
        let path = dir.join(&self.file);
        std::fs::write(&path, self.bytes()).expect("written");
        path
    }
}

fn rows(members: &[Member]) -> String {
    let files = members.iter().filter(|member| !member.name.ends_with(b"/"));
    files.map(row).collect()
}

pub(crate) fn row(member: &Member) -> String {
    let (name, size) = (String::from_utf8_lossy(&member.name), member.bytes.len());
    format!(
        "{name},sha256={},{size}\n",
        base64(Sha256::of(&member.bytes).as_bytes())
    )
}

/// URL-safe and without padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<bool> = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
        .collect();
    let digit = |six: &[bool]| {
        let value = (0..6).fold(0, |value, bit| value << 1 | usize::from(six.get(bit) == Some(&true)));
        char::from(DIGITS[value])
    };
    bits.chunks(6).map(digit).collect()
}

/// A lock that names wheels, which lie in `wheels` beside it.
pub(crate) fn lock(wheels: &[(&str, &[u8])]) -> String {
    let mut text = "lock-version = \"1.0\"\ncreated-by = \"hand\"\n".to_owned();
    for (file, bytes) in wheels {
        let (name, sha256) = (file.split('-').next().unwrap_or_default(), Sha256::of(bytes));
        text += &format!(
            "[[packages]]\nname = \"{name}\"\nwheels = [{{ path = \"wheels/{file}\", hashes.sha256 = \"{sha256}\" }}]\n"
        );
    }
    text
}
