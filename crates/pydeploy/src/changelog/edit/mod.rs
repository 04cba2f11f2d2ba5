//! Changes to a changelog that touch the bytes of what is changed and no other.
//!
//! Each is a method of [`Changelog`] that gives the bytes of the changed file. All of them work on the first entry,
//! which has to be one that [`head`](super::head) accepts: nobody wants a change written into the second entry because
//! the first was not understood. What is added has the line ends of the file.

mod append;
mod editor;
mod entry;
mod error;
mod following;
mod heading;
mod section;
#[cfg(test)]
mod tests;
mod wrap;

pub use self::error::EditError;

use super::value::{Distributions, Item, SourceName, Urgency};
use super::{Author, Changelog, Head, Maintainer};
use crate::Timestamp;
use crate::version::DebianVersion;

/// An entry that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The source package; `None` for that of the entry below.
    pub package: Option<SourceName>,
    /// The version.
    pub version: DebianVersion,
    /// Whether it has to be above what is there.
    pub order: Order,
    /// Where it goes.
    pub distributions: Distributions,
    /// How much it matters.
    pub urgency: Urgency,
    /// What has changed. Who is not the maintainer is named.
    pub changes: Vec<Contribution>,
    /// Who answers for it.
    pub maintainer: Maintainer,
    /// The date, which is written in UTC.
    pub at: Timestamp,
}

/// What one person changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Who it was.
    pub author: Author,
    /// The changes, in the order in which they are to be read.
    pub items: Vec<Item>,
}

/// Whether versions have to rise from one entry to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The new version is above the one that is there.
    #[default]
    Rising,
    /// Any version will do.
    Any,
}

