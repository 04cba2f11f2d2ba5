//! The version of a snapshot, taken apart and put together.

use super::DebianVersion;
use crate::Timestamp;

/// The parts of a snapshot's version: `BASE[+0]~DATE[.N]+gitHASH[.dirty]`.
///
/// [`DebianVersion::as_snapshot`] recognises one.
///
/// ```
/// let version: pydeploy::version::DebianVersion = "1.0~20161009150015.2+git1233451abcd.dirty".parse()?;
/// let snapshot = version.as_snapshot().ok_or("no snapshot")?;
/// assert_eq!(snapshot.base().as_str(), "1.0");
/// assert_eq!(snapshot.at().compact(), "20161009150015");
/// assert_eq!((snapshot.number(), snapshot.hash()), (2, "1233451abcd"));
/// assert!(snapshot.is_dirty() && !snapshot.is_after_release());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub(super) base: DebianVersion,
    pub(super) after_release: bool,
    pub(super) at: Timestamp,
    pub(super) number: u32,
    pub(super) hash: String,
    pub(super) dirty: bool,
}

impl Snapshot {
    /// The release that it leads to, or that it was made after.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "1.0-1~20161009150015+git1233451abcd".parse()?;
    /// let snapshot = version.as_snapshot().ok_or("no snapshot")?;
    /// assert_eq!(snapshot.base().as_str(), "1.0-1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn base(&self) -> &DebianVersion {
        &self.base
    }

    /// Whether the base was released before the snapshot was made: the version has `+0` before the date.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "1.0+0~20161009150015+git1233451abcd".parse()?;
    /// let snapshot = version.as_snapshot().ok_or("no snapshot")?;
    /// assert!(snapshot.is_after_release());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_after_release(&self) -> bool {
        self.after_release
    }

    /// The date in the version.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "1.0~20161009150015+git1233451abcd".parse()?;
    /// let snapshot = version.as_snapshot().ok_or("no snapshot")?;
    /// assert_eq!(snapshot.at().rfc3339(), "2016-10-09T15:00:15Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// What tells snapshots of one second apart; 0 when it is not written.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "1.0~20161009150015.1+git1233451abcd".parse()?;
    /// let snapshot = version.as_snapshot().ok_or("no snapshot")?;
    /// assert_eq!(snapshot.number(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The beginning of the commit's hash.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "1.0~20161009150015+git1233451abcd".parse()?;
    /// let snapshot = version.as_snapshot().ok_or("no snapshot")?;
    /// assert_eq!(snapshot.hash(), "1233451abcd");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether it holds changes that were not committed.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "1.0~20161009150015+git1233451abcd.dirty".parse()?;
    /// let snapshot = version.as_snapshot().ok_or("no snapshot")?;
    /// assert!(snapshot.is_dirty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Puts the version together. The suffix adds characters that both an upstream version and a revision may hold, so
    /// that what was a version stays one.
    pub(super) fn to_version(&self) -> DebianVersion {
        let base = &self.base;
        let plus = if self.after_release { "+0" } else { "" };
        let number = match self.number {
            0 => String::new(),
            number => format!(".{number}"),
        };
        let dirty = if self.dirty { ".dirty" } else { "" };
        let (date, hash) = (self.at.compact(), &self.hash);
        let text = format!("{base}{plus}~{date}{number}+git{hash}{dirty}");
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        DebianVersion {
            upstream_end: base.revision().map_or(end, |_| base.upstream_end),
            text: text.as_str().into(),
            ..*base
        }
    }
}

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
