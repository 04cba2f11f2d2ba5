//! Debian source packages: what they hold is the package that a builder makes of them.
//!
//! The plan says where every file of that package lies, so nothing has to be built: every file is read where the builder
//! would take it from.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::collect::Collector;
use super::{Contents, Format, Item, ItemKind, MANIFEST, manifest};
use crate::artifact::deb::{self, Compression, DebFile, DebFileKind, Place};
use crate::artifact::error::ArtifactError;
use crate::artifact::source::plan::{self, Head, Origin, Planned};
use crate::deb822::{self, Paragraph};
use crate::digest::{Hashing, Sha256};
use crate::python::Wheel;
use crate::release::TreePath;
use crate::sys::files::{self, At as _};
use crate::sys::gpg;

/// The most that a tarball may hold.
const LARGEST: u64 = 16 << 30;

/// Reads a `.dsc` file, the tarballs beside it that it names, and every file that the plan takes from them.
pub(super) fn read(path: &Path) -> Result<Contents, ArtifactError> {
    let bytes = files::read(path)?;
    let source = Source { path };
    let dsc = source.paragraph(&bytes)?;
    let unpacked = Unpacked {
        source,
        dir: tempfile::tempdir().at("create a folder for", path)?,
    };
    let mut size = bytes.len() as u64;
    for listed in source.listed(&dsc)? {
        unpacked.add(&listed)?;
        size += listed.size;
    }
    let (head, entries) = plan::read(&unpacked.text("debian/pydeploy/plan.jsonl")?).map_err(|e| source.wrong(e))?;
    let mut package = Package {
        wheels: unpacked.wheels(&head)?,
        unpacked,
        control: BTreeMap::new(),
        data: Collector::default(),
    };
    for entry in &entries {
        package.take(entry)?;
    }
    package.contents(dsc, &head, size, Sha256::of(&bytes))
}

/// A `.dsc` file.
#[derive(Clone, Copy)]
struct Source<'a> {
    path: &'a Path,
}

/// A tarball as the `.dsc` file names it.
struct Listed {
    name: String,
    size: u64,
    sha256: Sha256,
}

impl Source<'_> {
    fn wrong(self, reason: impl Into<String>) -> ArtifactError {
        ArtifactError::Source {
            path: self.path.to_owned(),
            reason: reason.into(),
        }
    }

    /// The fields, signed or not: whose signature it is decides a keyring, which is not asked here.
    fn paragraph(self, bytes: &[u8]) -> Result<Paragraph, ArtifactError> {
        let signed = bytes
            .starts_with(b"-----BEGIN")
            .then(|| gpg::signed_text(bytes))
            .flatten();
        let text = signed.as_ref().map_or(bytes, |text| text.as_bytes());
        deb822::parse_one(text).map_err(|error| self.wrong(error.to_string()))
    }

    fn listed(self, dsc: &Paragraph) -> Result<Vec<Listed>, ArtifactError> {
        let lines = dsc.get("Checksums-Sha256").unwrap_or_default().lines();
        let lines = lines.filter(|line| !line.is_empty());
        let listed = lines.map(|line| Listed::parse(line).ok_or_else(|| self.wrong(format!("it lists `{line}`"))));
        listed.collect()
    }
}

impl Listed {
    /// `DIGEST SIZE NAME`
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (sha256, size, name) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?);
        let listed = Self {
            name: name.to_owned(),
            size,
            sha256,
        };
        // A file beside this one, and a folder in the source package.
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let inside = listed.folder().bytes().all(plain) && !name.contains('/');
        (inside && words.next().is_none()).then_some(listed)
    }

    fn compression(&self) -> Option<Compression> {
        let known = [(".tar.gz", Compression::Gzip), (".tar.xz", Compression::Xz)];
        let found = known.into_iter().find(|(end, _)| self.name.ends_with(end));
        found.map(|(_, compression)| compression)
    }

    /// What becomes of the outermost folder of the tarball: the source package itself, or a folder in it.
    fn folder(&self) -> String {
        let stem = self.name.rsplit_once(".tar.").map_or("", |(stem, _)| stem);
        let component = stem.rsplit_once(".orig-").map(|(_, component)| component);
        match component {
            Some(component) => component.to_owned(),
            None if stem.ends_with(".debian") => "debian".to_owned(),
            None => String::new(),
        }
    }
}

