use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::str::FromStr;

use super::ar::{ArReader, Member};
use super::decompress::Compression;
use super::listing::{self, Place};
use super::{Architecture, DebError, DebFile, DebFileKind};
use crate::config::PackageName;
use crate::deb822::{self, Paragraph};
use crate::digest::{Hashing, Sha256};
use crate::sys::files::At as _;
use crate::version::DebianVersion;

/// The largest control file and the largest control archive that are read.
const MAX_CONTROL_FILE: u64 = 1 << 20;
const MAX_CONTROL_ARCHIVE: u64 = 16 << 20;

/// A Debian binary package ([deb(5)]) that has been read from its first byte to its last.
///
/// [`open`](Self::open) decompresses both archives to their end and keeps no content. What it accepts, every `dpkg`
/// since Debian 12 unpacks, and nothing that it installs lies outside of the root folder.
///
/// Accepted: `debian-binary` 2.0, then `control.tar`, then `data.tar`, each plain or compressed once with gzip, xz or
/// zstd; members whose names begin with `_` anywhere after the first, which `dpkg` ignores.
///
/// [deb(5)]: https://manpages.debian.org/bookworm/dpkg-dev/deb.5.en.html
#[derive(Clone, Debug)]
pub struct Deb {
    package: PackageName,
    version: DebianVersion,
    architecture: Architecture,
    control: Paragraph,
    size: u64,
    sha256: Sha256,
    files: Vec<DebFile>,
}

impl Deb {
    /// Reads and checks a package.
    ///
    /// # Errors
    ///
    /// When the file cannot be read; when it is cut, has a bit flipped that a checksum covers, or goes on after its
    /// end; when a member's name is absolute, holds `..` or stands there twice, or a member is a device, lies below a
    /// symbolic link or is a hard link to nothing; when the control file is not one paragraph with a `Package`, a
    /// `Version` and an `Architecture` of the strict syntax.
    ///
    /// ```
    /// # mod site { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/site.rs")); }
    /// # let dir = tempfile::tempdir()?;
    /// # let release = site::release(dir.path(), "1.0")?;
    /// use pydeploy::Timestamp;
    /// use pydeploy::artifact::deb::{self, Deb, DebFileKind, DebOptions, Packaging};
    ///
    /// let options = DebOptions {
    ///     packaging: Packaging::new(Timestamp::EPOCH, "Ada Example <ada@example.org>", b""),
    ///     pieces: None,
    /// };
    /// let deb = Deb::open(&deb::write(&release, &options, dir.path())?.path)?;
    /// assert_eq!((deb.package().as_str(), deb.control().get("Section")), ("site", Some("web")));
    /// let file = deb.files().iter().find(|file| file.path.as_str() == "opt/site/app/app.py");
    /// let file = file.ok_or("not there")?;
    /// assert_eq!((&file.kind, file.mode), (&DebFileKind::File, 0o644));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(path: &Path) -> Result<Self, DebError> {
        Self::read(File::open(path).at("open", path)?, path)
    }

    /// Like [`open`](Self::open) for what is open already; `path` is its name in messages.
    pub(crate) fn read(input: impl Read, path: &Path) -> Result<Self, DebError> {
        Self::read_all(input, path, &mut Nothing, &mut io::sink())
    }

    /// Like [`read`](Self::read), with someone who looks at the content of every file as it passes.
    pub(crate) fn visit(input: impl Read, path: &Path, visitor: &mut dyn Visit) -> Result<Self, DebError> {
        Self::read_all(input, path, visitor, &mut io::sink())
    }

    /// Like [`read`](Self::read), and hands the whole tar stream of the data archive to `data`.
    pub(super) fn read_to(input: impl Read, path: &Path, data: &mut dyn Write) -> Result<Self, DebError> {
        Self::read_all(input, path, &mut Nothing, data)
    }

    /// Reads the container and the control archive, and hands the data archive to `data` as it is, compressed; returns
    /// size and digest of the file.
    pub(super) fn read_packed(input: impl Read, path: &Path, data: &mut dyn Write) -> Result<(u64, Sha256), DebError> {
        let input = Hashing::new(BufReader::with_capacity(1 << 16, input));
        let mut walk = Walk::new(input, path)?;
        walk.format()?;
        let control = walk.control(&mut Nothing)?;
        Control::new(path, &control)?;
        walk.packed("data.tar", data)?;
        walk.finish()
    }

    fn read_all(
        input: impl Read,
        path: &Path,
        visitor: &mut dyn Visit,
        data: &mut dyn Write,
    ) -> Result<Self, DebError> {
        let input = Hashing::new(BufReader::with_capacity(1 << 16, input));
        let mut walk = Walk::new(input, path)?;
        walk.format()?;
        let control = walk.control(visitor)?;
        let files = walk.data(visitor, data)?;
        let (size, sha256) = walk.finish()?;
        let control = Control::new(path, &control)?;
        Ok(Self {
            package: control.field("Package")?,
            version: control.field("Version")?,
            architecture: control.field("Architecture")?,
            control: control.paragraph,
            size,
            sha256,
            files,
        })
    }

    /// The package's name.
    #[must_use]
    pub fn package(&self) -> &PackageName {
        &self.package
    }

    /// The package's version.
    #[must_use]
    pub fn version(&self) -> &DebianVersion {
        &self.version
    }

    /// What it runs on.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The control file.
    #[must_use]
    pub fn control(&self) -> &Paragraph {
        &self.control
    }

    /// Size of the `.deb` in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Digest of the `.deb`.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// What it installs, in the order of the archive, without the root folder.
    #[must_use]
    pub fn files(&self) -> &[DebFile] {
        &self.files
    }
}

