//! From a release to the files of an upload.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::control;
use super::names::Names;
use super::parts::{Parts, Sources};
use super::sums::Sums;
use super::tarball::Tarball;
use super::{changes, dsc};
use crate::Timestamp;
use crate::artifact::deb::{Package, Packaging};
use crate::artifact::{Stopped, WriteError};
use crate::changelog::{self, Changelog, Entry};
use crate::deb822;
use crate::digest::Sha256;
use crate::release::{ContentError, Release, ReleaseTree};
use crate::sys::files;
use crate::sys::gpg::Gpg;

/// What a source package needs besides the release.
#[derive(Clone, Copy, Debug)]
pub struct SourceOptions<'a> {
    /// What the project says about its package.
    pub packaging: Packaging<'a>,
    /// What names the key that signs, in the keyring of whoever runs this; unsigned when there is none.
    pub key: Option<&'a str>,
}

/// A source package that has been written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WrittenSource {
    /// The `.changes` file: what `dput` takes.
    pub path: PathBuf,
    /// Whether it is signed.
    pub signed: bool,
    /// Everything that it names: the `.dsc` and the tarballs.
    pub files: Vec<WrittenFile>,
}

/// A file of a source package.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WrittenFile {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Sha256,
}

/// Writes a source package into the folder `dir`: tarballs, `NAME_VERSION.dsc` and `NAME_VERSION_source.changes`, the same
/// bytes for the same input; a signature holds its time.
///
/// Every tarball is read back and compared with what went in. Files appear under their names when all of them are
/// complete, the `.changes` file last. An `orig` tarball that is there already and holds the same stays as it is.
///
/// ```
/// use pydeploy::Timestamp;
/// use pydeploy::artifact::deb::Packaging;
/// use pydeploy::artifact::source::{self, SourceOptions};
/// use pydeploy::config::Project;
/// use pydeploy::release::Release;
///
/// let dir = tempfile::tempdir()?;
/// let project = "[project]\nname = \"site\"\n[tool.pydeploy]\ntargets = [\"debian12\"]\ninclude = [\"app.py\"]\n\
///                service.command = [\"python\", \"app.py\"]\n";
/// std::fs::write(dir.path().join("pyproject.toml"), project)?;
/// std::fs::write(dir.path().join("app.py"), "print('hello')\n")?;
/// let project = Project::load(dir.path())?;
/// let release = Release::plan(&project, "1.0".parse()?, project.targets[0].clone(), Vec::new())?;
/// let at = Timestamp::from_compact("20161009151015").ok_or("no date")?;
/// let maintainer = "Ada Example <ada@example.org>";
/// let changelog = b"site (1.0) bookworm; urgency=medium\n\n  * First.\n\n \
///                   -- Ada Example <ada@example.org>  Sun, 09 Oct 2016 15:10:15 +0000\n";
/// let options = SourceOptions {
///     packaging: Packaging::new(at, maintainer, changelog),
///     key: None,
/// };
/// let written = source::write(&release, &options, &dir.path().join("out"))?;
/// assert!(written.path.ends_with("out/site_1.0_source.changes"));
/// assert!(std::fs::read_to_string(&written.path)?.contains("\nDistribution: bookworm\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the release cannot be laid out, the changelog's first entry is not of its version, a wheel or a file changes while
/// it is read, there is an `orig` tarball with another content, gpg refuses to sign, or the disk is full. Nothing is left
/// under the final names then.
pub fn write(release: &Release, options: &SourceOptions<'_>, dir: &Path) -> Result<WrittenSource, WriteError> {
    write_into(release, options, dir).map_err(|stopped| stopped.at("write a source package into", dir))
}

fn write_into(release: &Release, options: &SourceOptions<'_>, dir: &Path) -> Result<WrittenSource, Stopped> {
    let packaging = &options.packaging;
    let changelog = Changelog::parse(packaging.changelog);
    let entry = first_entry(&changelog, release, packaging.changelog)?;
    let wheels = wheels(release)?;
    let names = Names::of(release, &wheels);
    let package = Package::plan(release, packaging)?;
    let fields = deb822::parse_one(package.control_text().as_bytes())?;
    let source = control::source(release, packaging.maintainer, &fields)?;
    let binary = control::binary(&fields)?;
    let sources = Sources {
        release,
        package: &package,
        names: &names,
        wheels: &wheels,
        changelog: packaging.changelog,
        fields: &fields,
        source: &source,
        binary: &binary,
    };
    let upload = Upload {
        tarballs: tarballs(&names, &sources.parts()?, packaging.at, dir)?,
        dir,
        names: &names,
        key: options.key,
    };
    let version = release.version.as_str();
    let dsc = dsc::paragraph(&names, version, &source, &binary, &upload.sums())?;
    let dsc = upload.signed(&dsc.to_string())?;
    let mut files = vec![(names.dsc(), Sums::of(&dsc))];
    files.extend(upload.sums());
    let changes = changes::paragraph(&entry, version, &source, &files)?;
    let changes = upload.signed(&changes.to_string())?;
    upload.commit(&dsc, &changes, &files)
}

