//! Members that are too large for memory, and compiled ones.

use super::*;

#[test]
fn a_large_member_comes_in_pieces() {
    for method in [8, 0] {
        let mut entry = Entry::new("a", large());
        entry.method = method;
        let wheel = open(&WheelBuilder::new().entry(entry)).unwrap();
        let (bytes, largest) = pieces(&wheel).unwrap();
        assert_eq!(bytes, large());
        assert!(largest <= 1 << 20, "{largest}");
    }
    let small = open(&WheelBuilder::new().file("a", "x")).unwrap();
    assert_eq!(pieces(&small).unwrap(), (b"x".to_vec(), 1));
}

#[test]
fn a_large_member_that_is_not_right_is_refused_at_its_end() {
    let with = |change: fn(&mut Entry)| {
        let mut entry = Entry::new("a", large());
        change(&mut entry);
        WheelBuilder::new().entry(entry)
    };
    let mut lying = with(|_| ());
    lying.record = Some(
        lying
            .clone()
            .all_entries()
            .pop()
            .map(|entry| String::from_utf8(entry.bytes).unwrap())
            .unwrap(),
    );
    lying.entries[0].bytes[4_999_999] ^= 1;
    let size = "member `a` is damaged: it does not inflate to its size";
    // With the size in RECORD that the header claims, so that only the content gives it away.
    let sized = |size: u32| {
        let mut builder = with(|_| ());
        let rows = String::from_utf8(builder.all_entries().pop().unwrap().bytes).unwrap();
        builder.record = Some(rows.replace(",5000000\n", &format!(",{size}\n")));
        builder.entries[0].size = Some(size);
        builder
    };
    for (builder, expect) in [
        (
            with(|e| e.crc = Some(1)),
            "member `a` is damaged: its checksum is wrong",
        ),
        (sized(4_999_999), size),
        (sized(5_000_001), size),
        (lying, "RECORD: `a`: the sha256 is"),
    ] {
        let error = pieces(&open(&builder).unwrap()).unwrap_err().problem.to_string();
        assert!(error.starts_with(expect), "{error}");
    }
}

#[cfg(feature = "artifact")]
#[test]
fn compiled_files_are_found_by_how_they_begin() {
    use crate::python::elf_testing::{ElfBuilder, X86_64};

    let dir = tempfile::tempdir().unwrap();
    let elf = ElfBuilder::new(X86_64)
        .soname("libx.so.1")
        .needs("libz.so.1", &[])
        .build();
    // Too large for memory, and bad to compress, so that the first packed bytes are those of one block.
    let mut seed = 1_u32;
    let noise = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    });
    let large: Vec<u8> = elf.iter().copied().chain(noise.take(5 << 20)).collect();
    let mut wheel = WheelBuilder::new()
        .file("demo/_a.so", &elf)
        .file("demo/large", &large)
        .file("demo/short", "\x7fEL")
        .file("demo/cut.so", &elf[..80])
        .file("demo/b.py", "# ELF\n");
    for method in [8, 0] {
        wheel.entries.iter_mut().for_each(|entry| entry.method = method);
        let wheel = Wheel::open(&wheel.write(dir.path())).unwrap();
        let names: Vec<_> = wheel.members().collect();
        for scratch in [None, Some(dir.path())] {
            let found = wheel.compiled(scratch).unwrap();
            let found = found.iter().map(|(number, elf)| {
                let soname = elf.as_ref().ok().and_then(|elf| elf.soname.as_deref());
                format!("{} {}", names[*number], soname.unwrap_or("?"))
            });
            let expect = ["demo/_a.so libx.so.1", "demo/large libx.so.1", "demo/cut.so ?"];
            assert_eq!(found.collect::<Vec<_>>(), expect);
        }
    }
}