/// Looks at what is in a package while it is read, in the order of the archives.
pub(crate) trait Visit {
    /// A file beside the control fields.
    fn control(&mut self, file: &DebFile, content: &mut dyn Read) -> io::Result<()>;
    /// What is installed.
    fn data(&mut self, file: &DebFile, content: &mut dyn Read) -> io::Result<()>;
}

/// Looks at nothing.
struct Nothing;

impl Visit for Nothing {
    fn control(&mut self, _: &DebFile, _: &mut dyn Read) -> io::Result<()> {
        Ok(())
    }

    fn data(&mut self, _: &DebFile, _: &mut dyn Read) -> io::Result<()> {
        Ok(())
    }
}

/// The container, member by member.
struct Walk<'a, R> {
    path: &'a Path,
    ar: ArReader<Hashing<R>>,
}

impl<'a, R: Read> Walk<'a, R> {
    fn new(input: Hashing<R>, path: &'a Path) -> Result<Self, DebError> {
        let ar = ArReader::new(input).map_err(|source| container(path, source))?;
        Ok(Self { path, ar })
    }

    fn next(&mut self) -> Result<Option<Member>, DebError> {
        let next = self.ar.next_member();
        next.map_err(|source| container(self.path, source))
    }

    /// The next member that `dpkg` looks at.
    fn next_known(&mut self) -> Result<Option<Member>, DebError> {
        loop {
            match self.next()? {
                Some(member) if member.name.starts_with('_') => {}
                other => return Ok(other),
            }
        }
    }

    fn format(&mut self) -> Result<(), DebError> {
        if self.next()?.is_none_or(|first| first.name != "debian-binary") {
            return Err(self.layout("does not begin with `debian-binary`"));
        }
        let mut format = Vec::new();
        let read = (&mut self.ar).take(64).read_to_end(&mut format);
        read.map_err(|error| self.place("debian-binary").damaged(error))?;
        match format.as_slice() {
            b"2.0\n" => Ok(()),
            other => Err(self.layout(&format!("has format `{}`, not 2.0", other.escape_ascii()))),
        }
    }

    fn control(&mut self, visitor: &mut dyn Visit) -> Result<Vec<u8>, DebError> {
        let mut control = None;
        self.archive(
            "control.tar",
            MAX_CONTROL_ARCHIVE,
            &mut io::sink(),
            |file, content, place| {
                if file.path.as_str() == "control" {
                    control = Some(control_file(file, content, place)?);
                    return Ok(());
                }
                visitor
                    .control(file, content)
                    .map_err(|error| place.content(file, error))
            },
        )?;
        control.ok_or_else(|| self.layout("has no control file"))
    }

