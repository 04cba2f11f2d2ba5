//! `Packages` and `Release`: pure functions of what a suite holds.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use super::layout::pool_path;
use super::state::{Generation, IndexFile, Record, Settings};
use super::{Entry, Suite};
use crate::artifact::deb::{Architecture, Deb};
use crate::deb822::{InvalidField, Paragraph};
use crate::digest::Sha256;

/// Fields that the repository writes, or that would contradict those.
const OURS: [&str; 8] = [
    "Filename",
    "Size",
    "MD5sum",
    "SHA1",
    "SHA256",
    "SHA512",
    "Status",
    "Description-md5",
];

/// The contents of the index files of a suite, by their path below the suite's folder.
pub(super) type Indexes = BTreeMap<String, Vec<u8>>;

/// The part of a `Packages` file that describes one package file.
pub(super) fn stanza(deb: &Deb, entry: &Entry) -> Result<String, InvalidField> {
    let mut stanza = deb.control().clone();
    for field in OURS {
        stanza.remove(field);
    }
    stanza.push("Filename", &pool_path(entry))?;
    stanza.push("Size", &entry.size.to_string())?;
    stanza.push("SHA256", &entry.sha256.to_string())?;
    Ok(stanza.to_string())
}

/// `Packages` and `Packages.gz` for each architecture; packages for all are in each of them.
pub(super) fn indexes(records: &[Record], architectures: &[Architecture]) -> io::Result<Indexes> {
    let mut indexes = Indexes::new();
    for architecture in architectures {
        let here = |record: &&Record| record.entry.architecture.is_all() || record.entry.architecture == *architecture;
        let stanzas: Vec<_> = records.iter().filter(here).map(|r| r.stanza.as_str()).collect();
        let text = stanzas.join("\n").into_bytes();
        let path = format!("main/binary-{architecture}/Packages");
        indexes.insert(format!("{path}.gz"), gzip(&text)?);
        indexes.insert(path, text);
    }
    Ok(indexes)
}

pub(super) fn describe(indexes: &Indexes) -> Vec<IndexFile> {
    let describe = |(path, content): (&String, &Vec<u8>)| IndexFile {
        path: path.clone(),
        size: content.len() as u64,
        sha256: Sha256::of(content),
    };
    indexes.iter().map(describe).collect()
}

/// The `Release` file of a generation.
///
/// SHA256 only: apt asks `by-hash` for the strongest digest that is listed here.
pub(super) fn release(settings: &Settings, generation: &Generation) -> Result<String, InvalidField> {
    let suite = generation.suite.as_str();
    let mut release = Paragraph::new();
    release.push("Origin", &settings.origin)?;
    release.push("Label", &settings.label)?;
    release.push("Suite", suite)?;
    release.push("Codename", suite)?;
    release.push("Date", &generation.date().release_date())?;
    if generation.suite == Suite::Development {
        release.push("NotAutomatic", "yes")?;
        release.push("ButAutomaticUpgrades", "yes")?;
    }
    release.push("Acquire-By-Hash", "yes")?;
    let architectures: Vec<_> = generation.architectures.iter().map(Architecture::as_str).collect();
    release.push("Architectures", &architectures.join(" "))?;
    release.push("Components", "main")?;
    release.push(
        "Description",
        &format!("{}, {suite}, generation {}", settings.label, generation.generation),
    )?;
    let line = |index: &IndexFile| format!("\n{} {} {}", index.sha256, index.size, index.path);
    release.push("SHA256", &generation.indexes.iter().map(line).collect::<String>())?;
    Ok(release.to_string())
}

/// The same bytes for the same content: no name, no time, no system.
fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let builder = flate2::GzBuilder::new().mtime(0).operating_system(255);
    let mut out = builder.write(Vec::new(), flate2::Compression::new(6));
    out.write_all(bytes)?;
    out.finish()
}
