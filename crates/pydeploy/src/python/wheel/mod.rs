//! Wheels ([binary distribution format]): opened without trust, read with every byte checked, installed on paper.
//!
//! [binary distribution format]: https://packaging.python.org/en/latest/specifications/binary-distribution-format/

mod archive;
#[cfg(feature = "artifact")]
mod compiled;
mod contradiction;
mod entry_points;
mod error;
mod install;
#[cfg(feature = "artifact")]
mod installed;
mod launcher;
mod member;
mod metadata;
mod on_disk;
mod record;
mod section;
mod stream;
mod window;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub use contradiction::Contradiction;
pub use error::{EntryPointProblem, MemberProblem, RecordProblem, WheelError, WheelProblem};
pub use install::{Installed, InstalledContent, Scheme};
#[cfg(feature = "artifact")]
pub(crate) use installed::{RecordRow, is_installed_record, record_text, rows as record_rows};
pub use metadata::Metadata;
pub(crate) use metadata::python_satisfies;

use super::WheelFilename;
use crate::Timestamp;
use crate::digest::{Hashing, Sha256};
pub(crate) use archive::Archive;
pub(crate) use archive::MemberBuffer;
#[cfg(feature = "artifact")]
pub(crate) use compiled::CompiledMembers;
#[cfg(feature = "artifact")]
pub(crate) use member::Member;
use metadata::DistInfo;
use record::Record;
#[cfg(feature = "artifact")]
pub(crate) use section::Section;

/// A wheel file whose names, metadata and RECORD have been checked; the bytes of a member are when they are read.
///
/// Only the directory of the archive is held in memory, and the file is not held open. Members are read by position, from
/// any number of threads, and only while the file is the one that was opened.
///
/// # What is refused
///
/// A member whose name leaves the folder, is absolute, holds `\`, a drive letter or a control character, has a component
/// over 246 bytes or is over 1024 bytes; links and devices; two members of one name, or of names that differ in case only; a file where another member
/// needs a folder; encryption and compression other than deflate; members that overlap, and bytes before, between or
/// after them; members over 2 GiB, and more than 64 MiB that unpack to more than 100 times the size of the file.
///
/// No `WHEEL` of major version 1, no `METADATA`, another name or version in it than in the file name; no `RECORD`, or
/// one that does not list exactly the members, each with its sha256.
#[derive(Debug)]
pub struct Wheel {
    filename: WheelFilename,
    archive: Archive,
    dist_info: DistInfo,
    record: Record,
    contradictions: Vec<Contradiction>,
    sha256: OnceLock<Sha256>,
}

impl Wheel {
    /// Reads the directory, the metadata and the RECORD of the wheel at `path`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is one of those that are refused.
    pub fn open(path: &Path) -> Result<Self, WheelError> {
        let check = || {
            let sound = Sound::open(path)?;
            let record = Record::read(&sound.archive, &sound.dist_info)?;
            for member in [sound.dist_info.metadata_member, sound.dist_info.wheel_member] {
                record.check(&sound.archive, member, &sound.archive.read(member)?)?;
            }
            Ok(sound.with(record, Vec::new()))
        };
        check().map_err(|problem: WheelProblem| problem.of(path))
    }

    /// The same for a wheel whose RECORD is known to contradict its members: what the members are counts, all of them
    /// are read, and [`Wheel::contradictions`] says what the RECORD has otherwise. It is to be opened so only when
    /// somebody has accepted that, and the file is known by its digest.
    ///
    /// # Errors
    ///
    /// When it cannot be read, has no RECORD, or is one of those that are refused for something else.
    pub fn open_despite_record(path: &Path) -> Result<Self, WheelError> {
        let check = || {
            let sound = Sound::open(path)?;
            let (record, contradictions) = contradiction::read(&sound.archive, &sound.dist_info)?;
            Ok(sound.with(record, contradictions))
        };
        check().map_err(|problem: WheelProblem| problem.of(path))
    }

    /// What its RECORD says otherwise than its members: nothing, unless it was opened despite that.
    #[must_use]
    pub fn contradictions(&self) -> &[Contradiction] {
        &self.contradictions
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.archive.path()
    }

