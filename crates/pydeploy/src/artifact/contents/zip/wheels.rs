//! The wheels in an archive, member by member.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use super::super::collect::{Collector, Passing};
use super::super::{Item, ItemKind, SBOM};
use super::{BY, refused};
use crate::artifact::error::ArtifactError;
use crate::artifact::planned::PlannedWheel;
use crate::artifact::verify::{Finding, Problem};
use crate::artifact::zip::{Plan, Planned};
use crate::digest::Hashing;
use crate::python::{Archive, DistributionName, MemberBuffer, RecordRow, WheelFilename, WheelProblem, record_rows};
use crate::release::is_shared_library;
use crate::sys::files;

/// What each member of each wheel holds, in the order of the plan.
#[derive(Default)]
pub(super) struct Wheels(Vec<Members>);

type Members = BTreeMap<String, Member>;

struct Member {
    kind: ItemKind,
    executable: bool,
}

/// What is wrong with one wheel.
struct Found<'a> {
    wheel: String,
    findings: &'a mut Vec<Finding>,
}

impl Found<'_> {
    fn add(&mut self, problem: Problem) {
        let path = self.wheel.clone();
        self.findings.push(Finding { path, problem });
    }

    fn add_member(&mut self, member: &str, problem: Problem) {
        let path = format!("{}/{member}", self.wheel);
        self.findings.push(Finding { path, problem });
    }
}

impl Wheels {
    /// Reads every wheel of the plan, and compares it with its digest there and with its own RECORD.
    pub(super) fn read(
        archive: &Archive,
        plan: &Plan,
        path: &Path,
        findings: &mut Vec<Finding>,
    ) -> Result<Self, ArtifactError> {
        let waived = waived(archive, plan);
        let read = |(number, wheel): (usize, &PlannedWheel)| {
            let name = format!("wheels/{}", wheel.file);
            let mut found = Found {
                wheel: name.clone(),
                findings,
            };
            let Some(inner) = open(archive, wheel, path, &mut found)? else {
                return Ok(Members::new());
            };
            let refused = refused(&path.join(&name));
            let members = members(&inner).map_err(&refused)?;
            if !waived.iter().any(|name| is_of(wheel, name)) {
                check_record(&inner, &members, &mut found).map_err(&refused)?;
            }
            check_used(&members, number, plan, &mut found);
            Ok(members)
        };
        plan.wheels
            .iter()
            .enumerate()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// What an entry at `path` that takes this member would be, when there is such a member.
    pub(super) fn item(&self, wheel: usize, member: &str, path: &str) -> Option<Item> {
        let found = self.0.get(wheel)?.get(member)?;
        let executable = (found.executable || is_script(member)) && !is_shared_library(path);
        Some(Item {
            kind: found.kind.clone(),
            mode: files::mode(executable),
        })
    }
}

/// The wheel as an archive, when it is there and lies as the program reads it.
fn open(
    archive: &Archive,
    wheel: &PlannedWheel,
    path: &Path,
    found: &mut Found<'_>,
) -> Result<Option<Archive>, ArtifactError> {
    let Some(at) = archive.find(&found.wheel) else {
        found.add(Problem::Missing { by: BY.to_owned() });
        return Ok(None);
    };
    compare(archive, at, wheel, found).map_err(refused(path))?;
    let Some(section) = archive.stored(at) else {
        let reason = "it is compressed; the program reads wheels where they lie".to_owned();
        found.add(Problem::Unusable { reason });
        return Ok(None);
    };
    let inside = path.join(&found.wheel);
    let inner = Archive::in_section(&inside, section, 0);
    Ok(Some(inner.map_err(refused(&inside))?))
}

/// Whether the bytes of the wheel as a whole are those of the plan.
fn compare(archive: &Archive, at: usize, wheel: &PlannedWheel, found: &mut Found<'_>) -> Result<(), WheelProblem> {
    let mut digest = Hashing::new(io::sink());
    archive.copy(at, &mut MemberBuffer::default(), &mut digest)?;
    let (_, size, sha256) = digest.finish();
    if let Some(problem) = Problem::content(BY, (wheel.sha256, wheel.size), (sha256, size)) {
        found.add(problem);
    }
    Ok(())
}

fn members(archive: &Archive) -> Result<Members, WheelProblem> {
    let mut buffer = MemberBuffer::default();
    let files = archive
        .members()
        .iter()
        .enumerate()
        .filter(|(_, member)| !member.is_dir());
    let read = |(number, member): (usize, &crate::python::Member)| {
        let mut passing = Passing::new(false);
        archive.copy(number, &mut buffer, &mut passing)?;
        let kind = Collector::default().passed(&member.name, passing);
        let executable = member.executable;
        Ok((member.name.clone(), Member { kind, executable }))
    };
    files.map(read).collect()
}

/// Compares the members with the rows of the wheel's RECORD.
fn check_record(archive: &Archive, members: &Members, found: &mut Found<'_>) -> Result<(), WheelProblem> {
    let Some(at) = archive.members().iter().position(is_record) else {
        let reason = "it has no RECORD".to_owned();
        found.add(Problem::Unusable { reason });
        return Ok(());
    };
    match record_rows(&archive.read(at)?) {
        Ok(rows) => compare_rows(&rows, members, found),
        Err(reason) => found.add_member(&archive.members()[at].name, Problem::Unusable { reason }),
    }
    Ok(())
}

/// A wheel can hold a copy of a library with its RECORD, further down.
fn is_record(member: &crate::python::Member) -> bool {
    let folder = member.name.strip_suffix(".dist-info/RECORD");
    folder.is_some_and(|folder| !folder.contains('/'))
}

fn compare_rows(rows: &[RecordRow], members: &Members, found: &mut Found<'_>) {
    const BY: &str = "its RECORD";
    let listed: BTreeSet<&str> = rows.iter().map(|row| row.path.as_str()).collect();
    let is_extra = |name: &&String| !listed.contains(name.as_str()) && !is_made_anew(name);
    for name in members.keys().filter(is_extra) {
        found.add_member(name, Problem::Extra { by: BY.to_owned() });
    }
    for row in rows {
        let problem = match members.get(&row.path).map(|member| &member.kind) {
            Some(ItemKind::File { size, sha256, .. }) => {
                let expected = (row.sha256.unwrap_or(*sha256), row.size.unwrap_or(*size));
                Problem::content(BY, expected, (*sha256, *size))
            }
            _ if row.path.ends_with('/') || is_signature(&row.path) => None,
            _ => Some(Problem::Missing { by: BY.to_owned() }),
        };
        if let Some(problem) = problem {
            found.add_member(&row.path, problem);
        }
    }
}

/// The distributions whose wheels the project uses although they contradict their RECORD: the release's list of components
/// says so.
fn waived(archive: &Archive, plan: &Plan) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Document {
        components: Vec<Component>,
    }
    #[derive(serde::Deserialize)]
    struct Component {
        name: String,
        #[serde(default)]
        properties: Vec<Property>,
    }
    #[derive(serde::Deserialize)]
    struct Property {
        name: String,
    }
    let member = plan.entries.iter().find_map(|entry| match entry {
        Planned::File {
            path,
            wheel: None,
            member,
            ..
        } if path == SBOM => Some(member),
        _ => None,
    });
    let bytes = member.and_then(|member| archive.read(archive.find(member)?).ok());
    let document = bytes.and_then(|bytes| serde_json::from_slice::<Document>(&bytes).ok());
    let components = document.into_iter().flat_map(|document| document.components);
    let is_waived = |component: &Component| {
        component
            .properties
            .iter()
            .any(|found| found.name == "pydeploy:waived:record")
    };
    components.filter(is_waived).map(|component| component.name).collect()
}

