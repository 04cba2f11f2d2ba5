//! Compiled files for tests.

use super::MAGIC;

pub(crate) const X86_64: u16 = 62;
pub(crate) const AARCH64: u16 = 183;

/// Where the file is loaded: not at the place that it has in the file.
const BASE: u64 = 0x40_0000;

/// An ELF file of which nothing but the dynamic section is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct ElfBuilder {
    machine: u16,
    strings: Vec<u8>,
    dynamic: Vec<(u64, u64)>,
    needs: Vec<(usize, Vec<(usize, u16)>)>,
}

impl ElfBuilder {
    pub(crate) fn new(machine: u16) -> Self {
        Self {
            machine,
            strings: vec![0],
            ..Self::default()
        }
    }

    fn named(mut self, tag: u64, name: &str) -> Self {
        let at = self.string(name);
        self.dynamic.push((tag, at as u64));
        self
    }

    fn string(&mut self, name: &str) -> usize {
        let at = self.strings.len();
        self.strings.extend([name.as_bytes(), b"\0"].concat());
        at
    }

    pub(crate) fn soname(self, name: &str) -> Self {
        self.named(14, name)
    }

    pub(crate) fn rpath(self, path: &str) -> Self {
        self.named(15, path)
    }

    pub(crate) fn runpath(self, path: &str) -> Self {
        self.named(29, path)
    }

    /// Needs a library, and versions of it; one that begins with `?` is weak.
    pub(crate) fn needs(self, library: &str, versions: &[&str]) -> Self {
        let mut elf = self.named(1, library);
        if !versions.is_empty() {
            let library = elf.string(library);
            let weak = |name: &&str| u16::from(name.starts_with('?')) * 2;
            let versions = versions.iter();
            let versions = versions.map(|name| (elf.string(name.trim_start_matches('?')), weak(name)));
            let versions = versions.collect();
            elf.needs.push((library, versions));
        }
        elf
    }

    fn version_needs(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (number, (library, versions)) in self.needs.iter().enumerate() {
            let length = 16 + 16 * versions.len() as u32;
            let next = if number + 1 < self.needs.len() { length } else { 0 };
            bytes.extend([1, versions.len() as u16].map(u16::to_le_bytes).concat());
            bytes.extend([*library as u32, 16, next].map(u32::to_le_bytes).concat());
            for (number, (name, flags)) in versions.iter().enumerate() {
                let next = if number + 1 < versions.len() { 16 } else { 0 };
                bytes.extend(0_u32.to_le_bytes());
                bytes.extend([*flags, 2].map(u16::to_le_bytes).concat());
                bytes.extend([*name as u32, next].map(u32::to_le_bytes).concat());
            }
        }
        bytes
    }

    pub(crate) fn build(mut self) -> Vec<u8> {
        let needs = self.version_needs();
        let dynamic_at = 64 + 2 * 56;
        let needs_at = dynamic_at + (self.dynamic.len() + 4) * 16;
        let strings_at = needs_at + needs.len();
        self.dynamic.push((5, BASE + strings_at as u64));
        self.dynamic.push((10, self.strings.len() as u64));
        self.dynamic.push(match needs.is_empty() {
            true => (0, 0),
            false => (0x6fff_fffe, BASE + needs_at as u64),
        });
        self.dynamic.push((0, 0));
        let segment = |kind: u32, at: usize, size: usize| {
            let (at, size) = (at as u64, size as u64);
            let longs = [at, BASE + at, BASE + at, size, size, 8];
            [
                [kind, 4].map(u32::to_le_bytes).concat(),
                longs.map(u64::to_le_bytes).concat(),
            ]
            .concat()
        };
        let total = strings_at + self.strings.len();
        let entries = self.dynamic.iter().flat_map(|(tag, value)| [*tag, *value]);
        [
            MAGIC.to_vec(),
            b"\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec(),
            [3, self.machine].map(u16::to_le_bytes).concat(),
            1_u32.to_le_bytes().to_vec(),
            [0, 64, 0_u64].map(u64::to_le_bytes).concat(),
            0_u32.to_le_bytes().to_vec(),
            [64, 56, 2, 0, 0, 0].map(u16::to_le_bytes).concat(),
            segment(1, 0, total),
            segment(2, dynamic_at, needs_at - dynamic_at),
            entries.flat_map(u64::to_le_bytes).collect(),
            needs,
            self.strings,
        ]
        .concat()
    }
}
