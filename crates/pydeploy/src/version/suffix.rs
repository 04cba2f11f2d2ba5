//! The end of a snapshot's version: `[+0]~DATE[.N]+gitHASH[.dirty]`.

use super::{DebianVersion, Snapshot};
use crate::Timestamp;

/// Takes a version apart if it ends like one of ours.
pub(super) fn recognise(version: &DebianVersion) -> Option<Snapshot> {
    let text = version.as_str();
    let (rest, dirty) = match text.strip_suffix(".dirty") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (rest, hash) = rest.rsplit_once("+git")?;
    let (base, date) = rest.rsplit_once('~')?;
    let (date, number) = date.split_once('.').map_or((date, Some(0)), split_number);
    let (base, after_release) = match base.strip_suffix("+0") {
        Some(base) => (base, true),
        None => (base, false),
    };
    Some(Snapshot {
        base: base.parse().ok()?,
        after_release,
        at: Timestamp::from_compact(date)?,
        number: number?,
        hash: is_hash(hash).then(|| hash.to_owned())?,
        dirty,
    })
}

/// The number that tells snapshots of one second apart; `None` when it is none of ours.
fn split_number<'t>((date, number): (&'t str, &str)) -> (&'t str, Option<u32>) {
    let plain = number.starts_with(|c: char| ('1'..='9').contains(&c));
    (date, number.parse().ok().filter(|_| plain))
}

/// Whether these are hexadecimal digits as git writes them.
pub(super) fn is_hash(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Puts the version together. The suffix adds characters that both an upstream version and a revision may hold, so
/// that what was a version stays one.
pub(super) fn append(snapshot: &Snapshot) -> DebianVersion {
    let base = &snapshot.base;
    let plus = if snapshot.after_release { "+0" } else { "" };
    let number = match snapshot.number {
        0 => String::new(),
        number => format!(".{number}"),
    };
    let dirty = if snapshot.dirty { ".dirty" } else { "" };
    let (date, hash) = (snapshot.at.compact(), &snapshot.hash);
    let text = format!("{base}{plus}~{date}{number}+git{hash}{dirty}");
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    DebianVersion {
        upstream_end: base.revision().map_or(end, |_| base.upstream_end),
        text: text.as_str().into(),
        ..*base
    }
}
