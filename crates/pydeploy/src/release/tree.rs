//! The ordered, deterministic list of what a release installs. Pure data: nothing is on disk yet.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use crate::digest::Sha256;

/// A path inside a release tree: relative, `/` between components, no component empty, `.` or `..`, none over 246
/// bytes (dpkg unpacks `NAME` as `NAME.dpkg-new`), no newline and no NUL.
///
/// ```
/// use pydeploy::release::TreePath;
///
/// let path: TreePath = "opt/site/venv/bin/python3".parse()?;
/// assert_eq!(path.to_string(), "opt/site/venv/bin/python3");
/// assert!("../etc/passwd".parse::<TreePath>().is_err());
/// assert!("/etc/passwd".parse::<TreePath>().is_err());
/// # Ok::<(), pydeploy::release::PathError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(String);

impl TreePath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path with `rest` below it.
    ///
    /// # Errors
    ///
    /// When `rest` is not a path of the same form.
    pub fn join(&self, rest: &str) -> Result<Self, PathError> {
        format!("{}/{rest}", self.0).parse()
    }

    /// The folders that the path lies in, outermost first.
    pub fn parents(&self) -> impl Iterator<Item = Self> + '_ {
        self.0.match_indices('/').map(|(at, _)| Self(self.0[..at].to_owned()))
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not a path that a release can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` cannot be a path in a release: {reason}", path.escape_debug())]
pub struct PathError {
    path: String,
    reason: &'static str,
}

impl FromStr for TreePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let reason = |component: &str| match component {
            "" => Some("it is absolute or has an empty component"),
            "." | ".." => Some("it has a `.` or `..` component"),
            long if long.len() > 246 => Some("a component is longer than 246 bytes"),
            other if other.contains(['\n', '\0']) => Some("it holds a newline or NUL"),
            _ => None,
        };
        match text.split('/').find_map(reason) {
            Some(reason) => Err(PathError {
                path: text.to_owned(),
                reason,
            }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

/// One file, folder or symbolic link of a release.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Who brings it.
    pub owner: Owner,
}

/// What an entry is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A folder, mode 0755.
    Directory,
    /// A symbolic link.
    Symlink {
        /// What it points at, as written.
        target: String,
    },
    /// A regular file.
    File {
        /// Where its bytes come from.
        content: Content,
        /// Mode 0755 when set, 0644 otherwise.
        executable: bool,
        /// Size in bytes.
        size: u64,
        /// Digest of the bytes.
        sha256: Sha256,
    },
}

/// Where the bytes of a file come from.
///
/// ```
/// use pydeploy::digest::Sha256;
/// use pydeploy::release::Content;
///
/// let content = Content::Inline(b"hello".as_slice().into());
/// assert_eq!(content.read(Sha256::of(b"hello"))?.as_ref(), b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub enum Content {
    /// Made while planning.
    Inline(Arc<[u8]>),
    /// A file of the project.
    Disk(PathBuf),
    /// A member of a wheel.
    Wheel {
        /// The wheel.
        wheel: Arc<crate::python::Wheel>,
        /// The member's number in the wheel's central directory.
        member: usize,
    },
}

/// Who brings an entry: two owners of one file are refused.
///
/// ```
/// use pydeploy::release::Owner;
///
/// let wheel = Owner::Wheel("idna-3.7-py3-none-any.whl".to_owned());
/// assert_eq!([&Owner::Application, &Owner::Generated, &wheel].map(Owner::label), [
///     "application",
///     "pydeploy",
///     "idna-3.7-py3-none-any.whl",
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The project's own files.
    Application,
    /// Made by pydeploy.
    Generated,
    /// A wheel, by its file name.
    Wheel(String),
}

impl Owner {
    /// `application`, `pydeploy`, or the wheel's file name: what manifests say.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Application => "application",
            Self::Generated => "pydeploy",
            Self::Wheel(file) => file,
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Application => f.write_str("the application"),
            Self::Generated => f.write_str("pydeploy"),
            Self::Wheel(file) => f.write_str(file),
        }
    }
}

