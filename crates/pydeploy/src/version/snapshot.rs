//! The next version, above everything that is published.

use super::{Conflict, DebianVersion, Head, Snapshot, SnapshotOptions, suffix};

pub(super) fn next(
    head: &Head<'_>,
    published: &[DebianVersion],
    options: &SnapshotOptions<'_>,
) -> Result<DebianVersion, Conflict> {
    let draft = draft(head, options)?;
    let Some(last) = published.iter().max() else {
        return Ok(suffix::append(&draft));
    };
    if draft.after_release {
        return above(&draft, last);
    }
    let release = draft.base.clone();
    if *last >= release {
        let (head, published) = (release, last.clone());
        return Err(Conflict::AlreadyReleased { head, published });
    }
    let next = match (above(&draft, last), on_last_release(&draft, last)) {
        (Err(Conflict::NotAbove { .. }), Some(other)) => above(&other, last)?,
        (next, _) => next?,
    };
    below(next, release)
}

/// The snapshot as the classic rule has it.
fn draft(head: &Head<'_>, options: &SnapshotOptions<'_>) -> Result<Snapshot, Conflict> {
    let own = suffix::recognise(head.version);
    let (base, after_release) = match own {
        Some(own) => (own.base, own.after_release),
        None => (head.version.clone(), head.released),
    };
    Ok(Snapshot {
        base,
        after_release,
        at: options.at,
        number: 0,
        hash: hash(options)?,
        dirty: options.dirty,
    })
}

fn hash(options: &SnapshotOptions<'_>) -> Result<String, Conflict> {
    let digits = options.commit.get(..options.hash_length).map(str::to_ascii_lowercase);
    digits
        .filter(|digits| suffix::is_hash(digits))
        .ok_or_else(|| Conflict::CommitHash {
            commit: options.commit.to_owned(),
            length: options.hash_length,
        })
}

/// The draft, numbered if need be, as a version above `last`.
fn above(draft: &Snapshot, last: &DebianVersion) -> Result<DebianVersion, Conflict> {
    let offered = suffix::append(draft);
    if offered > *last {
        return Ok(offered);
    }
    let published = last.clone();
    let sibling =
        suffix::recognise(last).filter(|other| other.base == draft.base && other.after_release == draft.after_release);
    match sibling {
        Some(other) if other.at > draft.at => Err(Conflict::EarlierDate { offered, published }),
        Some(other) if other.at == draft.at && other.number < u32::MAX => Ok(numbered(draft, other.number + 1)),
        _ => Err(Conflict::NotAbove { offered, published }),
    }
}

fn numbered(draft: &Snapshot, number: u32) -> DebianVersion {
    suffix::append(&Snapshot {
        number,
        ..draft.clone()
    })
}

/// The same snapshot as one made after the last release, when that is what was published last.
fn on_last_release(draft: &Snapshot, last: &DebianVersion) -> Option<Snapshot> {
    let base = match suffix::recognise(last) {
        None => last.clone(),
        Some(other) if other.after_release => other.base,
        Some(_) => return None,
    };
    Some(Snapshot {
        base,
        after_release: true,
        ..draft.clone()
    })
}

fn below(next: DebianVersion, release: DebianVersion) -> Result<DebianVersion, Conflict> {
    if next < release {
        return Ok(next);
    }
    let offered = next;
    Err(Conflict::NotBelow { offered, release })
}

pub(super) fn release(
    head: &Head<'_>,
    tag: Option<&str>,
    published: &[DebianVersion],
) -> Result<DebianVersion, Conflict> {
    let version = head.version.clone();
    if !head.released {
        return Err(Conflict::Unreleased { version });
    }
    if version.is_snapshot() {
        return Err(Conflict::SnapshotVersion { version });
    }
    if let Some(tag) = tag.filter(|tag| !DebianVersion::from_tag(tag).is_some_and(|named| named.is_same_text(&version)))
    {
        let tag = tag.to_owned();
        return Err(Conflict::TagMismatch { tag, version });
    }
    match published.iter().max().filter(|last| **last >= version) {
        None => Ok(version),
        Some(last) => Err(Conflict::NotAbove {
            offered: version,
            published: last.clone(),
        }),
    }
}

/// The version that a tag names, with the replacements of DEP-14 undone.
pub(super) fn from_tag(tag: &str) -> Option<DebianVersion> {
    let tag = tag.strip_prefix("refs/tags/").unwrap_or(tag);
    let name = tag
        .strip_prefix("debian/")
        .or_else(|| tag.strip_prefix('v'))
        .unwrap_or(tag);
    name.replace('%', ":").replace('_', "~").replace('#', "").parse().ok()
}
