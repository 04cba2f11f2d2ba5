//! What is measured: the same in every run.

/// A sequence of numbers that look random and are not.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new() -> Self {
        Self(20_161_009)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Pairs of places in a list of so many.
pub(crate) fn random_pairs(count: usize, length: usize) -> Vec<(usize, usize)> {
    let mut numbers = Numbers::new();
    (0..count)
        .map(|_| (numbers.below(length), numbers.below(length)))
        .collect()
}

/// Each place and the next.
pub(crate) fn neighbours(length: usize) -> Vec<(usize, usize)> {
    (1..length).map(|at| (at - 1, at)).collect()
}

/// A million versions: a third real ones, the others snapshots of those.
pub(crate) fn million(real: &[&str]) -> Vec<String> {
    let mut numbers = Numbers::new();
    let version = |_| {
        let base = real[numbers.below(real.len())];
        let plus = ["", "~", "+0~"][numbers.below(3)];
        if plus.is_empty() {
            return base.to_owned();
        }
        let date = 20_000_101_000_000 + numbers.below(260_000) as u64 * 1_000_000 + numbers.below(235_959) as u64;
        format!(
            "{base}{plus}{date}+git{:08x}{:03x}",
            numbers.below(1 << 31),
            numbers.below(1 << 12)
        )
    };
    (0..1_000_000).map(version).collect()
}
