//! Numbers that are the same in every run.

pub(crate) struct Random(u32);

impl Random {
    pub(crate) fn new() -> Self {
        Self(20_161_009)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) as usize % end
    }
}
