//! What a package holds: its tree and its control files. Pure data; `write` makes a file of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use super::write::WriteDebError;
use super::{bytecode, control, scripts, units};
use crate::deb822::InvalidField;
use crate::release::{Entry, Kind, Layout, Release, ReleaseTree, generated};

/// A package that has not been written yet.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) tree: ReleaseTree,
    pub(super) conffiles: BTreeSet<String>,
    /// Name, content and mode of each control file but `md5sums`.
    pub(super) control: BTreeMap<&'static str, (String, u32)>,
}

/// What `DebOptions` says about the package's documentation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Documents<'a> {
    pub(super) maintainer: &'a str,
    pub(super) changelog: &'a [u8],
    pub(super) copyright: Option<&'a str>,
}

impl Package {
    pub(super) fn plan(release: &Release, documents: &Documents<'_>) -> Result<Self, WriteDebError> {
        let layout = Layout::package(&release.project.name, &release.target);
        let mut tree = release.tree(&layout)?;
        add_units(&mut tree, release, &layout)?;
        add_documents(&mut tree, release, documents)?;
        let conffiles: BTreeSet<_> = release.etc_files().map(|path| format!("/etc/{path}")).collect();
        let control = control_files(release, documents.maintainer, &tree, &conffiles)?;
        Ok(Self {
            tree,
            conffiles,
            control,
        })
    }
}

fn add_units(tree: &mut ReleaseTree, release: &Release, layout: &Layout) -> Result<(), WriteDebError> {
    let name = &release.project.name;
    let folder = units::folder(&release.target);
    insert(
        tree,
        &format!("{folder}/{name}.socket"),
        generated(units::socket(release), false),
    )?;
    insert(
        tree,
        &format!("{folder}/{name}.service"),
        generated(units::service(release, layout), false),
    )?;
    insert(
        tree,
        &format!("usr/bin/{name}-run"),
        generated(units::run_script(release, layout), true),
    )
}

fn add_documents(tree: &mut ReleaseTree, release: &Release, documents: &Documents<'_>) -> Result<(), WriteDebError> {
    let name = &release.project.name;
    // Only versions with a revision have an upstream changelog beside Debian's (Debian Policy 12.7).
    let changelog = if release.version.revision().is_some() {
        "changelog.Debian.gz"
    } else {
        "changelog.gz"
    };
    let copyright = documents
        .copyright
        .map_or_else(|| control::copyright(release), ToOwned::to_owned);
    insert(
        tree,
        &format!("usr/share/doc/{name}/{changelog}"),
        generated(gzip(documents.changelog)?, false),
    )?;
    insert(
        tree,
        &format!("usr/share/doc/{name}/copyright"),
        generated(copyright, false),
    )?;
    let overrides = control::lintian_overrides(release) + &bytecode::lintian_overrides(release);
    insert(
        tree,
        &format!("usr/share/lintian/overrides/{name}"),
        generated(overrides, false),
    )
}

fn insert(tree: &mut ReleaseTree, path: &str, entry: Entry) -> Result<(), WriteDebError> {
    let path = path.parse().map_err(crate::release::ReleaseError::from)?;
    tree.insert(path, entry).map_err(crate::release::ReleaseError::from)?;
    Ok(())
}

fn control_files(
    release: &Release,
    maintainer: &str,
    tree: &ReleaseTree,
    conffiles: &BTreeSet<String>,
) -> Result<BTreeMap<&'static str, (String, u32)>, InvalidField> {
    let mut files = BTreeMap::from([
        (
            "control",
            (control::paragraph(release, maintainer, installed_size(tree))?, 0o644),
        ),
        ("triggers", (scripts::triggers(release), 0o644)),
        ("postinst", (scripts::postinst(release), 0o755)),
        ("prerm", (scripts::prerm(release), 0o755)),
        ("postrm", (scripts::postrm(release), 0o755)),
    ]);
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
fn gzip(bytes: &[u8]) -> Result<Vec<u8>, WriteDebError> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
