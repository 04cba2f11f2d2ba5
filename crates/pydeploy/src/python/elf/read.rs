//! From bytes to [`Elf`].

use std::collections::BTreeSet;

use object::elf::{
    DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME, DT_STRSZ, DT_STRTAB, DT_VERNEED, DynamicTag, EM_AARCH64, EM_X86_64,
    FileHeader32, FileHeader64, PT_LOAD, VER_FLG_WEAK, Vernaux, Verneed,
};
use object::read::elf::{Dyn as _, FileHeader, ProgramHeader as _};
use object::{Endianness, FileKind, ReadRef as _};

use super::{Elf, ElfError};
use crate::python::Arch;

/// More libraries, or versions of one, than any file has: the end of a list that leads back into itself.
const MOST: usize = 10_000;

pub(super) fn elf(bytes: &[u8]) -> Result<Elf, ElfError> {
    match FileKind::parse(bytes) {
        Ok(FileKind::Elf32) => Image::<FileHeader32<Endianness>>::open(bytes)?.read(),
        Ok(FileKind::Elf64) => Image::<FileHeader64<Endianness>>::open(bytes)?.read(),
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
struct Image<'a, H: FileHeader<Endian = Endianness>> {
    bytes: &'a [u8],
    header: &'a H,
    endian: Endianness,
    segments: &'a [H::ProgramHeader],
}

/// Tags with their values.
type Dynamic = Vec<(DynamicTag, u64)>;

impl<'a, H: FileHeader<Endian = Endianness>> Image<'a, H> {
    fn open(bytes: &'a [u8]) -> Result<Self, ElfError> {
        let header = H::parse(bytes).map_err(described)?;
        let endian = header.endian().map_err(described)?;
        Ok(Self {
            bytes,
            header,
            endian,
            segments: header.program_headers(endian, bytes).map_err(described)?,
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
            if let Some(entries) = segment.dynamic(self.endian, self.bytes).map_err(described)? {
                let entries = entries.iter();
                let entries = entries.map(|entry| (entry.tag(self.endian), entry.val(self.endian)));
                return Ok(entries.take_while(|(tag, _)| tag.0 != 0).collect());
            }
        }
        Ok(Dynamic::new())
    }

    fn strings(&self, dynamic: &Dynamic) -> Result<&'a [u8], ElfError> {
        let find = |tag| dynamic.iter().find(|entry| entry.0 == tag).map(|entry| entry.1);
        match (find(DT_STRTAB), find(DT_STRSZ)) {
            (Some(at), Some(size)) => {
                let loaded = self.loaded(at)?;
                let size = usize::try_from(size).ok();
                size.and_then(|size| loaded.get(..size))
                    .ok_or_else(|| wrong("its names lie outside of it"))
            }
            _ => Err(wrong("it has no names for what it needs")),
        }
    }

    /// What the file has from an address on.
    fn loaded(&self, address: u64) -> Result<&'a [u8], ElfError> {
        for segment in self.segments.iter().filter(|part| part.p_type(self.endian) == PT_LOAD) {
            let data = segment.data(self.endian, self.bytes);
            let data = data.map_err(|()| wrong("a part of it lies outside of it"))?;
            let offset = address.checked_sub(segment.p_vaddr(self.endian).into());
            let offset = offset.and_then(|offset| usize::try_from(offset).ok());
            if let Some(found) = offset
                .and_then(|offset| data.get(offset..))
                .filter(|data| !data.is_empty())
            {
                return Ok(found);
            }
        }
        Err(wrong("it points to what it does not hold"))
    }

    fn add_versions(&self, address: u64, strings: &Strings<'_>, elf: &mut Elf) -> Result<(), ElfError> {
        let mut rest = self.loaded(address)?;
        for _ in 0..MOST {
            let library: &Verneed<Endianness> = rest.read_at(0).map_err(|()| cut())?;
            let first = after(rest, library.vn_aux.get(self.endian))?;
            let versions = self.versions(first, library.vn_cnt.get(self.endian), strings)?;
            let name = strings.get(library.vn_file.get(self.endian).into())?;
            elf.versions.entry(name).or_default().extend(versions);
            match library.vn_next.get(self.endian) {
                0 => return Ok(()),
                next => rest = after(rest, next)?,
            }
        }
        Err(cut())
    }

    fn versions(&self, mut rest: &[u8], count: u16, strings: &Strings<'_>) -> Result<BTreeSet<String>, ElfError> {
        let mut names = BTreeSet::new();
        for _ in 0..usize::from(count).min(MOST) {
            let version: &Vernaux<Endianness> = rest.read_at(0).map_err(|()| cut())?;
            let weak = version.vna_flags.get(self.endian).contains(VER_FLG_WEAK);
            let name = strings.get(version.vna_name.get(self.endian).into())?;
            names.extend(Some(name).filter(|_| !weak));
            rest = after(rest, version.vna_next.get(self.endian))?;
        }
        Ok(names)
    }
}

fn cut() -> ElfError {
    wrong("the versions that it needs cannot be read")
}

fn after(bytes: &[u8], offset: u32) -> Result<&[u8], ElfError> {
    let offset = usize::try_from(offset).ok();
    offset.and_then(|offset| bytes.get(offset..)).ok_or_else(cut)
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