/// The files of the source package in a folder that goes away with this.
struct Unpacked<'a> {
    source: Source<'a>,
    dir: TempDir,
}

impl Unpacked<'_> {
    /// Unpacks the regular files of a tarball, and compares it with its digest.
    fn add(&self, listed: &Listed) -> Result<(), ArtifactError> {
        let path = self.source.path.with_file_name(&listed.name);
        let compression = listed.compression();
        let compression = compression.ok_or_else(|| self.source.wrong(format!("it lists `{}`", listed.name)))?;
        let place = Place {
            path: &path,
            archive: "the archive",
        };
        let folder = self.dir.path().join(listed.folder());
        let mut input = Hashing::new(File::open(&path).at("open", &path)?);
        compression.read(place, &mut input, |content| {
            deb::walk(place, content, LARGEST, |file, content| {
                unpack(&folder, file, content).map_err(|error| place.damaged(error))
            })
        })?;
        let (_, size, sha256) = input.finish();
        match (size, sha256) == (listed.size, listed.sha256) {
            true => Ok(()),
            false => Err(ArtifactError::Sums {
                path,
                by: self.source.path.to_owned(),
            }),
        }
    }

    /// Where a file lies that the plan names.
    fn place(&self, name: &str) -> Result<PathBuf, ArtifactError> {
        let name: TreePath = name.parse().map_err(|error| self.source.wrong(format!("{error}")))?;
        Ok(self.dir.path().join(name.as_str()))
    }

    fn open(&self, name: &str) -> Result<File, ArtifactError> {
        let file = File::open(self.place(name)?);
        file.map_err(|error| self.source.wrong(format!("{name} in it cannot be read: {error}")))
    }

    fn text(&self, name: &str) -> Result<String, ArtifactError> {
        let mut text = String::new();
        let read = self.open(name)?.read_to_string(&mut text);
        read.map_err(|error| self.source.wrong(format!("{name} in it cannot be read: {error}")))?;
        Ok(text)
    }

    fn wheels(&self, head: &Head) -> Result<Vec<Members>, ArtifactError> {
        let wheels = head.wheels.iter().map(|planned| {
            let wheel = Wheel::open(&self.place(&planned.file)?)?;
            wheel.verify(planned.sha256)?;
            Ok(Members::of(wheel))
        });
        wheels.collect()
    }
}

/// Leaves out the outermost folder, whatever its name is.
fn unpack(folder: &Path, file: &DebFile, content: &mut dyn Read) -> io::Result<()> {
    let Some((_, below)) = file.path.as_str().split_once('/') else {
        return Ok(());
    };
    if file.kind != DebFileKind::File {
        return Ok(());
    }
    let place = folder.join(below);
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent)?;
    }
    io::copy(content, &mut File::create_new(place)?).map(drop)
}

/// A wheel, and the number of each member.
struct Members {
    wheel: Wheel,
    numbers: BTreeMap<String, usize>,
}

impl Members {
    fn of(wheel: Wheel) -> Self {
        let numbers = wheel.members().enumerate();
        let numbers = numbers.map(|(number, name)| (name.to_owned(), number)).collect();
        Self { wheel, numbers }
    }
}

/// The package as it comes together.
struct Package<'a> {
    unpacked: Unpacked<'a>,
    wheels: Vec<Members>,
    control: BTreeMap<String, Vec<u8>>,
    data: Collector,
}

