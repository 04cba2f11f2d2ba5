//! The zip archive that a wheel is, read by position.

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ReaderAt as _, ZipArchive, ZipFileHeaderRecord, ZipLocator};

use super::error::{MemberProblem, WheelProblem};
use super::member::{Member, check_together, checked_name, refused};
use super::section::Section;
use super::stream::Stream;
use super::window::Window;
use crate::Timestamp;
use crate::digest::{Hashing, Sha256};

/// The largest member that is accepted.
const LARGEST_MEMBER: u64 = 2 << 30;
/// What deflate can make of one byte, a little rounded up.
const LARGEST_RATIO: u64 = 1040;
/// How much an archive may unpack to whatever its size, and how many times its size above that.
const UNSUSPICIOUS: u64 = 64 << 20;
const LARGEST_TOTAL_RATIO: u64 = 100;
/// Up to here a member is unpacked at once, which is faster.
pub(super) const LARGEST_IN_MEMORY: u64 = 4 << 20;
/// The longest record that may follow a member's bytes.
const DATA_DESCRIPTOR: u64 = 24;

/// An archive whose directory has been read and found sound.
#[derive(Debug)]
pub(crate) struct Archive {
    path: PathBuf,
    file: Section,
    members: Vec<Member>,
}

type Zip = ZipArchive<Window>;

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, WheelProblem> {
        let file = File::open(path).and_then(Section::whole);
        Self::in_section(path, file.map_err(WheelProblem::Unreadable)?, 0)
    }

    /// The archive that begins `start` bytes into `file`; `path` is its name in messages.
    pub(crate) fn in_section(path: &Path, file: Section, start: u64) -> Result<Self, WheelProblem> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let size = file.size();
        let zip = ZipLocator::new()
            .locate_in_reader(Window::new(file), &mut buffer, size)
            .map_err(|(_, error)| not_a_zip(&error))?;
        check_end(&zip, size)?;
        let members = read_directory(&zip, &mut buffer, start)?;
        check_together(&members)?;
        check_total(&members, size)?;
        Ok(Self {
            path: path.to_owned(),
            file: zip.into_inner().into_inner(),
            members,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    #[cfg(feature = "artifact")]
    pub(super) fn file(&self) -> &Section {
        &self.file
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The number of the member with this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|member| member.name == name)
    }

    /// A member that is not compressed, as a file of its own.
    #[cfg(feature = "artifact")]
    pub(crate) fn stored(&self, number: usize) -> Option<Section> {
        let member = &self.members[number];
        (!member.deflated).then(|| self.file.part(member.offset, member.size))
    }

    /// Hands the bytes of a member to `out`, a large one piece by piece; checked when it returns.
    #[cfg(feature = "artifact")]
    pub(crate) fn copy(
        &self,
        number: usize,
        buffer: &mut MemberBuffer,
        out: &mut dyn io::Write,
    ) -> Result<(), WheelProblem> {
        let Some(mut stream) = self.stream(number) else {
            let bytes = self.read_with(number, buffer)?;
            return out.write_all(bytes).map_err(WheelProblem::Unreadable);
        };
        while let Some(piece) = stream.next()? {
            out.write_all(piece).map_err(WheelProblem::Unreadable)?;
        }
        Ok(())
    }

    /// The bytes of a member, with the checksum and the size that the directory names.
    pub(crate) fn read(&self, number: usize) -> Result<Vec<u8>, WheelProblem> {
        let mut buffer = MemberBuffer::default();
        self.read_with(number, &mut buffer)?;
        Ok(buffer.bytes)
    }

    /// The same into a buffer that many members share one after the other.
    pub(super) fn read_with<'b>(&self, number: usize, buffer: &'b mut MemberBuffer) -> Result<&'b [u8], WheelProblem> {
        let member = &self.members[number];
        let damaged = |reason| WheelProblem::Damaged {
            member: member.name.clone(),
            reason,
        };
        buffer.fill(&self.file, member).map_err(WheelProblem::Unreadable)?;
        if member.deflated && !buffer.inflate(member.size) {
            return Err(damaged("it does not inflate to its size"));
        }
        match libdeflater::crc32(&buffer.bytes) == member.crc {
            true => Ok(&buffer.bytes),
            false => Err(damaged("its checksum is wrong")),
        }
    }

    /// A member that is too large to be held in memory, piece by piece; `None` for any other.
    pub(super) fn stream(&self, number: usize) -> Option<Stream<'_>> {
        let member = &self.members[number];
        (member.size > LARGEST_IN_MEMORY).then(|| Stream::new(&self.file, member))
    }

    /// The digest of the whole file.
    pub(super) fn sha256(&self) -> io::Result<Sha256> {
        let mut digest = Hashing::new(io::sink());
        let mut buffer = vec![0; 256 << 10];
        loop {
            let count = self.file.read_at(&mut buffer, digest.size())?;
            match buffer.get(..count) {
                None | Some([]) => return Ok(digest.finish().2),
                Some(bytes) => digest.write_all(bytes)?,
            }
        }
    }
}

