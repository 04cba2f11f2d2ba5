//! What compiled files need of the machine that they run on ([System V ABI], GNU symbol versions).
//!
//! [System V ABI]: https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html

use object::elf::{EM_AARCH64, EM_X86_64, FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, SectionTable};
use object::{Endianness, FileKind};

use crate::python::Arch;

/// A compiled file's needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Needs {
    /// `None` for a machine that no target is.
    pub(super) machine: Option<Arch>,
    /// Major and minor version of the GNU C library, when it needs that.
    pub(super) glibc: Option<(u16, u16)>,
}

/// `None` when the bytes are no ELF file that can be read.
pub(super) fn needs(bytes: &[u8]) -> Option<Needs> {
    match FileKind::parse(bytes).ok()? {
        FileKind::Elf32 => read::<FileHeader32<Endianness>>(bytes),
        FileKind::Elf64 => read::<FileHeader64<Endianness>>(bytes),
        _ => None,
    }
}

fn read<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Option<Needs> {
    let header = H::parse(bytes).ok()?;
    let endian = header.endian().ok()?;
    let machine = match (header.is_type_64(), header.e_machine(endian)) {
        (true, EM_X86_64) => Some(Arch::Amd64),
        (true, EM_AARCH64) => Some(Arch::Arm64),
        _ => None,
    };
    let sections = header.sections(endian, bytes).ok()?;
    let glibc = newest(&sections, endian, bytes).ok()?;
    Some(Needs { machine, glibc })
}

/// The newest `GLIBC_X.Y` of all libraries: those of the C library share their versions.
fn newest<H: FileHeader<Endian = Endianness>>(
    sections: &SectionTable<'_, H>,
    endian: Endianness,
    bytes: &[u8],
) -> object::read::Result<Option<(u16, u16)>> {
    let Some((mut libraries, link)) = sections.gnu_verneed(endian, bytes)? else {
        return Ok(None);
    };
    let strings = sections.strings(endian, bytes, link)?;
    let mut newest = None;
    while let Some((_, mut versions)) = libraries.next()? {
        while let Some(version) = versions.next()? {
            newest = newest.max(glibc(version.name(endian, strings)?));
        }
    }
    Ok(newest)
}

/// `GLIBC_2.34` is `(2, 34)`. `GLIBC_ABI_DT_RELR` is what a dynamic loader before 2.36 does not have.
fn glibc(name: &[u8]) -> Option<(u16, u16)> {
    let version = str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?;
    if version == "ABI_DT_RELR" {
        return Some((2, 36));
    }
    let mut parts = version.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_the_c_library_are_read() {
        for (name, expect) in [
            ("GLIBC_2.34", Some((2, 34))),
            ("GLIBC_2.2.5", Some((2, 2))),
            ("GLIBC_ABI_DT_RELR", Some((2, 36))),
            ("GLIBC_PRIVATE", None),
            ("GLIBCXX_3.4.29", None),
            ("OPENSSL_3.0.0", None),
        ] {
            assert_eq!(glibc(name.as_bytes()), expect, "{name}");
        }
    }

    #[test]
    fn this_very_program_needs_a_c_library() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let needs = needs(&bytes).unwrap();
        assert_eq!(needs.machine.map(Arch::machine), Some(std::env::consts::ARCH));
        assert!(needs.glibc.is_some_and(|version| version > (2, 2)), "{needs:?}");
    }

    #[test]
    fn damaged_files_need_nothing() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(needs(b"\x7fELF"), None);
        for end in (0..bytes.len().min(20_000)).step_by(97) {
            let _ = needs(&bytes[..end]);
        }
        assert_eq!(needs(b"MZ"), None);
    }
}