impl Changelog<'_> {
    /// The file with a new entry on top.
    ///
    /// Comments that stand above the first entry stay there. In a file without any entry it is the first, and its
    /// package must be given.
    ///
    /// # Errors
    ///
    /// When there is text before the first entry, or an entry, that [`head`](super::head) refuses; when the version is
    /// not above that of the first entry and the order is [`Order::Rising`]; when nothing has changed.
    ///
    /// ```
    /// use pydeploy::Timestamp;
    /// use pydeploy::changelog::{Changelog, Contribution, Distributions, Maintainer, NewEntry, Order, Urgency};
    ///
    /// let ada: Maintainer = "Ada Example <ada@example.org>".parse()?;
    /// let entry = NewEntry {
    ///     package: Some("guestbook".parse()?),
    ///     version: "1.0".parse()?,
    ///     order: Order::Rising,
    ///     distributions: Distributions::unreleased(),
    ///     urgency: Urgency::Medium,
    ///     changes: vec![Contribution { author: ada.name().clone(), items: vec!["Let guests write.".parse()?] }],
    ///     maintainer: ada,
    ///     at: Timestamp::from_compact("20161009151015").ok_or("no date")?,
    /// };
    /// let text = Changelog::parse(b"").prepend(&entry)?;
    /// assert_eq!(
    ///     String::from_utf8(text)?,
    ///     "guestbook (1.0) UNRELEASED; urgency=medium\n\n  * Let guests write.\n\n \
    ///      -- Ada Example <ada@example.org>  Sun, 09 Oct 2016 15:10:15 +0000\n"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prepend(&self, entry: &NewEntry) -> Result<Vec<u8>, EditError> {
        entry::prepend(self, entry)
    }

    /// The file with changes added to its first entry, which is not released.
    ///
    /// Lines have at most 72 columns and end at a blank or behind a hyphen, as those of `dch` do; unlike there a word
    /// that is longer than a line is not cut, and neither is a web address or an option that begins with a hyphen.
    /// Also as there, the entry's maintainer and date stay, and once somebody else has a part in it every part is
    /// headed by its author: `  [ Name ]`.
    ///
    /// # Errors
    ///
    /// When [`head`](super::head) refuses the first entry, when it is released, when it ends in a trailer that cannot
    /// be read, or when there are no changes to add.
    ///
    /// ```
    /// use pydeploy::changelog::{Changelog, Contribution};
    ///
    /// let text = b"a (1) UNRELEASED; urgency=low\n\n  * b\n\n -- Ada <a@b>  Sun, 09 Oct 2016 15:10:15 +0000\n";
    /// let changes = [Contribution { author: "Grace".parse()?, items: vec!["c".parse()?] }];
    /// let text = String::from_utf8(Changelog::parse(text).append(&changes)?)?;
    /// assert!(text.starts_with("a (1) UNRELEASED; urgency=low\n\n  [ Ada ]\n  * b\n\n  [ Grace ]\n  * c\n\n -- Ada"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append(&self, changes: &[Contribution]) -> Result<Vec<u8>, EditError> {
        append::append(self, changes)
    }

    /// The file with another version in its first heading.
    ///
    /// # Errors
    ///
    /// When [`head`](super::head) refuses the first entry, or when the version is below the one that is there and the
    /// order is [`Order::Rising`].
    ///
    /// ```
    /// use pydeploy::changelog::{Changelog, Order};
    ///
    /// let text = Changelog::parse(b"a (1) UNRELEASED; urgency=low\n").set_version(&"2".parse()?, Order::Rising)?;
    /// assert_eq!(text, b"a (2) UNRELEASED; urgency=low\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_version(&self, version: &DebianVersion, order: Order) -> Result<Vec<u8>, EditError> {
        heading::set_version(self, version, order)
    }

    /// The file with other distributions in its first heading.
    ///
    /// # Errors
    ///
    /// When [`head`](super::head) refuses the first entry.
    ///
    /// ```
    /// let text = pydeploy::changelog::Changelog::parse(b"a (1)  b\tc; urgency=low\n");
    /// assert_eq!(text.set_distributions(&"d e".parse()?)?, b"a (1)  d e; urgency=low\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_distributions(&self, distributions: &Distributions) -> Result<Vec<u8>, EditError> {
        heading::set_distributions(self, distributions)
    }

    /// The file with another urgency in its first heading; a comment behind it stays.
    ///
    /// # Errors
    ///
    /// When [`head`](super::head) refuses the first entry.
    ///
    /// ```
    /// use pydeploy::changelog::{Changelog, Urgency};
    ///
    /// let text = Changelog::parse(b"a (1) b; urgency=LOW (for you), binary-only=yes\n").set_urgency(Urgency::High)?;
    /// assert_eq!(text, b"a (1) b; urgency=high (for you), binary-only=yes\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_urgency(&self, urgency: Urgency) -> Result<Vec<u8>, EditError> {
        heading::set_urgency(self, urgency)
    }

    /// The file with its first entry released: for these distributions, by this maintainer, at this time.
    ///
    /// Where the trailer had somebody else's name, that name goes above the changes, as `dch` has it: `  [ Name ]`.
    ///
    /// # Errors
    ///
    /// When [`head`](super::head) refuses the first entry, when it is released already, when `distributions` is
    /// `UNRELEASED`, or when it ends in a trailer that cannot be read. An entry without a trailer gets one.
    ///
    /// ```
    /// use pydeploy::Timestamp;
    /// use pydeploy::changelog::Changelog;
    ///
    /// let text = b"a (1) UNRELEASED; urgency=low\n\n  * b\n\n -- Ada <a@b>  Sun, 09 Oct 2016 15:10:15 +0000\n";
    /// let at = Timestamp::from_compact("20161010120000").ok_or("no date")?;
    /// let text = Changelog::parse(text).release(&"staging".parse()?, &"Grace <g@h>".parse()?, at)?;
    /// assert_eq!(
    ///     String::from_utf8(text)?,
    ///     "a (1) staging; urgency=low\n\n  [ Ada ]\n  * b\n\n -- Grace <g@h>  Mon, 10 Oct 2016 12:00:00 +0000\n"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn release(
        &self,
        distributions: &Distributions,
        maintainer: &Maintainer,
        at: Timestamp,
    ) -> Result<Vec<u8>, EditError> {
        heading::release(self, distributions, maintainer, at)
    }

    /// The file as it goes into the package of a snapshot: its first entry has the snapshot's version.
    ///
    /// Where the first entry is not released, or is that of an earlier snapshot, it becomes the snapshot's: what it
    /// lists is what the snapshot has, and no entry is left whose version is above that of the package. Its version,
    /// distributions and date are replaced, its changes and maintainer stay. After a release the entry goes
    /// [on top](Self::prepend).
    ///
    /// # Errors
    ///
    /// As for [`prepend`](Self::prepend); the version must be above that of the entry below.
    ///
    /// ```
    /// use pydeploy::Timestamp;
    /// use pydeploy::changelog::{Changelog, Contribution, NewEntry, Order, Urgency};
    ///
    /// let text = b"a (2) UNRELEASED; urgency=low\n\n  * b\n\n -- Ada <a@b>  Sun, 09 Oct 2016 15:10:15 +0000\n";
    /// let entry = NewEntry {
    ///     package: None,
    ///     version: "2~20161010120000+git1233451abcd".parse()?,
    ///     order: Order::Rising,
    ///     distributions: "development".parse()?,
    ///     urgency: Urgency::Medium,
    ///     changes: vec![Contribution { author: "Ada".parse()?, items: vec!["Snapshot.".parse()?] }],
    ///     maintainer: "Ada <a@b>".parse()?,
    ///     at: Timestamp::from_compact("20161010120000").ok_or("no date")?,
    /// };
    /// assert_eq!(
    ///     String::from_utf8(Changelog::parse(text).snapshot(&entry)?)?,
    ///     "a (2~20161010120000+git1233451abcd) development; urgency=low\n\n  * b\n\n \
    ///      -- Ada <a@b>  Mon, 10 Oct 2016 12:00:00 +0000\n"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn snapshot(&self, entry: &NewEntry) -> Result<Vec<u8>, EditError> {
        entry::snapshot(self, entry)
    }
}

impl Head {
    /// The version of the entry that comes after this one, as `dch --increment` counts: the number at the end is one
    /// higher; `1.0-1.1`, an upload by somebody else, is followed by `1.0-2`. After a [`snapshot`] comes the version
    /// it leads to, or the one after the release it was made from.
    ///
    /// `None` when the version ends in anything but a number: what follows `1.0a` is for a person to say.
    ///
    /// ```
    /// use pydeploy::changelog::head;
    ///
    /// for (version, follows) in [
    ///     ("1.9", "1.10"),
    ///     ("1.0~rc1", "1.0~rc2"),
    ///     ("1.0-1.1", "1.0-2"),
    ///     ("1.0~20161009151015+git1233451abcd", "1.0"),
    ///     ("1.0+0~20161009151015+git1233451abcd", "1.1"),
    /// ] {
    ///     let head = head(format!("a ({version}) unstable; urgency=low\n").as_bytes())?;
    ///     assert_eq!(head.following_version(), Some(follows.parse()?));
    /// }
    /// assert_eq!(head(b"a (1.0a) unstable; urgency=low\n")?.following_version(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`snapshot`]: crate::version::snapshot
    #[must_use]
    pub fn following_version(&self) -> Option<DebianVersion> {
        following::version(&self.version)
    }
}