/// Room for one member at a time: its packed bytes, and what they unpack to.
#[derive(Default)]
pub(crate) struct MemberBuffer {
    packed: Vec<u8>,
    bytes: Vec<u8>,
    decompressor: Option<libdeflater::Decompressor>,
}

impl MemberBuffer {
    /// Reads what lies in the file: into `bytes` when that is the content.
    fn fill(&mut self, file: &Section, member: &Member) -> io::Result<()> {
        let into = if member.deflated {
            &mut self.packed
        } else {
            &mut self.bytes
        };
        into.resize(length(member.packed)?, 0);
        file.read_exact_at(into, member.offset)
    }

    /// Whether the packed bytes are whole and unpack to exactly `size` bytes.
    fn inflate(&mut self, size: u64) -> bool {
        let Ok(size) = length(size) else { return false };
        self.bytes.resize(size, 0);
        let decompressor = self.decompressor.get_or_insert_with(libdeflater::Decompressor::new);
        decompressor.deflate_decompress(&self.packed, &mut self.bytes) == Ok(size)
    }
}

impl fmt::Debug for MemberBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemberBuffer of {} bytes", self.bytes.capacity())
    }
}

fn length(size: u64) -> io::Result<usize> {
    usize::try_from(size).map_err(|_| io::ErrorKind::OutOfMemory.into())
}

fn not_a_zip(error: &impl std::fmt::Display) -> WheelProblem {
    let reason = match error.to_string().to_lowercase() {
        // What the system calls an end that comes too early.
        cut if cut.contains("failed to fill whole buffer") => "it is cut off".to_owned(),
        other => other,
    };
    WheelProblem::NotAZip { reason }
}

fn stray(place: impl Into<String>) -> WheelProblem {
    WheelProblem::StrayBytes { place: place.into() }
}

fn check_end(zip: &Zip, size: u64) -> Result<(), WheelProblem> {
    match zip.end_offset() == size {
        true => Ok(()),
        false => Err(stray("after the end of the archive")),
    }
}

fn read_directory(zip: &Zip, buffer: &mut [u8], start: u64) -> Result<Vec<Member>, WheelProblem> {
    let mut members = Vec::new();
    let mut extents = Vec::new();
    let mut header_buffer = vec![0; RECOMMENDED_BUFFER_SIZE * 2];
    let mut entries = zip.entries(buffer);
    while let Some(record) = entries.next_entry().map_err(|error| not_a_zip(&error))? {
        let member = read_member(zip, &record, &mut header_buffer)?;
        extents.push((
            record.local_header_offset(),
            member.offset + member.packed,
            members.len(),
        ));
        members.push(member);
    }
    if members.len() as u64 != zip.entries_hint() {
        return Err(not_a_zip(&"its directory has another length than it says"));
    }
    check_extents(extents, start, zip.directory_offset(), &members)?;
    Ok(members)
}

