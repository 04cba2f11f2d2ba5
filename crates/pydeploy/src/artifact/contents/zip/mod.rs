//! Self-extracting archives: what the program in them would install.

#[cfg(test)]
mod tests;
mod wheels;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::Path;

use rawzip::ReaderAt as _;

use self::wheels::Wheels;
use super::collect::{Collector, Passing, is_text};
use super::{Contents, Format, Item, ItemKind, MANIFEST, manifest_error};
use crate::artifact::error::ArtifactError;
use crate::artifact::verify::{Finding, Problem};
use crate::artifact::zip::{DIGEST, FIRST_LINE, PLACE, Plan, Planned, said_digest};
use crate::digest::{Hashing, Sha256};
use crate::python::{Archive, MemberBuffer, Section, WheelError, WheelProblem, record_text};
use crate::release::ManifestEntry;
use crate::sys::files::At as _;

/// The largest plan that is read.
const LARGEST_PLAN: u64 = 64 << 20;
/// The name of the plan in messages about what contradicts it.
const BY: &str = "the manifest";

pub(super) fn read(path: &Path) -> Result<Contents, ArtifactError> {
    let section = File::open(path).and_then(Section::whole).at("open", path)?;
    let archive = Archive::in_section(path, section.clone(), FIRST_LINE.len() as u64).map_err(refused(path))?;
    let plan = plan(&archive, path)?;
    let mut reading = Reading::new(&archive, &plan, path);
    reading.wheels = Wheels::read(&archive, &plan, path, &mut reading.findings)?;
    plan.entries.iter().try_for_each(|entry| reading.place(entry))?;
    plan.entries.iter().for_each(|entry| reading.record(entry));
    reading.unused();
    let sha256 = reading.digest(&section).at("read", path)?;
    let manifest = plan
        .release_manifest(&reading.files)
        .map_err(manifest_error(path, MANIFEST))?;
    let Collector { items, texts } = reading.collector;
    Ok(Contents {
        format: Format::Zip,
        path: path.to_owned(),
        size: section.size(),
        sha256: Some(sha256),
        control: None,
        control_files: BTreeMap::new(),
        items,
        manifest: Some(manifest),
        texts,
        findings: reading.findings,
    })
}

fn refused(path: &Path) -> impl Fn(WheelProblem) -> WheelError + use<> {
    let file = path.to_owned();
    move |problem| WheelError {
        file: file.clone(),
        problem: Box::new(problem),
    }
}

fn plan(archive: &Archive, path: &Path) -> Result<Plan, ArtifactError> {
    let none = || ArtifactError::NoManifest { path: path.to_owned() };
    let number = archive.find(MANIFEST).ok_or_else(none)?;
    if archive.members()[number].size > LARGEST_PLAN {
        return Err(none());
    }
    let bytes = archive.read(number).map_err(refused(path))?;
    Plan::parse(&bytes).map_err(manifest_error(path, MANIFEST))
}

/// What has been found out so far.
struct Reading<'a> {
    archive: &'a Archive,
    plan: &'a Plan,
    path: &'a Path,
    /// The members of the archive that no entry has needed yet.
    unused: BTreeSet<&'a str>,
    wheels: Wheels,
    collector: Collector,
    files: Vec<ManifestEntry>,
    findings: Vec<Finding>,
    buffer: MemberBuffer,
}

impl<'a> Reading<'a> {
    fn new(archive: &'a Archive, plan: &'a Plan, path: &'a Path) -> Self {
        let names = archive.members().iter().map(|member| member.name.as_str());
        let wheels: BTreeSet<String> = plan
            .wheels
            .iter()
            .map(|wheel| format!("wheels/{}", wheel.file))
            .collect();
        let is_program = |name: &str| name.ends_with(".py") && !name.contains('/');
        let is_own = |name: &&str| is_program(name) || *name == MANIFEST || wheels.contains(*name);
        Self {
            archive,
            plan,
            path,
            unused: names.filter(|name| !is_own(name)).collect(),
            wheels: Wheels::default(),
            collector: Collector::default(),
            files: Vec::new(),
            findings: Vec::new(),
            buffer: MemberBuffer::default(),
        }
    }

