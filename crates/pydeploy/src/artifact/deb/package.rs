//! What a package holds: its tree and its control files. Pure data; `write` makes a file of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};

use super::packaging::Packaging;
use super::units::{self, Unit};
use super::{OwnScripts, bytecode, control, copyright, init_script, scripts};
use crate::artifact::{Stopped, WriteError};
use crate::deb822::InvalidField;
use crate::release::{Entry, Kind, Layout, Release, ReleaseTree, generated};

/// A package that has not been written yet.
#[derive(Debug)]
pub(in crate::artifact) struct Package {
    pub(in crate::artifact) tree: ReleaseTree,
    pub(in crate::artifact) conffiles: BTreeSet<String>,
    /// Name, content and mode of each control file but `md5sums`.
    pub(in crate::artifact) control: BTreeMap<&'static str, (String, u32)>,
}

impl Package {
    /// The control file.
    pub(in crate::artifact) fn control_text(&self) -> &str {
        self.control.get("control").map_or("", |(text, _)| text)
    }

    pub(in crate::artifact) fn plan(release: &Release, packaging: &Packaging<'_>) -> Result<Self, Stopped> {
        let layout = Layout::package(&release.project.name, &release.target);
        let mut tree = release.tree(&layout)?;
        let units = units::units(release, &layout);
        add_units(&mut tree, release, &layout, &units)?;
        let copyright = match packaging.copyright {
            Some(own) => own.to_owned(),
            None => copyright::text(release, &tree, &layout)?,
        };
        add_documents(&mut tree, release, packaging, copyright)?;
        let scripts = add_init_scripts(&mut tree, release, &layout)?;
        let etc = release.etc_files().map(|path| format!("/etc/{path}"));
        let conffiles = etc.chain(scripts).collect();
        let facts = control::Facts::of(release, &tree, &layout)?;
        let control = control_files(release, packaging, &tree, &facts, &conffiles, &units)?;
        Ok(Self {
            tree,
            conffiles,
            control,
        })
    }
}

fn add_units(tree: &mut ReleaseTree, release: &Release, layout: &Layout, units: &[Unit]) -> Result<(), WriteError> {
    let folder = units::folder(&release.target);
    for unit in units {
        let path = format!("{folder}/{}", unit.name);
        insert(tree, &path, generated(unit.text.clone(), false))?;
    }
    insert(
        tree,
        &format!("usr/bin/{}-run", release.project.name),
        generated(units::run_script(release, layout), true),
    )
}

/// Returns their paths: an administrator may change them.
fn add_init_scripts(tree: &mut ReleaseTree, release: &Release, layout: &Layout) -> Result<Vec<String>, WriteError> {
    let mut paths = Vec::new();
    for service in init_script::services(release) {
        let path = format!("/etc/init.d/{}", service.unit(&release.project.name));
        insert(
            tree,
            &path[1..],
            generated(init_script::text(release, service, layout), true),
        )?;
        paths.push(path);
    }
    Ok(paths)
}

fn add_documents(
    tree: &mut ReleaseTree,
    release: &Release,
    packaging: &Packaging<'_>,
    copyright: String,
) -> Result<(), Stopped> {
    let name = &release.project.name;
    // Only versions with a revision have an upstream changelog beside Debian's (Debian Policy 12.7).
    let changelog = if release.version.revision().is_some() {
        "changelog.Debian.gz"
    } else {
        "changelog.gz"
    };
    insert(
        tree,
        &format!("usr/share/doc/{name}/{changelog}"),
        generated(gzip(packaging.changelog)?, false),
    )?;
    insert(
        tree,
        &format!("usr/share/doc/{name}/copyright"),
        generated(copyright, false),
    )?;
    let overrides = control::lintian_overrides(release)
        + &bytecode::lintian_overrides(release)
        + &scripts::lintian_overrides(release);
    insert(
        tree,
        &format!("usr/share/lintian/overrides/{name}"),
        generated(overrides, false),
    )?;
    Ok(())
}

fn insert(tree: &mut ReleaseTree, path: &str, entry: Entry) -> Result<(), WriteError> {
    Ok(tree.insert(path.parse()?, entry)?)
}

fn control_files(
    release: &Release,
    packaging: &Packaging<'_>,
    tree: &ReleaseTree,
    facts: &control::Facts,
    conffiles: &BTreeSet<String>,
    units: &[Unit],
) -> Result<BTreeMap<&'static str, (String, u32)>, InvalidField> {
    let mut files = BTreeMap::from([
        (
            "control",
            (
                control::paragraph(release, facts, packaging.maintainer, installed_size(tree))?,
                0o644,
            ),
        ),
        ("triggers", (scripts::triggers(release), 0o644)),
    ]);
    let none = OwnScripts::default();
    let scripts = scripts::scripts(release, units, packaging.scripts.unwrap_or(&none)).into_iter();
    files.extend(scripts.map(|(name, text)| (name, (text, 0o755))));
    if !conffiles.is_empty() {
        let lines = conffiles.iter().map(|path| format!("{path}\n")).collect();
        files.insert("conffiles", (lines, 0o644));
    }
    Ok(files)
}

/// Kibibytes as dpkg-gencontrol counts them: files and links rounded up one by one, one for each folder, the root too.
fn installed_size(tree: &ReleaseTree) -> u64 {
    let one = |entry: &Entry| match &entry.kind {
        Kind::Directory => 1,
        Kind::Symlink { target } => (target.len() as u64).div_ceil(1024),
        Kind::File { size, .. } => size.div_ceil(1024),
    };
    1 + tree.iter().map(|(_, entry)| one(entry)).sum::<u64>()
}

/// Without name and time, so that the same text gives the same bytes.
fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}