    /// The name of the file, taken apart.
    #[must_use]
    pub fn filename(&self) -> &WheelFilename {
        &self.filename
    }

    /// What the wheel says about itself.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.dist_info.metadata
    }

    /// The digest of the file: the one that was given, or that of the bytes on disk.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn sha256(&self) -> Result<Sha256, WheelError> {
        if let Some(known) = self.sha256.get() {
            return Ok(*known);
        }
        let bytes = std::fs::read(self.path()).map_err(|error| WheelProblem::Unreadable(error).of(self.path()))?;
        Ok(*self.sha256.get_or_init(|| Sha256::of(&bytes)))
    }

    /// The same wheel, whose digest is known: it was checked when the file was fetched.
    #[must_use]
    pub fn with_sha256(self, sha256: Sha256) -> Self {
        Self {
            sha256: OnceLock::from(sha256),
            ..self
        }
    }

    /// The lists of components that the wheel brings ([PEP 770]): the name of each, and its bytes.
    ///
    /// [PEP 770]: https://peps.python.org/pep-0770/
    ///
    /// # Errors
    ///
    /// When one cannot be read, or contradicts the wheel's RECORD.
    pub fn sboms(&self) -> Result<Vec<(String, Vec<u8>)>, WheelError> {
        let folder = format!("{}/sboms/", self.dist_info.folder);
        let members = self.members().enumerate();
        let inside = members.filter(|(_, name)| name.starts_with(&folder) && !name.ends_with('/'));
        inside
            .map(|(number, name)| Ok((name[folder.len()..].to_owned(), self.read(number)?)))
            .collect()
    }

    /// What the compiled files among the members need, by the member's number, however they are called. Each is read
    /// and checked as a whole; one that is too large for memory in a file in `scratch`, when that is given.
    #[cfg(feature = "artifact")]
    pub(crate) fn compiled(&self, scratch: Option<&Path>) -> Result<CompiledMembers, WheelError> {
        compiled::compiled(self, scratch)
    }

    /// The texts of the licences ([PEP 639], and how it was before): the name of each member, and its bytes.
    ///
    /// [PEP 639]: https://peps.python.org/pep-0639/
    ///
    /// # Errors
    ///
    /// When one cannot be read, or contradicts the wheel's RECORD.
    pub fn licences(&self) -> Result<Vec<(String, Vec<u8>)>, WheelError> {
        let folder = format!("{}/", self.dist_info.folder);
        let is_licence = |name: &str| name.strip_prefix(&folder).is_some_and(metadata::is_licence);
        let members = self.members().enumerate().filter(|(_, name)| is_licence(name));
        members
            .map(|(number, name)| Ok((name.to_owned(), self.read(number)?)))
            .collect()
    }

    /// The names of the members, in the order of the archive's directory; those of folders end in `/`.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        self.archive.members().iter().map(|member| member.name.as_str())
    }

    /// The day of the newest member, at midnight; `None` when no member has a date.
    #[must_use]
    pub fn newest_day(&self) -> Option<Timestamp> {
        self.archive.members().iter().filter_map(|member| member.day).max()
    }

    /// The bytes of the member with this number, checked against the archive's checksum and the RECORD.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or contradicts one of them.
    ///
    /// # Panics
    ///
    /// When there is no member with this number.
    pub fn read(&self, member: usize) -> Result<Vec<u8>, WheelError> {
        self.read_checked(member)
            .map_err(|problem| problem.of(self.archive.path()))
    }

    /// The same into a buffer that is used again and again.
    pub(crate) fn read_with<'b>(&self, member: usize, buffer: &'b mut MemberBuffer) -> Result<&'b [u8], WheelError> {
        let read = |buffer: &'b mut MemberBuffer| {
            let bytes = self.archive.read_with(member, buffer)?;
            self.record.check(&self.archive, member, bytes)?;
            Ok(bytes)
        };
        read(buffer).map_err(|problem: WheelProblem| problem.of(self.archive.path()))
    }

    /// Hands the bytes of a member to `out`, a large one piece by piece. They are known to be right when it returns.
    pub(crate) fn copy<E: From<WheelError>>(
        &self,
        member: usize,
        buffer: &mut MemberBuffer,
        mut out: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let of = |problem: WheelProblem| E::from(problem.of(self.archive.path()));
        let Some(mut stream) = self.archive.stream(member).map_err(of)? else {
            return out(self.read_with(member, buffer)?);
        };
        let mut digest = Hashing::new(io::sink());
        while let Some(piece) = stream.next().map_err(of)? {
            digest
                .write_all(piece)
                .map_err(|error| of(WheelProblem::Unreadable(error)))?;
            out(piece)?;
        }
        let (_, _, actual) = digest.finish();
        self.record.check_digest(&self.archive, member, actual).map_err(of)
    }

    fn read_checked(&self, member: usize) -> Result<Vec<u8>, WheelProblem> {
        let bytes = self.archive.read(member)?;
        self.record.check(&self.archive, member, &bytes)?;
        Ok(bytes)
    }

    /// The digest of what the members are to be: number, name, size, mode and digest of each. Two wheels that have it in
    /// common install the same files, however they are packed.
    pub(crate) fn content_id(&self) -> Sha256 {
        let mut text = String::new();
        for (number, member) in self.archive.members().iter().enumerate() {
            let sha256 = self.record.sha256(number).map(|digest| digest.to_string());
            let (size, executable) = (member.size, member.executable);
            text += &format!("{}\0{size} {executable} {}\n", member.name, sha256.unwrap_or_default());
        }
        Sha256::of(text.as_bytes())
    }

    /// Checks that the file as a whole has this digest, the one in a lock for example.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or has another.
    pub fn verify(&self, expected: Sha256) -> Result<(), WheelError> {
        let check = || match self.archive.sha256().map_err(WheelProblem::Unreadable)? {
            actual if actual == expected => Ok(()),
            actual => Err(WheelProblem::Digest { expected, actual }),
        };
        check().map_err(|problem| problem.of(self.archive.path()))
    }

    /// What installing the wheel puts where, in the order of the paths. Nothing is written.
    ///
    /// Members are planned with the digest in the wheel's RECORD; [`Wheel::read`] checks it when their bytes are needed.
    ///
    /// # Errors
    ///
    /// When the wheel names an unknown scheme, a launcher that leaves `bin` or is called like an interpreter, an entry
    /// point that is no dotted name, or two files for one path; or a script cannot be read.
    pub fn install(&self, scheme: &Scheme) -> Result<Vec<Installed>, WheelError> {
        self.install_without(scheme, &BTreeSet::new())
    }

    /// The same, with some paths left to others: neither installed nor in the RECORD.
    pub(crate) fn install_without(
        &self,
        scheme: &Scheme,
        left_out: &BTreeSet<String>,
    ) -> Result<Vec<Installed>, WheelError> {
        install::plan(self, scheme, left_out).map_err(|problem| problem.of(self.archive.path()))
    }
}

/// A wheel in which everything is right but perhaps its RECORD.
struct Sound {
    filename: WheelFilename,
    archive: Archive,
    dist_info: DistInfo,
}

impl Sound {
    fn open(path: &Path) -> Result<Self, WheelProblem> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let filename: WheelFilename = name.parse()?;
        let archive = Archive::open(path)?;
        let dist_info = DistInfo::read(&archive, &filename)?;
        Ok(Self {
            filename,
            archive,
            dist_info,
        })
    }

    fn with(self, record: Record, contradictions: Vec<Contradiction>) -> Wheel {
        Wheel {
            filename: self.filename,
            archive: self.archive,
            dist_info: self.dist_info,
            record,
            contradictions,
            sha256: OnceLock::new(),
        }
    }
}

impl WheelProblem {
    /// Names the file that has the problem.
    fn of(self, file: &Path) -> WheelError {
        WheelError {
            file: PathBuf::from(file),
            problem: Box::new(self),
        }
    }
}