    /// What a link or a file would be, except for RECORDs, which come after what they list.
    fn place(&mut self, entry: &Planned) -> Result<(), ArtifactError> {
        let path = absolute(entry.path());
        match entry {
            Planned::Record { .. } => {}
            Planned::Link { link, owner, .. } => {
                let (target, owner) = (link.clone(), owner.clone());
                let kind = ItemKind::Symlink { target: target.clone() };
                self.collector.items.insert(path.clone(), Item { kind, mode: 0o777 });
                self.files.push(ManifestEntry::Link { path, target, owner });
            }
            Planned::File {
                mode,
                size,
                sha256,
                owner,
                wheel,
                member,
                ..
            } => {
                let item = match wheel {
                    Some(number) => self.wheels.item(*number, member, &path),
                    None => self.own_member(member, &path)?,
                };
                self.collector.items.extend(item.map(|item| (path.clone(), item)));
                self.files.push(ManifestEntry::File {
                    path,
                    mode: mode.clone(),
                    size: *size,
                    sha256: *sha256,
                    owner: owner.clone(),
                });
            }
        }
        Ok(())
    }

    /// A member of the archive itself.
    fn own_member(&mut self, member: &str, path: &str) -> Result<Option<Item>, ArtifactError> {
        let Some(number) = self.archive.find(member) else {
            return Ok(None);
        };
        self.unused.remove(member);
        let mut passing = Passing::new(is_text(path));
        let copied = self.archive.copy(number, &mut self.buffer, &mut passing);
        copied.map_err(refused(self.path))?;
        let mode = if self.archive.members()[number].executable {
            0o755
        } else {
            0o644
        };
        let kind = self.collector.passed(path, passing);
        Ok(Some(Item { kind, mode }))
    }

    /// The RECORD that the program would write for a wheel.
    fn record(&mut self, entry: &Planned) {
        let Planned::Record {
            path,
            mode,
            owner,
            record,
        } = entry
        else {
            return;
        };
        let listed = self.plan.entries.iter().filter_map(|entry| match entry {
            Planned::File { path, recorded, .. } if recorded == &Some(*record) => Some(path),
            _ => None,
        });
        let rows = listed.filter_map(|path| match &self.collector.items.get(&absolute(path))?.kind {
            ItemKind::File { size, sha256, .. } => Some((self.plan.in_record(path), sha256, *size)),
            _ => None,
        });
        let text = record_text(rows, &self.plan.in_record(path));
        let (path, sha256) = (absolute(path), Sha256::of(text.as_bytes()));
        let mut passing = Passing::new(true);
        drop(io::copy(&mut text.as_bytes(), &mut passing));
        let kind = self.collector.passed(&path, passing);
        self.collector.items.insert(path.clone(), Item { kind, mode: 0o644 });
        self.files.push(ManifestEntry::File {
            path,
            mode: mode.clone(),
            size: text.len() as u64,
            sha256,
            owner: owner.clone(),
        });
    }

    /// Members that nothing needs.
    fn unused(&mut self) {
        let by = || BY.to_owned();
        let extra = self.unused.iter().map(|name| Finding {
            path: (*name).to_owned(),
            problem: Problem::Extra { by: by() },
        });
        self.findings.extend(extra);
    }

    /// The digest of the file, whose last bytes have to be that of all before them.
    fn digest(&mut self, file: &Section) -> io::Result<Sha256> {
        let mut passed = Hashing::new(io::sink());
        let end = file.size().saturating_sub(DIGEST as u64);
        copy(file, 0..end, &mut passed)?;
        let found = passed.so_far();
        let mut text = vec![0; DIGEST.min(usize::try_from(file.size()).unwrap_or(DIGEST))];
        file.read_exact_at(&mut text, end)?;
        io::Write::write_all(&mut passed, &text)?;
        if said_digest(&text) != Some(found) {
            self.findings.push(Finding {
                path: self.path.display().to_string(),
                problem: Problem::Digest {
                    found,
                    by: "its end".to_owned(),
                    said: String::from_utf8_lossy(&text).into_owned(),
                },
            });
        }
        Ok(passed.finish().2)
    }
}

fn copy(file: &Section, range: std::ops::Range<u64>, out: &mut impl io::Write) -> io::Result<()> {
    let mut input = rawzip::RangeReader::new(file, range);
    io::copy(&mut input, out).map(drop)
}

/// The path of what lies in the release's folder.
fn absolute(path: &str) -> String {
    format!("{PLACE}/{path}")
}