fn read_member(zip: &Zip, record: &ZipFileHeaderRecord<'_>, buffer: &mut [u8]) -> Result<Member, WheelProblem> {
    let name = checked_name(record.file_path().as_bytes())?;
    let mut member = Member {
        offset: 0,
        packed: record.compressed_size_hint(),
        size: record.uncompressed_size_hint(),
        crc: record.crc32(),
        deflated: record.compression_method() == CompressionMethod::DEFLATE,
        executable: is_executable(record.external_attributes()),
        day: day(record),
        name,
    };
    if let Some(problem) = record_problem(record, &member) {
        return Err(member.refused(problem));
    }
    let entry = zip.get_entry(record.wayfinder()).map_err(|error| not_a_zip(&error))?;
    member.offset = entry.compressed_data_range().0;
    let header = entry.local_header(buffer).map_err(|error| not_a_zip(&error))?;
    let same = header.file_path().as_bytes() == record.file_path().as_bytes()
        && header.compression_method() == record.compression_method()
        && header.flags().is_encrypted() == record.flags().is_encrypted();
    match same {
        true => Ok(member),
        false => Err(member.refused(MemberProblem::Headers)),
    }
}

/// The time of the day is left out: the archive does not say of which time zone it is.
fn day(record: &ZipFileHeaderRecord<'_>) -> Option<Timestamp> {
    let date = record.last_modified();
    Timestamp::from_civil(date.year().into(), date.month(), date.day(), 0, 0, 0)
}

fn record_problem(record: &ZipFileHeaderRecord<'_>, member: &Member) -> Option<MemberProblem> {
    let flags = record.flags();
    if flags.is_encrypted() || flags.has_strong_encryption() || flags.is_masked() {
        return Some(MemberProblem::Encrypted);
    }
    kind_problem(record.external_attributes() >> 16, member.is_dir())
        .or_else(|| method_problem(record.compression_method(), member))
        .or_else(|| size_problem(member))
}

/// The upper half of the attributes is a Unix mode, or 0 when the archive was made elsewhere.
fn kind_problem(mode: u32, is_dir: bool) -> Option<MemberProblem> {
    match mode & 0o170_000 {
        0o120_000 => Some(MemberProblem::Symlink),
        0 => None,
        0o100_000 if !is_dir => None,
        0o040_000 if is_dir => None,
        _ => Some(MemberProblem::Special),
    }
}

fn is_executable(attributes: u32) -> bool {
    let mode = attributes >> 16;
    mode & 0o170_000 == 0o100_000 && mode & 0o111 != 0
}

fn method_problem(method: CompressionMethod, member: &Member) -> Option<MemberProblem> {
    match method {
        CompressionMethod::STORE if member.packed != member.size => Some(MemberProblem::Size(member.size)),
        CompressionMethod::STORE | CompressionMethod::DEFLATE => None,
        other => Some(MemberProblem::Compression(other.as_u16())),
    }
}

fn size_problem(member: &Member) -> Option<MemberProblem> {
    if member.is_dir() && member.size > 0 {
        return Some(MemberProblem::FolderWithContent);
    }
    let possible = member.packed.saturating_mul(LARGEST_RATIO);
    (member.size > LARGEST_MEMBER.min(possible)).then_some(MemberProblem::Size(member.size))
}

/// Members have to lie one after the other from the archive's first byte to its directory.
fn check_extents(
    mut extents: Vec<(u64, u64, usize)>,
    first: u64,
    directory: u64,
    members: &[Member],
) -> Result<(), WheelProblem> {
    extents.sort_unstable();
    let mut end = first;
    for &(start, stop, number) in &extents {
        let name = &members[number].name;
        if start < end || stop > directory {
            return Err(refused(name, MemberProblem::Overlap));
        }
        if start - end > if end == first { 0 } else { DATA_DESCRIPTOR } {
            return Err(stray(format!("before member `{name}`")));
        }
        end = stop;
    }
    match directory.checked_sub(end) {
        Some(0..=DATA_DESCRIPTOR) => Ok(()),
        _ => Err(stray("before the archive's directory")),
    }
}

fn check_total(members: &[Member], size: u64) -> Result<(), WheelProblem> {
    let unpacked = members
        .iter()
        .fold(0, |sum: u64, member| sum.saturating_add(member.size));
    match members.iter().max_by_key(|member| member.size) {
        Some(largest) if unpacked > UNSUSPICIOUS && unpacked / LARGEST_TOTAL_RATIO > size => Err(WheelProblem::Bomb {
            unpacked,
            size,
            largest: largest.name.clone(),
        }),
        _ => Ok(()),
    }
}
