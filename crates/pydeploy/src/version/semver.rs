//! Debian versions from semantic ones.

use semver::Version;

use super::DebianVersion;

/// The Debian version of a semantic one ([SemVer 2.0.0]).
///
/// `~` comes before a pre-release, so that it sorts below its release; hyphens inside it become `+`, because the last
/// hyphen of a Debian version begins the revision; build metadata is left out, because it has no order.
///
/// # Ordering
///
/// The order is kept for the usual pre-releases, a word and a number, as long as no word is the beginning of another.
/// Numbers at the end of a word are compared as numbers: `rc10` comes after `rc2`, where SemVer compares text.
///
/// ```
/// use pydeploy::version::DebianVersion;
///
/// let release = DebianVersion::from(&semver::Version::new(1, 2, 0));
/// let candidate = DebianVersion::from(&"1.2.0-rc.1+build.7".parse::<semver::Version>()?);
/// assert_eq!(candidate.as_str(), "1.2.0~rc.1");
/// assert!(candidate < release);
/// # Ok::<(), semver::Error>(())
/// ```
///
/// [SemVer 2.0.0]: https://semver.org/spec/v2.0.0.html
impl From<&Version> for DebianVersion {
    fn from(version: &Version) -> Self {
        let Version {
            major,
            minor,
            patch,
            pre,
            ..
        } = version;
        let release = format!("{major}.{minor}.{patch}");
        let text = match pre.is_empty() {
            true => release,
            false => format!("{release}~{}", pre.replace('-', "+")),
        };
        // Digits, letters, `.`, `~` and `+`, a digit first: always a Debian version.
        text.parse()
            .unwrap_or_else(|_| unreachable!("`{text}` is a Debian version"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_releases_and_their_pre_releases_is_kept() {
        let chain = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
        ];
        let debian: Vec<_> = chain
            .iter()
            .map(|text| DebianVersion::from(&text.parse::<Version>().unwrap()))
            .collect();
        assert!(debian.is_sorted(), "{debian:?}");
        assert_eq!(
            DebianVersion::from(&"1.0.0-x-y".parse::<Version>().unwrap()).as_str(),
            "1.0.0~x+y"
        );
    }
}
