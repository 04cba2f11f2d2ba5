//! The plan of an archive, read back.

use super::plan::{HOST_FIELDS, INTERPRETER, Manifest, Planned, SCHEMA};
use crate::digest::Sha256;
use crate::python::WheelFilename;
use crate::release::{self, ManifestEntry, ManifestError};

/// What makes the file a program.
pub(in crate::artifact) const FIRST_LINE: &[u8] = b"#!/usr/bin/env python3\n";
/// How many bytes at the end are the digest of all before them: `sha256 ` and 64 digits.
pub(in crate::artifact) const DIGEST: usize = 71;
/// Stands for the folder that the release will lie in, in paths that are shown.
pub(in crate::artifact) const PLACE: &str = "/{release}";

pub(super) fn digest_text(digest: Sha256) -> String {
    format!("sha256 {digest}")
}

/// The digest that the last bytes of an archive are.
pub(in crate::artifact) fn said_digest(end: &[u8]) -> Option<Sha256> {
    let text = std::str::from_utf8(end).ok()?;
    let digest: Sha256 = text.strip_prefix("sha256 ")?.parse().ok()?;
    // Digits in capitals would be other bytes for the same digest.
    (digest_text(digest) == text).then_some(digest)
}

impl Manifest {
    /// Reads the plan and checks that it fits together.
    pub(in crate::artifact) fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        #[derive(serde::Deserialize)]
        struct Numbered {
            schema: u32,
        }
        let Numbered { schema } = serde_json::from_slice(bytes).map_err(release::json)?;
        if schema != SCHEMA {
            return Err(plan(format!("its schema is {schema}, this program reads {SCHEMA}")));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(release::json)?;
        manifest.check_wheels()?;
        Ok(manifest)
    }

    fn check_wheels(&self) -> Result<(), ManifestError> {
        if let Some(wheel) = self
            .wheels
            .iter()
            .find(|wheel| wheel.file.parse::<WheelFilename>().is_err())
        {
            return Err(plan(format!(
                "`{}` is not called like a wheel",
                wheel.file.escape_debug()
            )));
        }
        let unknown = |number: &usize| *number >= self.wheels.len();
        let numbers = |entry: &Planned| match entry {
            Planned::File { wheel, recorded, .. } => [*wheel, *recorded],
            Planned::Record { record, .. } => [Some(*record), None],
            Planned::Link { .. } => [None, None],
        };
        match self.entries.iter().flat_map(numbers).flatten().find(unknown) {
            Some(number) => Err(plan(format!("it has no wheel number {number}"))),
            None => Ok(()),
        }
    }

    /// The manifest that the release will have on a host, as far as it is known before; `files` in any order.
    pub(in crate::artifact) fn release_manifest(
        &self,
        files: &[ManifestEntry],
    ) -> Result<release::Manifest, ManifestError> {
        let mut fields = self.installed.clone();
        for (name, value) in HOST_FIELDS.into_iter().zip([PLACE, INTERPRETER, ""]) {
            fields.insert(name.to_owned(), value.into());
        }
        fields.insert("files".to_owned(), serde_json::to_value(files).map_err(release::json)?);
        let manifest = release::Manifest::parse(&serde_json::to_vec(&fields).map_err(release::json)?)?;
        match manifest.release.to_string() == self.release {
            true => Ok(manifest),
            false => Err(plan(format!(
                "it names the releases {} and {}",
                self.release, manifest.release
            ))),
        }
    }

    /// What a path is in a RECORD.
    pub(in crate::artifact) fn in_record(&self, path: &str) -> String {
        let inside = path
            .strip_prefix(&self.site_packages)
            .and_then(|rest| rest.strip_prefix('/'));
        match inside {
            Some(rest) => rest.to_owned(),
            None => format!("../../../{}", path.strip_prefix("venv/").unwrap_or(path)),
        }
    }
}

impl Planned {
    /// Relative to the release's folder.
    pub(in crate::artifact) fn path(&self) -> &str {
        match self {
            Self::Link { path, .. } | Self::Record { path, .. } | Self::File { path, .. } => path,
        }
    }
}

fn plan(problem: String) -> ManifestError {
    ManifestError::Plan { problem }
}
