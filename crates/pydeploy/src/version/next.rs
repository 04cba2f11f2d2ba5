//! The next version, above everything that is published.

use super::snapshot::is_hash;
use super::{Conflict, DebianVersion, Snapshot};
use crate::Timestamp;

/// The first entry of a changelog, as far as versions depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// Its version.
    pub version: &'a DebianVersion,
    /// Whether its distribution is anything but `UNRELEASED`.
    pub released: bool,
}

/// What goes into the version of a snapshot.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotOptions<'a> {
    /// The committer date. The author's date goes back in ordinary histories.
    pub at: Timestamp,
    /// The whole hash of the commit.
    pub commit: &'a str,
    /// How many digits of it to take, [`HASH_LENGTH`] if nothing speaks for another number. Always the same number:
    /// what git abbreviates to depends on the clone.
    pub hash_length: usize,
    /// Whether there are changes that are not committed; they put `.dirty` at the end.
    pub dirty: bool,
}

/// How many digits of the commit's hash a snapshot's version holds.
pub const HASH_LENGTH: usize = 11;

/// The version of a snapshot, proven to lie above everything in `published` and below the release it leads to.
///
/// While `head` is not released this is `V~DATE+gitHASH`, afterwards `V+0~DATE+gitHASH`. If something of the same
/// second is published and would not be lower, a number follows the date: `V~DATE.1+gitHASH`. If `head` is itself a
/// snapshot, its own suffix is replaced.
///
/// `V~DATE` lies below `V~rc1`. Where that is what was published last, the snapshot is made after it:
/// `V~rc1+0~DATE+gitHASH`, which is below `V~rc2` and `V`.
///
/// `published` is all that is known of: the older entries of the changelog, the tags, a suite of a repository.
///
/// # Errors
///
/// A [`Conflict`] when there is no such version: something with a later date or of a higher version is published; or
/// when the hash is shorter than asked for.
///
/// ```
/// use pydeploy::Timestamp;
/// use pydeploy::version::{DebianVersion, HASH_LENGTH, Head, SnapshotOptions, snapshot};
///
/// let version: DebianVersion = "1.0.0".parse()?;
/// let options = SnapshotOptions {
///     at: Timestamp::from_compact("20161009150015").ok_or("no date")?,
///     commit: "1233451abcd0123456789abcdef0123456789abc",
///     hash_length: HASH_LENGTH,
///     dirty: false,
/// };
/// let head = Head { version: &version, released: false };
/// let next = snapshot(&head, &[], &options)?;
/// assert_eq!(next.as_str(), "1.0.0~20161009150015+git1233451abcd");
///
/// // The same second again.
/// let again = snapshot(&head, &[next], &options)?;
/// assert_eq!(again.as_str(), "1.0.0~20161009150015.1+git1233451abcd");
///
/// let released = Head { released: true, ..head };
/// let next = snapshot(&released, &[again, version.clone()], &options)?;
/// assert_eq!(next.as_str(), "1.0.0+0~20161009150015+git1233451abcd");
///
/// let candidate = snapshot(&head, &["1.0.0~rc1".parse()?], &options)?;
/// assert_eq!(candidate.as_str(), "1.0.0~rc1+0~20161009150015+git1233451abcd");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn snapshot(
    head: &Head<'_>,
    published: &[DebianVersion],
    options: &SnapshotOptions<'_>,
) -> Result<DebianVersion, Conflict> {
    let draft = draft(head, options)?;
    let Some(last) = published.iter().max() else {
        return Ok(draft.to_version());
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

/// The version of a release: that of `head`, proven to lie above everything in `published`.
///
/// # Errors
///
/// A [`Conflict`] when `head` is marked `UNRELEASED` or is a snapshot, when `tag` names another version (see
/// [`DebianVersion::from_tag`]), and when the same version or a higher one is published.
///
/// ```
/// use pydeploy::version::{DebianVersion, Head, release};
///
/// let version: DebianVersion = "1.0.0".parse()?;
/// let head = Head { version: &version, released: true };
/// assert_eq!(release(&head, Some("v1.0.0"), &["1.0.0~rc1".parse()?])?.as_str(), "1.0.0");
///
/// let conflict = release(&head, Some("v1.0.1"), &[]).unwrap_err();
/// assert_eq!(conflict.to_string(), "tag `v1.0.1` does not name version 1.0.0 of the changelog");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn release(head: &Head<'_>, tag: Option<&str>, published: &[DebianVersion]) -> Result<DebianVersion, Conflict> {
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

/// The snapshot as the classic rule has it.
fn draft(head: &Head<'_>, options: &SnapshotOptions<'_>) -> Result<Snapshot, Conflict> {
    let own = head.version.as_snapshot();
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
        .filter(|digits| is_hash(digits))
        .ok_or_else(|| Conflict::CommitHash {
            commit: options.commit.to_owned(),
            length: options.hash_length,
        })
}

/// The draft, numbered if need be, as a version above `last`.
fn above(draft: &Snapshot, last: &DebianVersion) -> Result<DebianVersion, Conflict> {
    let offered = draft.to_version();
    if offered > *last {
        return Ok(offered);
    }
    let published = last.clone();
    let sibling = last
        .as_snapshot()
        .filter(|other| other.base == draft.base && other.after_release == draft.after_release);
    match sibling {
        Some(other) if other.at > draft.at => Err(Conflict::EarlierDate { offered, published }),
        Some(other) if other.at == draft.at && other.number < u32::MAX => Ok(numbered(draft, other.number + 1)),
        _ => Err(Conflict::NotAbove { offered, published }),
    }
}

fn numbered(draft: &Snapshot, number: u32) -> DebianVersion {
    let draft = draft.clone();
    Snapshot { number, ..draft }.to_version()
}

/// The same snapshot as one made after the last release, when that is what was published last.
fn on_last_release(draft: &Snapshot, last: &DebianVersion) -> Option<Snapshot> {
    let base = match last.as_snapshot() {
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