impl Package<'_> {
    fn take(&mut self, entry: &Planned) -> Result<(), ArtifactError> {
        match entry {
            Planned::Folder { path } => self.item(path, 0o755, ItemKind::Directory),
            Planned::Link { path, link } => self.item(path, 0o777, ItemKind::Symlink { target: link.clone() }),
            Planned::File {
                path,
                mode,
                size,
                sha256,
                origin,
            } => {
                let mut content = self.content(path, origin)?;
                if let Some(name) = path.strip_prefix("DEBIAN/") {
                    let mut bytes = Vec::new();
                    content
                        .read_to_end(&mut bytes)
                        .map_err(|error| self.unreadable(path, &error))?;
                    self.control.insert(name.to_owned(), bytes);
                    return Ok(());
                }
                let kind = self.data.file(path, &mut content);
                let kind = kind.map_err(|error| self.unreadable(path, &error))?;
                let planned = matches!(&kind, ItemKind::File { size: found, sha256: digest, .. } if (found, digest) == (size, sha256));
                if !planned {
                    return Err(self.unpacked.source.wrong(format!("{path} is not what its plan says")));
                }
                let mode = u32::from_str_radix(mode, 8).unwrap_or_default();
                self.item(path, mode, kind)
            }
        }
    }

    fn unreadable(&self, path: &str, error: &io::Error) -> ArtifactError {
        self.unpacked.source.wrong(format!("{path} cannot be read: {error}"))
    }

    fn content(&self, path: &str, origin: &Origin) -> Result<Box<dyn Read>, ArtifactError> {
        match origin {
            Origin::Source { source } => Ok(Box::new(self.unpacked.open(source)?)),
            Origin::Wheel { wheel, member } => {
                let members = self.wheels.get(*wheel);
                let found = members.and_then(|members| Some((&members.wheel, *members.numbers.get(member)?)));
                let none = || {
                    self.unpacked
                        .source
                        .wrong(format!("its plan takes {path} from nowhere"))
                };
                let (wheel, number) = found.ok_or_else(none)?;
                Ok(Box::new(Cursor::new(wheel.read(number)?)))
            }
        }
    }

    fn item(&mut self, path: &str, mode: u32, kind: ItemKind) -> Result<(), ArtifactError> {
        let valid = path.parse::<TreePath>().is_ok();
        if !valid || self.data.items.contains_key(path) {
            return Err(self
                .unpacked
                .source
                .wrong(format!("its plan names the path `{}`", path.escape_debug())));
        }
        if path != "DEBIAN" {
            self.data.items.insert(path.to_owned(), Item { kind, mode });
        }
        Ok(())
    }

    fn contents(self, dsc: Paragraph, head: &Head, size: u64, sha256: Sha256) -> Result<Contents, ArtifactError> {
        let path = self.unpacked.source.path;
        let control = self.fields(dsc)?;
        let absolute = |path: String| format!("/{path}");
        let Collector { items, texts } = self.data;
        let texts: BTreeMap<_, _> = texts.into_iter().map(|(path, text)| (absolute(path), text)).collect();
        let member = format!("/opt/{}/{MANIFEST}", head.package);
        let manifest = texts.get(&member).map(|bytes| manifest(path, &member, bytes));
        Ok(Contents {
            format: Format::Source,
            findings: Vec::new(),
            path: path.to_owned(),
            size,
            sha256: Some(sha256),
            control: Some(control),
            control_files: self.control,
            items: items.into_iter().map(|(path, item)| (absolute(path), item)).collect(),
            manifest: manifest.transpose()?,
            texts,
        })
    }

    /// What the `.dsc` file says, and what the package that is built will say.
    fn fields(&self, mut dsc: Paragraph) -> Result<Paragraph, ArtifactError> {
        let source = self.unpacked.source;
        let control = self.unpacked.text("debian/control")?;
        let wrong = |error: &dyn std::fmt::Display| source.wrong(format!("debian/control in it: {error}"));
        let paragraphs = deb822::parse(control.as_bytes()).map_err(|error| wrong(&error))?;
        for list in ["Package-List", "Checksums-Sha1", "Checksums-Sha256", "Files"] {
            dsc.remove(list);
        }
        for (name, value) in paragraphs.iter().skip(1).flat_map(Paragraph::fields) {
            if dsc.get(name).is_none() {
                dsc.push(name, value).map_err(|error| wrong(&error))?;
            }
        }
        Ok(dsc)
    }
}
