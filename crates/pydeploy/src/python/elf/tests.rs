use super::testing::{AARCH64, ElfBuilder, X86_64};
use super::{Elf, glibc};
use crate::python::Arch;

fn parse(bytes: &[u8]) -> Elf {
    Elf::parse(bytes).unwrap().unwrap()
}

fn own_program() -> Vec<u8> {
    std::fs::read(std::env::current_exe().unwrap()).unwrap()
}

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
        assert_eq!(glibc(name), expect, "{name}");
    }
}

#[test]
fn names_needs_and_paths_are_read() {
    let elf = parse(
        &ElfBuilder::new(X86_64)
            .soname("libx.so.1")
            .needs("libc.so.6", &["GLIBC_2.14", "GLIBC_2.2.5", "?GLIBC_2.38"])
            .needs("libm.so.6", &["GLIBC_2.29"])
            .needs("libz-1234.so.1", &[])
            .rpath("$ORIGIN/../x.libs:/opt/lib:")
            .build(),
    );
    assert_eq!(elf.machine, Some(Arch::Amd64));
    assert_eq!(elf.soname.as_deref(), Some("libx.so.1"));
    assert_eq!(elf.needed, ["libc.so.6", "libm.so.6", "libz-1234.so.1"]);
    assert_eq!(elf.glibc(), Some((2, 29)));
    assert_eq!(
        elf.versions["libc.so.6"],
        ["GLIBC_2.14", "GLIBC_2.2.5"].map(str::to_owned).into()
    );
    assert_eq!(elf.rpath, ["$ORIGIN/../x.libs", "/opt/lib"]);
}

#[test]
fn the_older_path_is_ignored_beside_the_newer() {
    let both = ElfBuilder::new(AARCH64).rpath("/old").runpath("/new").build();
    let elf = parse(&both);
    assert_eq!(elf.machine, Some(Arch::Arm64));
    assert_eq!((elf.rpath, elf.runpath), (vec![], vec!["/new".to_owned()]));
}

#[test]
fn this_very_program_needs_a_c_library() {
    let elf = parse(&own_program());
    assert_eq!(elf.machine.map(Arch::machine), Some(std::env::consts::ARCH));
    assert!(elf.needed.iter().any(|name| name == "libc.so.6"), "{elf:?}");
    assert!(elf.glibc().is_some_and(|version| version > (2, 2)), "{elf:?}");
}

#[cfg(feature = "artifact")]
#[test]
fn a_file_on_disk_says_the_same_as_its_bytes() {
    let file = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
    assert_eq!(Elf::read(&file).unwrap(), parse(&own_program()));
}

#[test]
fn what_is_cut_or_changed_never_panics_and_what_is_cut_short_is_an_error() {
    assert!(Elf::parse(b"MZ").is_none());
    Elf::parse(b"\x7fELF").unwrap().unwrap_err();
    let whole = ElfBuilder::new(X86_64)
        .needs("libc.so.6", &["GLIBC_2.14", "GLIBC_2.34"])
        .needs("libm.so.6", &["GLIBC_2.29"])
        .build();
    for end in 4..whole.len() {
        Elf::parse(&whole[..end]).unwrap().unwrap_err();
    }
    for at in 4..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            let _ = Elf::parse(&bytes);
        }
    }
    let bytes = own_program();
    for end in (0..bytes.len().min(20_000)).step_by(97) {
        let _ = Elf::parse(&bytes[..end]);
    }
}
