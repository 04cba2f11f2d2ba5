//! What entries tell about the releases before.

use super::{Changelog, Entry, Item, decode};

impl<'a> Changelog<'a> {
    /// The newest entry that is a release: not `UNRELEASED`, and not that of a snapshot.
    ///
    /// ```
    /// use pydeploy::changelog::Changelog;
    ///
    /// let text = b"a (1.1) UNRELEASED; urgency=low\na (1.0) staging; urgency=low\na (0.9) staging; urgency=low\n";
    /// let changelog = Changelog::parse(text);
    /// assert_eq!(changelog.last_release().map(|entry| entry.version_text()), Some("1.0"));
    /// ```
    #[must_use]
    pub fn last_release(&self) -> Option<&Entry<'a>> {
        let is_release = |entry: &&Entry<'_>| {
            let release = entry.version().is_ok_and(|version| !version.is_snapshot());
            entry.is_released() && release
        };
        self.entries.iter().find(is_release)
    }
}

impl Entry<'_> {
    /// Whether this is one of the changes behind a `*`, wherever its lines end.
    ///
    /// ```
    /// use pydeploy::changelog::Changelog;
    ///
    /// let text = b"a (1) b; urgency=low\n\n  * Let guests\n    write.\n\n -- C <c@d>  Sun, 09 Oct 2016 15:10:15 +0000\n";
    /// let changelog = Changelog::parse(text);
    /// assert!(changelog.entries()[0].lists(&"Let guests write.".parse()?));
    /// assert!(!changelog.entries()[0].lists(&"Let guests".parse()?));
    /// # Ok::<(), pydeploy::changelog::ParseValueError>(())
    /// ```
    #[must_use]
    pub fn lists(&self, item: &Item) -> bool {
        let wanted = squeezed(item.as_str());
        let text = decode(self.changes());
        let mut listed = String::new();
        for line in text.lines() {
            match line.strip_prefix("  * ") {
                None if line.starts_with("    ") => listed += &squeezed(line),
                _ if listed == wanted => return true,
                start => listed = squeezed(start.unwrap_or_default()),
            }
        }
        listed == wanted
    }
}

/// Without blanks: a line can end at one, and behind a hyphen.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}
