//! From bytes to [`Elf`].

use std::collections::BTreeSet;

use object::elf::{
    DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME, DT_STRSZ, DT_STRTAB, DT_VERNEED, DynamicTag, EM_AARCH64, EM_X86_64,
    FileHeader32, FileHeader64, PT_LOAD, VER_FLG_WEAK, Vernaux, Verneed,
};
use object::read::elf::{Dyn as _, FileHeader, ProgramHeader as _};
use object::{Endianness, FileKind, ReadRef};

use super::{Elf, ElfError};
use crate::python::Arch;

/// More libraries, or versions of one, than any file has: the end of a list that leads back into itself.
const MOST: usize = 10_000;

pub(super) fn elf<'a>(data: impl ReadRef<'a>) -> Result<Elf, ElfError> {
    match FileKind::parse(data) {
        Ok(FileKind::Elf32) => Image::<FileHeader32<Endianness>, _>::open(data)?.read(),
        Ok(FileKind::Elf64) => Image::<FileHeader64<Endianness>, _>::open(data)?.read(),
        _ => Err(wrong("it is cut off, or of an unknown class")),
    }
}

fn wrong(reason: &str) -> ElfError {
    ElfError {
        reason: reason.to_owned(),
    }
}

fn described(error: object::Error) -> ElfError {
    wrong(&error.to_string().to_lowercase())
}

/// A file with the parts of it that get loaded.
struct Image<'a, H: FileHeader<Endian = Endianness>, R> {
    data: R,
    header: &'a H,
    endian: Endianness,
    segments: &'a [H::ProgramHeader],
}

/// Tags with their values.
type Dynamic = Vec<(DynamicTag, u64)>;

impl<'a, H: FileHeader<Endian = Endianness>, R: ReadRef<'a>> Image<'a, H, R> {
    fn open(data: R) -> Result<Self, ElfError> {
        let header = H::parse(data).map_err(described)?;
        let endian = header.endian().map_err(described)?;
        Ok(Self {
            data,
            header,
            endian,
            segments: header.program_headers(endian, data).map_err(described)?,
        })
    }

    fn read(&self) -> Result<Elf, ElfError> {
        let mut elf = Elf {
            machine: self.machine(),
            ..Elf::default()
        };
        let dynamic = self.dynamic()?;
        if dynamic.is_empty() {
            return Ok(elf);
        }
        let strings = Strings(self.strings(&dynamic)?);
        let all = |tag| dynamic.iter().filter(move |entry| entry.0 == tag).map(|entry| entry.1);
        let named = |tag| all(tag).map(|at| strings.get(at)).collect::<Result<Vec<_>, _>>();
        elf.needed = named(DT_NEEDED)?;
        elf.soname = named(DT_SONAME)?.into_iter().next();
        elf.runpath = folders(&named(DT_RUNPATH)?);
        // The loader ignores the older of the two beside the newer.
        if elf.runpath.is_empty() {
            elf.rpath = folders(&named(DT_RPATH)?);
        }
        if let Some(at) = all(DT_VERNEED).next() {
            self.add_versions(at, &strings, &mut elf)?;
        }
        Ok(elf)
    }

    fn machine(&self) -> Option<Arch> {
        let form = (
            self.header.is_type_64(),
            self.endian,
            self.header.e_machine(self.endian),
        );
        match form {
            (true, Endianness::Little, EM_X86_64) => Some(Arch::Amd64),
            (true, Endianness::Little, EM_AARCH64) => Some(Arch::Arm64),
            _ => None,
        }
    }

    /// Nothing for a file that is not linked dynamically.
    fn dynamic(&self) -> Result<Dynamic, ElfError> {
        for segment in self.segments {
            if let Some(entries) = segment.dynamic(self.endian, self.data).map_err(described)? {
                let entries = entries.iter();
                let entries = entries.map(|entry| (entry.tag(self.endian), entry.val(self.endian)));
                return Ok(entries.take_while(|(tag, _)| tag.0 != 0).collect());
            }
        }
        Ok(Dynamic::new())
    }

    fn strings(&self, dynamic: &Dynamic) -> Result<&'a [u8], ElfError> {
        let find = |tag| dynamic.iter().find(|entry| entry.0 == tag).map(|entry| entry.1);
        let (Some(address), Some(size)) = (find(DT_STRTAB), find(DT_STRSZ)) else {
            return Err(wrong("it has no names for what it needs"));
        };
        let strings = self.data.read_bytes_at(self.position(address)?, size);
        strings.map_err(|()| wrong("its names lie outside of it"))
    }

    /// Where in the file the byte is that gets loaded at an address.
    fn position(&self, address: u64) -> Result<u64, ElfError> {
        let loaded = |segment: &&H::ProgramHeader| segment.p_type(self.endian) == PT_LOAD;
        let inside = |segment: &H::ProgramHeader| {
            let (start, size) = segment.file_range(self.endian);
            let offset = address.checked_sub(segment.p_vaddr(self.endian).into())?;
            (offset < size).then(|| start.checked_add(offset))?
        };
        let position = self.segments.iter().filter(loaded).find_map(inside);
        position.ok_or_else(|| wrong("it points to what it does not hold"))
    }

    fn add_versions(&self, address: u64, strings: &Strings<'_>, elf: &mut Elf) -> Result<(), ElfError> {
        let mut at = self.position(address)?;
        for _ in 0..MOST {
            let library: &Verneed<Endianness> = self.data.read_at(at).map_err(|()| cut())?;
            let first = after(at, library.vn_aux.get(self.endian))?;
            let versions = self.versions(first, library.vn_cnt.get(self.endian), strings)?;
            let name = strings.get(library.vn_file.get(self.endian).into())?;
            elf.versions.entry(name).or_default().extend(versions);
            match library.vn_next.get(self.endian) {
                0 => return Ok(()),
                next => at = after(at, next)?,
            }
        }
        Err(cut())
    }

    fn versions(&self, mut at: u64, count: u16, strings: &Strings<'_>) -> Result<BTreeSet<String>, ElfError> {
        let mut names = BTreeSet::new();
        for _ in 0..usize::from(count).min(MOST) {
            let version: &Vernaux<Endianness> = self.data.read_at(at).map_err(|()| cut())?;
            let weak = version.vna_flags.get(self.endian).contains(VER_FLG_WEAK);
            let name = strings.get(version.vna_name.get(self.endian).into())?;
            names.extend(Some(name).filter(|_| !weak));
            at = after(at, version.vna_next.get(self.endian))?;
        }
        Ok(names)
    }
}

fn cut() -> ElfError {
    wrong("the versions that it needs cannot be read")
}

fn after(at: u64, offset: u32) -> Result<u64, ElfError> {
    at.checked_add(offset.into()).ok_or_else(cut)
}

/// Names, each ended by a NUL.
struct Strings<'a>(&'a [u8]);

impl Strings<'_> {
    fn get(&self, at: u64) -> Result<String, ElfError> {
        let bytes = usize::try_from(at).ok().and_then(|at| self.0.get(at..));
        let name = bytes.and_then(|bytes| bytes.split(|&byte| byte == 0).next());
        let name = name.and_then(|name| str::from_utf8(name).ok());
        name.map(str::to_owned)
            .ok_or_else(|| wrong("a name in it cannot be read"))
    }
}

/// The folders of a search path.
fn folders(paths: &[String]) -> Vec<String> {
    let folders = paths.iter().flat_map(|path| path.split(':'));
    folders.filter(|folder| !folder.is_empty()).map(str::to_owned).collect()
}
