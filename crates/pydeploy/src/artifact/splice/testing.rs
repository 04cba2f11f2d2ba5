//! Random pieces for tests.

/// A generator without a seed from outside ([SplitMix64]): the same pieces in every run.
///
/// [SplitMix64]: https://prng.di.unimi.it/splitmix64.c
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    fn noise(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// Text, noise, runs and copies of what came before, about `length` bytes.
    pub(crate) fn content(&mut self, length: usize) -> Vec<u8> {
        const WORDS: [&str; 8] = ["def ", "self", "return ", "import ", "    ", "\n", "None", "class "];
        let mut bytes = Vec::with_capacity(length + 64);
        while bytes.len() < length {
            match self.below(8) {
                0 => {
                    let count = self.below(200);
                    bytes.extend(self.noise(count));
                }
                1 => bytes.extend(std::iter::repeat_n(self.next() as u8, self.below(300))),
                2 | 3 if !bytes.is_empty() => {
                    let from = self.below(bytes.len());
                    let end = (from + self.below(400)).min(bytes.len());
                    bytes.extend_from_within(from..end);
                }
                _ => bytes.extend((0..self.below(30)).flat_map(|_| WORDS[self.below(8)].bytes())),
            }
        }
        bytes.truncate(length);
        bytes
    }

    /// The length of a piece: mostly small, now and then of several blocks.
    pub(crate) fn length(&mut self) -> usize {
        match self.below(20) {
            0 => 0,
            1..=3 => self.below(64),
            4..=14 => self.below(6000),
            15..=18 => self.below(90_000),
            _ => self.below(400_000),
        }
    }
}
