//! Many versions at once.

use super::{DebianVersion, order};

/// How many bytes of a key are compared before whole versions are.
const DEEPEST: usize = 64;

/// Eight bytes of a key, and where in the keys it begins.
type Item = (u64, usize);

pub(super) fn sort(versions: &mut [DebianVersion]) {
    let (keys, mut items) = keys(versions);
    sort_from(0, &mut items, &keys, versions);
    // One after the other, as each of the steps would wait for memory.
    items.iter_mut().for_each(|(_, start)| *start = place(&keys, *start));
    let sorted: Vec<DebianVersion> = items.iter().map(|(_, place)| versions[*place].take()).collect();
    versions
        .iter_mut()
        .zip(sorted)
        .for_each(|(version, sorted)| *version = sorted);
}

/// Sorts by eight bytes of the keys, and what is the same so far by the next eight.
fn sort_from(depth: usize, items: &mut [Item], keys: &[u8], versions: &[DebianVersion]) {
    if depth == DEEPEST {
        let version = |start| &versions[place(keys, start)];
        return items.sort_by(|(_, a), (_, b)| version(*a).cmp(version(*b)));
    }
    for (word, start) in &mut *items {
        *word = word_at(keys, *start + depth);
    }
    items.sort_unstable();
    let same = items.chunk_by_mut(|(a, _), (b, _)| a == b);
    same.filter(|items| items.len() > 1)
        .for_each(|items| sort_from(depth + 8, items, keys, versions));
}

/// The keys, and where each begins. The place of its version stands before a key, in eight bytes: no key is the
/// beginning of another, and those of equal versions are told apart by the place of what follows them.
fn keys(versions: &[DebianVersion]) -> (Vec<u8>, Vec<Item>) {
    // Where no epoch is large its first bytes tell nothing.
    let skipped = if versions.iter().all(|version| version.epoch < 256) {
        3
    } else {
        0
    };
    let mut keys = Vec::with_capacity(versions.len() * 56);
    let mut items = Vec::with_capacity(versions.len());
    for (version, place) in versions.iter().zip(0u64..) {
        keys.extend(place.to_be_bytes());
        items.push((0, keys.len()));
        order::push_key(&mut keys, version, skipped);
    }
    keys.extend(u64::MAX.to_be_bytes());
    (keys, items)
}

fn place(keys: &[u8], start: usize) -> usize {
    usize::try_from(word_at(keys, start - 8)).unwrap_or_default()
}

fn word_at(keys: &[u8], at: usize) -> u64 {
    let bytes = keys.get(at..).and_then(<[u8]>::first_chunk);
    bytes.copied().map_or(u64::MAX, u64::from_be_bytes)
}
