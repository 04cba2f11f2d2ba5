//! Versions as the names of git tags (DEP-14).

use super::DebianVersion;

/// The version that a tag names, with the replacements of DEP-14 undone.
pub(super) fn from_tag(tag: &str) -> Option<DebianVersion> {
    let tag = tag.strip_prefix("refs/tags/").unwrap_or(tag);
    let name = tag
        .strip_prefix("debian/")
        .or_else(|| tag.strip_prefix('v'))
        .unwrap_or(tag);
    name.replace('%', ":").replace('_', "~").replace('#', "").parse().ok()
}

/// The version as a tag can hold it (DEP-14).
pub(super) fn to_tag(version: &DebianVersion) -> String {
    let text = version
        .as_str()
        .replace(':', "%")
        .replace('~', "_")
        .replace("..", ".#.");
    match text.strip_suffix(".lock") {
        Some(rest) => format!("{rest}.#lock"),
        None => text,
    }
}