    fn data(&mut self, visitor: &mut dyn Visit, copy: &mut dyn Write) -> Result<Vec<DebFile>, DebError> {
        self.archive("data.tar", u64::MAX, copy, |file, content, place| {
            visitor.data(file, content).map_err(|error| place.content(file, error))
        })
    }

    fn archive(
        &mut self,
        name: &'static str,
        limit: u64,
        copy: &mut dyn Write,
        mut visit: impl FnMut(&DebFile, &mut dyn Read, Place<'_>) -> Result<(), DebError>,
    ) -> Result<Vec<DebFile>, DebError> {
        let found = self.next_known()?.map(|member| member.name);
        let found = found.ok_or_else(|| self.layout(&format!("has no {name}")))?;
        let suffix = found.strip_prefix(name);
        let suffix = suffix.ok_or_else(|| self.layout(&format!("has `{found}` where {name} must be")))?;
        let compression = Compression::from_suffix(suffix)
            .ok_or_else(|| self.layout(&format!("has {found}: only gzip, xz and zstd are read everywhere")))?;
        let place = Place {
            path: self.path,
            archive: &found,
        };
        compression.read(place, &mut self.ar, |content| {
            let mut content = Copying { content, copy };
            listing::walk(place, &mut content, limit, |file, content| visit(file, content, place))
        })
    }

    /// Copies a member as it is.
    fn packed(&mut self, name: &str, copy: &mut dyn Write) -> Result<(), DebError> {
        let found = self.next_known()?.map(|member| member.name);
        let found = found.filter(|found| found.starts_with(name));
        let found = found.ok_or_else(|| self.layout(&format!("has no {name}")))?;
        let copied = io::copy(&mut self.ar, copy).map_err(|error| self.place(&found).damaged(error));
        copied.map(drop)
    }

    fn finish(mut self) -> Result<(u64, Sha256), DebError> {
        if let Some(member) = self.next_known()? {
            return Err(self.layout(&format!("has `{}` after data.tar", member.name)));
        }
        let (_, size, sha256) = self.ar.into_inner().finish();
        Ok((size, sha256))
    }

    fn place(&self, archive: &'a str) -> Place<'a> {
        Place {
            path: self.path,
            archive,
        }
    }

    fn layout(&self, problem: &str) -> DebError {
        DebError::Layout {
            path: self.path.to_owned(),
            problem: problem.to_owned(),
        }
    }
}

/// Writes what is read to a second place.
struct Copying<'a> {
    content: &'a mut dyn Read,
    copy: &'a mut dyn Write,
}

impl Read for Copying<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.copy.write_all(&buffer[..count])?;
        Ok(count)
    }
}

fn container(path: &Path, source: super::ArError) -> DebError {
    let path = path.to_owned();
    DebError::Container { path, source }
}

fn control_file(file: &DebFile, content: &mut dyn Read, place: Place<'_>) -> Result<Vec<u8>, DebError> {
    if file.kind != DebFileKind::File || file.size > MAX_CONTROL_FILE {
        return Err(place.member(b"control", "it is no regular file of at most 1 MiB"));
    }
    let mut bytes = Vec::new();
    let read: io::Result<_> = content.read_to_end(&mut bytes);
    read.map_err(|error| place.damaged(error))?;
    Ok(bytes)
}

/// The control file, with the name of the package file for messages.
struct Control<'a> {
    path: &'a Path,
    paragraph: Paragraph,
}

impl<'a> Control<'a> {
    fn new(path: &'a Path, bytes: &[u8]) -> Result<Self, DebError> {
        let paragraph = deb822::parse_one(bytes).map_err(|error| DebError::Control {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self { path, paragraph })
    }

    fn field<T: FromStr<Err: std::fmt::Display>>(&self, field: &'static str) -> Result<T, DebError> {
        let bad = |reason: String| DebError::Field {
            path: self.path.to_owned(),
            field,
            reason,
        };
        let value = self.paragraph.get(field);
        let value = value.ok_or_else(|| bad("there is no such field".to_owned()))?;
        value.parse().map_err(|error| bad(format!("{error}")))
    }
}