/// Everything that a release installs, by path.
///
/// Every folder that a path lies in is an entry too.
///
/// ```
/// use pydeploy::digest::Sha256;
/// use pydeploy::release::{Content, Entry, Kind, Owner, ReleaseTree};
///
/// let text = b"print('hello')\n";
/// let entry = Entry {
///     kind: Kind::File {
///         content: Content::Inline(text.as_slice().into()),
///         executable: false,
///         size: text.len() as u64,
///         sha256: Sha256::of(text),
///     },
///     owner: Owner::Application,
/// };
/// let mut tree = ReleaseTree::new();
/// tree.insert("app/site.py".parse()?, entry.clone())?;
/// let paths: Vec<_> = tree.iter().map(|(path, _)| path.as_str()).collect();
/// assert_eq!(paths, ["app", "app/site.py"]);
///
/// let error = tree.insert("app/site.py".parse()?, Entry { owner: Owner::Generated, ..entry }).unwrap_err();
/// assert_eq!(error.to_string(), "app/site.py is brought by the application and by pydeploy");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ReleaseTree {
    entries: BTreeMap<TreePath, Entry>,
}

/// An entry does not fit beside those that are there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} is brought by {first} and by {second}")]
pub struct TreeError {
    /// The path in question.
    pub path: TreePath,
    /// Who brought it first.
    pub first: Owner,
    /// Who brings it again.
    pub second: Owner,
}

impl ReleaseTree {
    /// A tree with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry and the folders that it lies in.
    ///
    /// # Errors
    ///
    /// When there is an entry at that path already, unless both are folders, or a file where a folder is needed.
    pub fn insert(&mut self, path: TreePath, entry: Entry) -> Result<(), TreeError> {
        for parent in path.parents() {
            self.insert_one(
                parent,
                Entry {
                    kind: Kind::Directory,
                    owner: entry.owner.clone(),
                },
            )?;
        }
        self.insert_one(path, entry)
    }

    fn insert_one(&mut self, path: TreePath, entry: Entry) -> Result<(), TreeError> {
        match self.entries.get(&path) {
            None => {
                self.entries.insert(path, entry);
                Ok(())
            }
            Some(there) if matches!((&there.kind, &entry.kind), (Kind::Directory, Kind::Directory)) => Ok(()),
            Some(there) => Err(TreeError {
                first: there.owner.clone(),
                second: entry.owner,
                path,
            }),
        }
    }

    /// The entries in the order of their paths: a folder comes before what is in it.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, &Entry)> {
        self.entries.iter()
    }

    /// The entry at `path`.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(&TreePath(path.to_owned()))
    }

    /// The files below a folder, named relative to it. `folder` ends with `/`.
    pub(super) fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a Entry)> {
        let from = TreePath(folder.to_owned());
        self.entries
            .range(from..)
            .map_while(move |(path, entry)| Some((path.as_str().strip_prefix(folder)?, entry)))
            .filter(|(_, entry)| matches!(entry.kind, Kind::File { .. }))
    }

    /// A digest over the listing: paths, kinds, modes, sizes and digests.
    #[must_use]
    pub fn digest(&self) -> Sha256 {
        let line = |(path, entry): (&TreePath, &Entry)| match &entry.kind {
            Kind::Directory => format!("d {path}\n"),
            Kind::Symlink { target } => format!("l {path}\n  {target}\n"),
            Kind::File {
                executable,
                size,
                sha256,
                ..
            } => format!("{} {size} {sha256} {path}\n", if *executable { 'x' } else { 'f' }),
        };
        let listing: String = self.iter().map(line).collect();
        Sha256::of(listing.as_bytes())
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// A file that pydeploy makes.
pub(crate) fn generated(bytes: impl Into<Vec<u8>>, executable: bool) -> Entry {
    let bytes = bytes.into();
    Entry {
        kind: Kind::File {
            executable,
            size: bytes.len() as u64,
            sha256: Sha256::of(&bytes),
            content: Content::Inline(bytes.into()),
        },
        owner: Owner::Generated,
    }
}

#[cfg(test)]
mod tests {
    use super::TreePath;

    #[test]
    fn paths_stay_inside_and_can_be_unpacked() {
        let long = "x".repeat(246);
        for good in ["a", "a/b", "..a", "a/...", "caf\u{e9}", &long] {
            assert_eq!(good.parse::<TreePath>().unwrap().as_str(), good);
        }
        let longer = format!("a/{long}x");
        for (bad, says) in [
            ("", "absolute or has an empty component"),
            ("/a", "absolute or has an empty component"),
            ("a//b", "empty component"),
            ("a/", "empty component"),
            ("..", "`.` or `..`"),
            ("a/../../b", "`.` or `..`"),
            ("./a", "`.` or `..`"),
            ("a\nb", "newline or NUL"),
            ("a\0b", "newline or NUL"),
            (&longer, "longer than 246 bytes"),
        ] {
            let error = bad.parse::<TreePath>().unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains(&bad.escape_debug().to_string()),
                "{error}"
            );
        }
    }
}