fn is_of(wheel: &PlannedWheel, distribution: &str) -> bool {
    let (file, name) = (
        wheel.file.parse::<WheelFilename>(),
        distribution.parse::<DistributionName>(),
    );
    file.is_ok_and(|file| name.is_ok_and(|name| file.name() == &name))
}

/// Looks for members that nothing installs. What another wheel brings to the same place may be left out.
fn check_used(members: &Members, wheel: usize, plan: &Plan, found: &mut Found<'_>) {
    let source = |entry: &'_ Planned| match entry {
        Planned::File {
            wheel: Some(number),
            member,
            ..
        } if *number == wheel => Some(member.clone()),
        _ => None,
    };
    let mut used: BTreeSet<String> = plan.entries.iter().filter_map(source).collect();
    used.extend(plan.entries.iter().map(|entry| plan.in_record(entry.path())));
    for name in members
        .keys()
        .filter(|name| !used.contains(*name) && !is_made_anew(name))
    {
        found.add_member(name, Problem::Extra { by: BY.to_owned() });
    }
}

/// What an installation writes itself, and scripts, whose first line it may change.
fn is_made_anew(name: &str) -> bool {
    let in_dist_info = name.split_once(".dist-info/").map(|(_, file)| file);
    matches!(in_dist_info, Some("RECORD" | "INSTALLER")) || is_signature(name) || is_script(name)
}

fn is_signature(name: &str) -> bool {
    name.ends_with(".dist-info/RECORD.jws") || name.ends_with(".dist-info/RECORD.p7s")
}

fn is_script(name: &str) -> bool {
    name.split_once(".data/")
        .is_some_and(|(_, rest)| rest.starts_with("scripts/"))
}
