//! The compiled files of a wheel.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use flate2::{Decompress, FlushDecompress};
use rawzip::ReaderAt as _;

use super::archive::LARGEST_IN_MEMORY;
use super::error::WheelProblem;
use super::member::Member;
use super::section::Section;
use super::{MemberBuffer, Wheel, WheelError};
use crate::python::elf::{Elf, ElfError, MAGIC};

/// Packed bytes that are read to see how a member begins; enough but for very unusual ones.
const HEAD: usize = 512;

/// What the compiled files of a wheel need, or why that cannot be read, by the number of the member.
pub(crate) type CompiledMembers = Vec<(usize, Result<Elf, ElfError>)>;

/// Of each compiled file the member's number and what it needs, in the order of the archive.
pub(super) fn compiled(wheel: &Wheel, scratch: Option<&Path>) -> Result<CompiledMembers, WheelError> {
    let (mut heads, mut buffer) = (Heads::new(), MemberBuffer::default());
    let mut found = Vec::new();
    for (number, member) in wheel.archive.members().iter().enumerate() {
        let head = heads.of(wheel.archive.file(), member);
        let head = head.map_err(|error| WheelProblem::Unreadable(error).of(wheel.path()))?;
        if head != Some(*MAGIC) {
            continue;
        }
        let elf = match scratch.filter(|_| member.size > LARGEST_IN_MEMORY) {
            Some(folder) => Elf::read(&unpacked(wheel, number, &mut buffer, folder)?),
            None => match Elf::parse(wheel.read_with(number, &mut buffer)?) {
                Some(elf) => elf,
                None => continue,
            },
        };
        found.push((number, elf));
    }
    Ok(found)
}

/// A large member in a file without a name.
fn unpacked(wheel: &Wheel, number: usize, buffer: &mut MemberBuffer, folder: &Path) -> Result<File, WheelError> {
    let unwritable = |error| WheelProblem::Unreadable(error).of(wheel.path());
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    let mut file = tempfile::tempfile_in(folder).map_err(unwritable)?;
    wheel.copy(number, buffer, |piece| file.write_all(piece).map_err(unwritable))?;
    Ok(file)
}

/// How members begin, without unpacking the rest of them.
struct Heads {
    packed: [u8; HEAD],
    inflate: Decompress,
}

impl Heads {
    fn new() -> Self {
        Self {
            packed: [0; HEAD],
            inflate: Decompress::new(false),
        }
    }

    /// `None` when the member is shorter. What it says is not checked: the rest of the member decides about that.
    fn of(&mut self, file: &Section, member: &Member) -> io::Result<Option<[u8; 4]>> {
        let mut head = [0; 4];
        if member.size < head.len() as u64 {
            return Ok(None);
        }
        if !member.deflated {
            return file.read_exact_at(&mut head, member.offset).map(|()| Some(head));
        }
        self.inflate.reset(false);
        let (mut at, mut filled) = (0, 0);
        while filled < head.len() && at < member.packed {
            let count = HEAD.min(usize::try_from(member.packed - at).unwrap_or(HEAD));
            let packed = &mut self.packed[..count];
            file.read_exact_at(packed, member.offset + at)?;
            let before = self.inflate.total_out();
            let status = self
                .inflate
                .decompress(packed, &mut head[filled..], FlushDecompress::None);
            filled += (self.inflate.total_out() - before) as usize;
            match status {
                Ok(flate2::Status::Ok | flate2::Status::BufError) => at += count as u64,
                Ok(flate2::Status::StreamEnd) | Err(_) => break,
            }
        }
        Ok((filled == head.len()).then_some(head))
    }
}
