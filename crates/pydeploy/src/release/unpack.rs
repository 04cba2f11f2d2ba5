//! A release tree, written to disk.

use std::path::Path;

use super::content::ContentError;
use super::tree::{Content, Kind, ReleaseTree, TreePath};
use crate::digest::Sha256;
use crate::exit;
use crate::python::MemberBuffer;
use crate::sys::files::{self, FileError};
use crate::sys::tree::{NewFile, NewTree, Slot};

/// A tree could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// The system refused a file, a folder or a link.
    #[error(transparent)]
    File(#[from] FileError),
    /// The bytes of a file cannot be had, or are not those that were planned.
    #[error("cannot unpack {path}")]
    Content {
        /// The path in the tree.
        path: TreePath,
        /// Why.
        source: ContentError,
    },
    /// A file is not what the tree says.
    #[error("{path} was planned with {planned} bytes of sha256 {sha256}, its content is another of {found} bytes")]
    Mismatch {
        /// The path in the tree.
        path: TreePath,
        /// The size in the tree.
        planned: u64,
        /// The digest in the tree.
        sha256: Sha256,
        /// The size of what there is.
        found: u64,
    },
}

impl UnpackError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Content { .. } => Some("leave the project's files alone while it is deployed".to_owned()),
            Self::Mismatch { .. } => None,
        }
    }

    /// The exit code of a command that ends with it.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::File(_) => exit::FAILED,
            Self::Content { .. } | Self::Mismatch { .. } => exit::VERIFICATION,
        }
    }
}

/// A file that waits to be written.
struct Pending<'a> {
    path: &'a TreePath,
    content: &'a Content,
    sha256: Sha256,
}

/// Writes `tree` into the new folder `dir`.
///
/// Folders and executables have mode 0755, other files 0644, whatever the umask is. Files are written on all cores. Nothing is synced: whoever stages a release syncs it once.
///
/// ```
/// # mod site { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/site.rs")); }
/// # let dir = tempfile::tempdir()?;
/// # let release = site::release(dir.path(), "1.0")?;
/// use std::path::Path;
/// use pydeploy::release::{Layout, unpack};
///
/// let layout = Layout::folder(Path::new("/srv/site"), Path::new("/usr/bin/python3.11"));
/// let staging = dir.path().join("staging");
/// unpack(&release.tree(&layout)?, &staging)?;
/// assert_eq!(std::fs::read_to_string(staging.join("app/app.py"))?, "print('site 1.0')\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When `dir` exists, when the system refuses something, or when the content of a file is not what was planned. `dir`
/// then holds what was written so far.
pub fn unpack(tree: &ReleaseTree, dir: &Path) -> Result<(), UnpackError> {
    let new = NewTree::create(dir)?;
    let mut files = Vec::new();
    let mut links = Vec::new();
    for (path, entry) in tree.iter() {
        match &entry.kind {
            Kind::Directory => new.make_folder(path.as_str())?,
            Kind::Symlink { target } => links.push((target, path)),
            Kind::File {
                content,
                executable,
                size,
                sha256,
            } => files.push(NewFile {
                path: path.as_str(),
                mode: files::mode(*executable),
                size: *size,
                content: Pending {
                    path,
                    content,
                    sha256: *sha256,
                },
            }),
        }
    }
    new.write_files(&files, MemberBuffer::default, write_one)?;
    let made = links
        .into_iter()
        .try_for_each(|(target, path)| new.make_link(target, path.as_str()));
    Ok(made?)
}

fn write_one(buffer: &mut MemberBuffer, file: &NewFile<'_, Pending<'_>>, slot: &Slot<'_>) -> Result<(), UnpackError> {
    let pending = &file.content;
    let read = pending.content.read_with(pending.sha256, buffer);
    let bytes = read.map_err(|source| UnpackError::Content {
        path: pending.path.clone(),
        source,
    })?;
    let same = match pending.content {
        Content::Inline(inline) => Sha256::of(inline) == pending.sha256,
        Content::Disk(_) | Content::Wheel { .. } => true,
    };
    if !same || bytes.len() as u64 != file.size {
        return Err(UnpackError::Mismatch {
            path: pending.path.clone(),
            planned: file.size,
            sha256: pending.sha256,
            found: bytes.len() as u64,
        });
    }
    Ok(slot.write(&bytes)?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::tree::{Entry, Owner};
    use super::*;

    fn tree(kinds: Vec<(&str, Kind)>) -> ReleaseTree {
        let mut tree = ReleaseTree::new();
        for (path, kind) in kinds {
            let owner = Owner::Application;
            tree.insert(path.parse().unwrap(), Entry { kind, owner }).unwrap();
        }
        tree
    }

    fn file(bytes: &[u8], executable: bool) -> Kind {
        Kind::File {
            content: Content::Inline(bytes.into()),
            executable,
            size: bytes.len() as u64,
            sha256: Sha256::of(bytes),
        }
    }

    fn listing(dir: &Path) -> Vec<String> {
        let mut lines = Vec::new();
        for entry in walkdir::WalkDir::new(dir).min_depth(1).sort_by_file_name() {
            let entry = entry.unwrap();
            let name = entry.path().strip_prefix(dir).unwrap().display().to_string();
            lines.push(match fs::read_link(entry.path()) {
                Ok(target) => format!("link {name} -> {}", target.display()),
                Err(_) => {
                    let meta = entry.metadata().unwrap();
                    let size = if meta.is_file() { meta.len() } else { 0 };
                    format!("{:o} {size} {name}", meta.permissions().mode() & 0o7777)
                }
            });
        }
        lines
    }

    #[test]
    fn a_tree_is_written_with_its_modes_and_links() {
        let dir = tempfile::tempdir().unwrap();
        let disk = dir.path().join("source");
        fs::write(&disk, "on disk").unwrap();
        let on_disk = Kind::File {
            content: Content::Disk(disk),
            executable: false,
            size: 7,
            sha256: Sha256::of(b"on disk"),
        };
        let link = Kind::Symlink {
            target: "/usr/bin/python3".to_owned(),
        };
        let out = dir.path().join("out");
        let wanted = tree(vec![
            ("app/deep/a.py", file(b"a", false)),
            ("app/b.py", on_disk),
            ("static", Kind::Directory),
            ("venv/bin/python", link),
            ("venv/bin/serve", file(b"#!x\n", true)),
        ]);
        unpack(&wanted, &out).unwrap();
        insta::assert_snapshot!(listing(&out).join("\n"), @r"
        755 0 app
        644 7 app/b.py
        755 0 app/deep
        644 1 app/deep/a.py
        755 0 static
        755 0 venv
        755 0 venv/bin
        link venv/bin/python -> /usr/bin/python3
        755 4 venv/bin/serve
        ");
        assert_eq!(fs::read(out.join("app/b.py")).unwrap(), b"on disk");
        assert!(matches!(unpack(&wanted, &out), Err(UnpackError::File(_))));
    }

    #[test]
    fn content_that_is_not_what_was_planned_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let wrong = Kind::File {
            content: Content::Inline((*b"new").into()),
            executable: false,
            size: 3,
            sha256: Sha256::of(b"old"),
        };
        let error = unpack(&tree(vec![("app/x", wrong)]), &dir.path().join("out")).unwrap_err();
        assert_eq!(error.exit_code(), exit::VERIFICATION);
        assert!(
            error.to_string().starts_with("app/x was planned with 3 bytes"),
            "{error}"
        );
    }
}
