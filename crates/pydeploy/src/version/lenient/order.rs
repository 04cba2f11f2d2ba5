//! The order of dpkg for any bytes.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::LenientVersion;

impl LenientVersion {
    /// The upstream version and the revision; dpkg compares a revision that is not there as an empty one.
    fn parts(&self) -> [Runs<'_>; 2] {
        [self.upstream(), self.revision().unwrap_or_default()].map(|part| Runs(Some(part.as_bytes())))
    }
}

/// A part cut into pairs of a run of other characters and a number without zeros before it; at least one pair.
#[derive(Clone, Copy)]
struct Runs<'t>(Option<&'t [u8]>);

impl<'t> Iterator for Runs<'t> {
    type Item = (&'t [u8], &'t [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0?;
        let (other, rest) = text.split_at(count(text, |b| !b.is_ascii_digit()));
        let (number, rest) = rest.split_at(count(rest, u8::is_ascii_digit));
        self.0 = (!rest.is_empty()).then_some(rest);
        Some((other, &number[count(number, |b| *b == b'0')..]))
    }
}

fn count(text: &[u8], belongs: impl Fn(&u8) -> bool) -> usize {
    text.iter().take_while(|b| belongs(b)).count()
}

fn compare(mut a: Runs<'_>, mut b: Runs<'_>) -> Ordering {
    loop {
        let (next_a, next_b) = (a.next(), b.next());
        if next_a.is_none() && next_b.is_none() {
            return Ordering::Equal;
        }
        let ((other_a, number_a), (other_b, number_b)) = (next_a.unwrap_or_default(), next_b.unwrap_or_default());
        let numbers = || number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
        let order = ranks(other_a).cmp(ranks(other_b)).then_with(numbers);
        if order.is_ne() {
            return order;
        }
    }
}

/// Where the characters of a run stand, and at last its end.
fn ranks(run: &[u8]) -> impl Iterator<Item = i16> + '_ {
    let rank = |&byte: &u8| match byte {
        b'~' => -1,
        b'a'..=b'z' | b'A'..=b'Z' => i16::from(byte),
        // What C makes of a `char` that is signed.
        _ => i16::from(byte.cast_signed()) + 256,
    };
    run.iter().map(rank).chain([0])
}

impl Ord for LenientVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        let ([upstream, revision], [other_upstream, other_revision]) = (self.parts(), other.parts());
        let epochs = self.epoch.cmp(&other.epoch);
        epochs
            .then_with(|| compare(upstream, other_upstream))
            .then_with(|| compare(revision, other_revision))
    }
}

impl PartialOrd for LenientVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for LenientVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for LenientVersion {}

impl Hash for LenientVersion {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.epoch.hash(state);
        for part in self.parts() {
            part.for_each(|pair| pair.hash(state));
            state.write_u8(0);
        }
    }
}
