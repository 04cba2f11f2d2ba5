//! Many versions at once.

use super::{DebianVersion, order};

/// How many bytes of a key are compared before whole versions are.
const DEEPEST: usize = 64;

/// Eight bytes of a key, where in the keys it begins, and the place of its version.
type Item = (u64, u32, u32);

pub(super) fn sort(versions: &mut [DebianVersion]) {
    match keys(versions) {
        Some((keys, mut items)) => {
            sort_from(0, &mut items, &keys, versions);
            // Nearly all texts lie in the value: a copy leaves the memory it is read from alone.
            let sorted: Vec<DebianVersion> = items.iter().map(|item| versions[item.2 as usize].clone()).collect();
            let both = versions.iter_mut().zip(sorted);
            both.for_each(|(version, sorted)| *version = sorted);
        }
        // Four gigabytes of keys are more than are worth the trouble.
        None => versions.sort(),
    }
}

/// Sorts by eight bytes of the keys, and what is the same so far by the next eight.
fn sort_from(depth: usize, items: &mut [Item], keys: &[u8], versions: &[DebianVersion]) {
    if depth == DEEPEST {
        let version = |item: &Item| &versions[item.2 as usize];
        return items.sort_by(|a, b| version(a).cmp(version(b)).then(a.2.cmp(&b.2)));
    }
    for (word, start, _) in &mut *items {
        *word = word_at(keys, *start as usize + depth);
    }
    items.sort_unstable_by_key(|item| item.0);
    let same = items.chunk_by_mut(|a, b| a.0 == b.0);
    same.filter(|items| items.len() > 1)
        .for_each(|items| sort_from(depth + 8, items, keys, versions));
}

/// The keys, and where each begins. The place of its version stands before a key, in eight bytes: no key is the
/// beginning of another, and those of equal versions are told apart by the place of what follows them. `None` where
/// that makes too much.
fn keys(versions: &[DebianVersion]) -> Option<(Vec<u8>, Vec<Item>)> {
    // Where no epoch is large its first bytes tell nothing.
    let skipped = if versions.iter().all(|version| version.epoch < 256) {
        3
    } else {
        0
    };
    let mut keys = Vec::with_capacity(versions.len() * 56);
    let mut items = Vec::with_capacity(versions.len());
    for (version, place) in versions.iter().zip(0u32..) {
        keys.extend(u64::from(place).to_be_bytes());
        items.push((0, u32::try_from(keys.len()).ok()?, place));
        order::push_key(&mut keys, version, skipped);
    }
    keys.extend(u64::MAX.to_be_bytes());
    (items.len() == versions.len()).then_some((keys, items))
}

fn word_at(keys: &[u8], at: usize) -> u64 {
    let bytes = keys.get(at..).and_then(<[u8]>::first_chunk);
    bytes.copied().map_or(u64::MAX, u64::from_be_bytes)
}