/// The changelog's first entry, which is of the release.
fn first_entry<'a>(changelog: &Changelog<'a>, release: &Release, bytes: &[u8]) -> Result<Entry<'a>, WriteError> {
    let head = changelog::head(bytes)?;
    let name = release.project.name.as_str();
    if head.package != name || !head.version.is_same_text(&release.version) {
        return Err(WriteError::OtherEntry {
            found: format!("{} {}", head.package, head.version),
            expected: format!("{name} {}", release.version),
        });
    }
    let entry = changelog.entries().first().copied();
    entry
        .filter(|entry| entry.date_text().is_some())
        .ok_or(WriteError::NoTrailer)
}

fn wheels(release: &Release) -> Result<Vec<(String, Sha256)>, ContentError> {
    let wheels = release.wheels().iter();
    wheels
        .map(|wheel| Ok((wheel.filename().to_string(), wheel.sha256()?)))
        .collect()
}

/// One tarball for a native package; else one for each part, of which only the last is of this revision.
fn tarballs(names: &Names, parts: &Parts, at: Timestamp, dir: &Path) -> Result<Vec<Tarball>, Stopped> {
    files::create_dir_all(dir)?;
    if names.is_native() {
        let tree = parts.whole(names)?;
        return Ok(vec![Tarball::write(names.native(), &tree, at, dir)?]);
    }
    let original = |name: String, tree: &ReleaseTree| match Tarball::find(&name, tree, dir)? {
        Some(there) => Ok(there),
        // Nothing in it may depend on the day of a build.
        None => Tarball::write(name, tree, Timestamp::YEAR_2000, dir),
    };
    let mut tarballs = vec![original(names.application(), &parts.application(names)?)?];
    if !parts.wheels.is_empty() {
        tarballs.push(original(names.component(), &parts.wheels(names)?)?);
    }
    tarballs.push(Tarball::write(names.debian(), &parts.debian()?, at, dir)?);
    Ok(tarballs)
}

/// Files that have no name yet.
struct Upload<'a> {
    tarballs: Vec<Tarball>,
    dir: &'a Path,
    names: &'a Names,
    key: Option<&'a str>,
}

impl Upload<'_> {
    fn sums(&self) -> Vec<(String, Sums)> {
        let tarballs = self.tarballs.iter();
        tarballs
            .map(|tarball| (tarball.name.clone(), tarball.sums.clone()))
            .collect()
    }

    /// The text, with a signature around it if there is a key.
    fn signed(&self, text: &str) -> Result<Vec<u8>, WriteError> {
        let Some(key) = self.key else {
            return Ok(text.as_bytes().to_owned());
        };
        let gpg = Gpg::of_user();
        let signed = gpg.clearsign(key, text)?;
        match gpg.verified_text(&signed)? == text.as_bytes() {
            true => Ok(signed),
            false => Err(WriteError::Signature),
        }
    }

    fn commit(self, dsc: &[u8], changes: &[u8], files: &[(String, Sums)]) -> Result<WrittenSource, Stopped> {
        let paths = [self.names.dsc(), self.names.changes()].map(|name| self.dir.join(name));
        let texts = [stage(dsc, self.dir)?, stage(changes, self.dir)?];
        let [_, path] = paths.clone();
        // An older upload of the version names other bytes than those that are coming.
        files::remove_if_exists(&path)?;
        for tarball in self.tarballs {
            tarball.commit(self.dir)?;
        }
        for (staged, path) in texts.into_iter().zip(&paths) {
            files::commit_file(staged, path, 0o644)?;
        }
        let written = files.iter().map(|(name, sums)| WrittenFile {
            path: self.dir.join(name),
            size: sums.size,
            sha256: sums.sha256,
        });
        Ok(WrittenSource {
            path,
            signed: self.key.is_some(),
            files: written.collect(),
        })
    }
}

fn stage(text: &[u8], dir: &Path) -> Result<NamedTempFile, Stopped> {
    let mut staged = files::stage_file(dir)?;
    staged.write_all(text)?;
    Ok(staged)
}
