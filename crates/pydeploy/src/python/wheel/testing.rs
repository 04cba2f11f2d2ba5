//! Wheels for tests: right ones, and wrong ones in one place each.

use std::fs;
use std::path::{Path, PathBuf};

use super::record;
use crate::digest::Sha256;

/// One member, with everything that a header can say about it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) size: Option<u32>,
    pub(crate) crc: Option<u32>,
    pub(crate) local_name: Option<Vec<u8>>,
}

impl Entry {
    pub(crate) fn new(name: impl AsRef<[u8]>, bytes: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref().to_vec();
        Self {
            mode: if name.ends_with(b"/") { 0o040_755 } else { 0o100_644 },
            name,
            bytes: bytes.as_ref().to_vec(),
            flags: 0x800,
            method: 8,
            size: None,
            crc: None,
            local_name: None,
        }
    }

    fn packed(&self) -> Vec<u8> {
        if self.method == 0 {
            return self.bytes.clone();
        }
        let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let mut packed = vec![0; compressor.deflate_compress_bound(self.bytes.len())];
        let length = compressor.deflate_compress(&self.bytes, &mut packed).unwrap();
        packed.truncate(length);
        packed
    }

    /// The fields that both headers share, from `version needed` to `extra length`.
    fn header(&self, name: &[u8], packed: usize) -> Vec<u8> {
        let mut header = Vec::new();
        for field in [20, self.flags, self.method, 0, 0x21] {
            header.extend(field.to_le_bytes());
        }
        let size = self.size.unwrap_or(self.bytes.len() as u32);
        let crc = self.crc.unwrap_or_else(|| libdeflater::crc32(&self.bytes));
        for field in [crc, packed as u32, size, name.len() as u32] {
            header.extend(field.to_le_bytes());
        }
        header
    }
}

/// The entries as a zip archive that starts at `offset` of its file.
pub(crate) fn zip(entries: &[Entry], offset: usize) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let packed = entry.packed();
        let start = (offset + out.len()) as u32;
        let local_name = entry.local_name.as_ref().unwrap_or(&entry.name);
        out.extend(
            [
                &b"PK\x03\x04"[..],
                &entry.header(local_name, packed.len()),
                local_name,
                &packed,
            ]
            .concat(),
        );
        directory.extend([&b"PK\x01\x02\x14\x03"[..], &entry.header(&entry.name, packed.len())].concat());
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(start.to_le_bytes());
        directory.extend(&entry.name);
    }
    let count = (entries.len() as u16).to_le_bytes();
    let start = (offset + out.len()) as u32;
    let length = (directory.len() as u32).to_le_bytes();
    let end = [
        &b"PK\x05\x06\0\0\0\0"[..],
        &count,
        &count,
        &length,
        &start.to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    [out, directory, end].concat()
}

/// A wheel called `demo`, version 1.0, unless told otherwise.
#[derive(Clone, Debug)]
pub(crate) struct WheelBuilder {
    pub(crate) file: String,
    pub(crate) metadata: String,
    pub(crate) wheel: String,
    pub(crate) entries: Vec<Entry>,
    pub(crate) record: Option<String>,
    pub(crate) folder: String,
}

impl WheelBuilder {
    pub(crate) fn new() -> Self {
        Self::named("demo", "1.0")
    }

    pub(crate) fn named(name: &str, version: &str) -> Self {
        Self {
            file: format!("{name}-{version}-py3-none-any.whl"),
            metadata: format!("Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"),
            wheel: "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_owned(),
            entries: Vec::new(),
            record: None,
            folder: format!("{name}-{version}.dist-info"),
        }
    }

    pub(crate) fn file(self, name: impl AsRef<[u8]>, bytes: impl AsRef<[u8]>) -> Self {
        self.entry(Entry::new(name, bytes))
    }

    pub(crate) fn entry(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    pub(crate) fn entry_points(self, text: &str) -> Self {
        let name = format!("{}/entry_points.txt", self.folder);
        self.file(name, text)
    }

    pub(crate) fn all_entries(&self) -> Vec<Entry> {
        let mut entries = self.entries.clone();
        for (name, text) in [("METADATA", &self.metadata), ("WHEEL", &self.wheel)] {
            if !text.is_empty() {
                entries.push(Entry::new(format!("{}/{name}", self.folder), text));
            }
        }
        let name = format!("{}/RECORD", self.folder);
        let record = self.record.clone().unwrap_or_else(|| rows(&entries, &name));
        if !record.is_empty() {
            entries.push(Entry::new(name, record));
        }
        entries
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        zip(&self.all_entries(), 0)
    }

    pub(crate) fn write(&self, dir: &Path) -> PathBuf {
        self.write_bytes(dir, &self.bytes())
    }

    pub(crate) fn write_bytes(&self, dir: &Path, bytes: &[u8]) -> PathBuf {
        let path = dir.join(&self.file);
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn rows(entries: &[Entry], own: &str) -> String {
    let row = |entry: &Entry| {
        let name = String::from_utf8_lossy(&entry.name).into_owned();
        record::row(&name, &Sha256::of(&entry.bytes), entry.bytes.len() as u64)
    };
    let files = entries.iter().filter(|entry| !entry.name.ends_with(b"/"));
    files.map(row).collect::<String>() + &record::own_row(own)
}
