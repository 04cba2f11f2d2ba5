//! What a compressed block of zstd leans on: its own tables, or those of a block before it ([RFC 8878, 3.1.1.3]).
//!
//! [RFC 8878, 3.1.1.3]: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.3

use super::zstd::FrameProblem;

/// Which tables a decoder has from the blocks before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tables {
    literals: bool,
    sequences: bool,
}

impl Tables {
    /// Takes in one compressed block, which may only use what the same frame has brought before it.
    pub(super) fn pass(&mut self, body: &[u8]) -> Result<(), FrameProblem> {
        let literals = Literals::read(body).ok_or(FrameProblem::Block)?;
        match literals.kind {
            Literals::COMPRESSED => self.literals = true,
            Literals::TREELESS if !self.literals => return Err(FrameProblem::Dependent),
            _ => {}
        }
        let rest = body.get(literals.end..).ok_or(FrameProblem::Block)?;
        match modes(rest).ok_or(FrameProblem::Block)? {
            None => Ok(()),
            Some(modes) if repeats(modes) && !self.sequences => Err(FrameProblem::Dependent),
            Some(_) => {
                self.sequences = true;
                Ok(())
            }
        }
    }
}

/// The section of a block with its literals.
struct Literals {
    kind: u8,
    /// Where it ends in the block.
    end: usize,
}

impl Literals {
    const RAW: u8 = 0;
    const RLE: u8 = 1;
    const COMPRESSED: u8 = 2;
    const TREELESS: u8 = 3;

    fn read(body: &[u8]) -> Option<Self> {
        let first = *body.first()?;
        let (kind, format) = (first & 3, first >> 2 & 3);
        let field = |bytes: usize| (0..bytes).try_fold(0, |sum, at| Some(sum | u64::from(*body.get(at)?) << (8 * at)));
        let (header, size) = match (kind, format) {
            (Self::RAW | Self::RLE, 0 | 2) => (1, u64::from(first >> 3)),
            (Self::RAW | Self::RLE, 1) => (2, field(2)? >> 4),
            (Self::RAW | Self::RLE, _) => (3, field(3)? >> 4),
            (_, 0 | 1) => (3, field(3)? >> 14),
            (_, 2) => (4, field(4)? >> 18),
            (_, _) => (5, field(5)? >> 22),
        };
        let size = if kind == Self::RLE {
            1
        } else {
            usize::try_from(size).ok()?
        };
        Some(Self {
            kind,
            end: header + size,
        })
    }
}

/// The byte with the modes of the three tables; `None` inside when there is no sequence.
fn modes(section: &[u8]) -> Option<Option<u8>> {
    let count = match *section.first()? {
        0 => return Some(None),
        1..=127 => 1,
        128..=254 => 2,
        255 => 3,
    };
    section.get(count).copied().map(Some)
}

/// Whether one of the tables is that of the block before.
fn repeats(modes: u8) -> bool {
    [6, 4, 2].iter().any(|shift| modes >> shift & 3 == 3)
}
