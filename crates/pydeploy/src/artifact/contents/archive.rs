//! Artifacts that are files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::collect::Collector;
use super::{Contents, Format, MANIFEST, manifest};
use crate::artifact::bundle::seal;
use crate::artifact::deb::{self, Compression, Deb, DebFile, Place, Visit};
use crate::artifact::error::ArtifactError;
use crate::artifact::verify::{Finding, Problem};
use crate::digest::{Hashing, Sha256};
use crate::sys::files::At as _;

pub(super) fn package(path: &Path) -> Result<Contents, ArtifactError> {
    let mut visitor = Package::default();
    let deb = Deb::visit(File::open(path).at("open", path)?, path, &mut visitor)?;
    let Collector { items, texts } = visitor.data;
    let absolute = |path: String| format!("/{path}");
    let texts: BTreeMap<_, _> = texts.into_iter().map(|(path, text)| (absolute(path), text)).collect();
    let member = format!("/opt/{}/{MANIFEST}", deb.package());
    let manifest = texts.get(&member).map(|bytes| manifest(path, &member, bytes));
    let triggers = visitor.control.get("triggers").map_or(&[][..], Vec::as_slice);
    let findings = deb::seal::check(path, triggers)?;
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
        findings,
    })
}

pub(super) fn bundle(path: &Path) -> Result<Contents, ArtifactError> {
    let archive = "the archive";
    let place = Place { path, archive };
    let file = File::open(path).at("open", path)?;
    let whole = file.metadata().at("read", path)?.len();
    let mut input = Hashing::new((&file).take(whole.saturating_sub(seal::SIZE as u64)));
    let mut collector = Collector::default();
    Compression::Zstd.read(place, &mut input, |content| {
        deb::walk(place, content, u64::MAX, |file, content| {
            collector
                .member(file, content)
                .map_err(|error| place.content(file, error))
        })
    })?;
    let found = input.so_far();
    input.get_mut().set_limit(u64::MAX);
    let mut end = Vec::new();
    input.read_to_end(&mut end).at("read", path)?;
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
        findings: bundle_end(path, &end, found).into_iter().collect(),
    })
}

/// What is wrong with the end of a bundle, before which the bytes have the digest `found`.
fn bundle_end(path: &Path, end: &[u8], found: Sha256) -> Option<Finding> {
    let by = || "its end".to_owned();
    let problem = match seal::said(end) {
        _ if *end == seal::frame(found) => return None,
        Some(said) => Problem::Digest { found, by: by(), said },
        None => Problem::Unusable {
            reason: "it does not end in its digest".to_owned(),
        },
    };
    let path = path.display().to_string();
    Some(Finding { path, problem })
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
