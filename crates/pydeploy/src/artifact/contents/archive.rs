//! Artifacts that are files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::collect::Collector;
use super::{Contents, Format, MANIFEST, manifest};
use crate::artifact::deb::{self, Compression, Deb, DebFile, Place, Visit};
use crate::artifact::error::ArtifactError;
use crate::digest::Hashing;
use crate::sys::files::At as _;

pub(super) fn package(path: &Path) -> Result<Contents, ArtifactError> {
    let mut visitor = Package::default();
    let deb = Deb::visit(File::open(path).at("open", path)?, path, &mut visitor)?;
    let Collector { items, texts } = visitor.data;
    let absolute = |path: String| format!("/{path}");
    let texts: BTreeMap<_, _> = texts.into_iter().map(|(path, text)| (absolute(path), text)).collect();
    let member = format!("/opt/{}/{MANIFEST}", deb.package());
    let manifest = texts.get(&member).map(|bytes| manifest(path, &member, bytes));
    Ok(Contents {
        format: Format::Deb,
        path: path.to_owned(),
        size: deb.size(),
        sha256: Some(deb.sha256()),
        control: Some(deb.control().clone()),
        control_files: visitor.control,
        items: items.into_iter().map(|(path, item)| (absolute(path), item)).collect(),
        manifest: manifest.transpose()?,
        texts,
        findings: Vec::new(),
    })
}

pub(super) fn bundle(path: &Path) -> Result<Contents, ArtifactError> {
    let archive = "the archive";
    let place = Place { path, archive };
    let mut input = Hashing::new(File::open(path).at("open", path)?);
    let mut collector = Collector::default();
    Compression::Zstd.read(place, &mut input, |content| {
        deb::walk(place, content, u64::MAX, |file, content| {
            collector
                .member(file, content)
                .map_err(|error| place.content(file, error))
        })
    })?;
    let (_, size, sha256) = input.finish();
    let Collector { items, texts } = collector;
    let Some(bytes) = texts.get(MANIFEST) else {
        return Err(ArtifactError::NoManifest { path: path.to_owned() });
    };
    let manifest = manifest(path, MANIFEST, bytes)?;
    let absolute = |path: String| format!("{}/{path}", manifest.prefix);
    Ok(Contents {
        format: Format::Bundle,
        path: path.to_owned(),
        size,
        sha256: Some(sha256),
        control: None,
        control_files: BTreeMap::new(),
        items: items.into_iter().map(|(path, item)| (absolute(path), item)).collect(),
        texts: texts.into_iter().map(|(path, text)| (absolute(path), text)).collect(),
        manifest: Some(manifest),
        findings: Vec::new(),
    })
}

/// Both archives of a package as they pass.
#[derive(Default)]
struct Package {
    control: BTreeMap<String, Vec<u8>>,
    data: Collector,
}

impl Visit for Package {
    fn control(&mut self, file: &DebFile, content: &mut dyn Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        self.control.insert(file.path.to_string(), bytes);
        Ok(())
    }

    fn data(&mut self, file: &DebFile, content: &mut dyn Read) -> io::Result<()> {
        self.data.member(file, content)
    }
}
