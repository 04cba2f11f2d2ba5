//! A release tree, written to disk.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::num::NonZero;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::content::ContentError;
use super::tree::{Content, Kind, ReleaseTree, TreePath};
use crate::digest::Sha256;
use crate::exit;
use crate::sys::files::{At as _, FileError};

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
    executable: bool,
    size: u64,
    sha256: Sha256,
}

/// Writes `tree` into the new folder `dir`: folders and executables with mode 0755, other files with 0644, whatever
/// the umask is. Files are written on all cores. Nothing is synced: whoever stages a release syncs it once.
///
/// # Errors
///
/// When `dir` exists, when the system refuses something, or when the content of a file is not what was planned. `dir`
/// then holds what was written so far.
pub fn unpack(tree: &ReleaseTree, dir: &Path) -> Result<(), UnpackError> {
    make_dir(dir)?;
    let mut files = Vec::new();
    let mut links = Vec::new();
    for (path, entry) in tree.iter() {
        match &entry.kind {
            Kind::Directory => make_dir(&dir.join(path.as_str()))?,
            Kind::Symlink { target } => links.push((dir.join(path.as_str()), target)),
            Kind::File {
                content,
                executable,
                size,
                sha256,
            } => files.push(Pending {
                path,
                content,
                executable: *executable,
                size: *size,
                sha256: *sha256,
            }),
        }
    }
    write_all(dir, &files)?;
    // Links come last: while files are written, no path leads through one.
    links
        .into_iter()
        .try_for_each(|(link, target)| make_link(target, &link))
}

fn make_dir(path: &Path) -> Result<(), UnpackError> {
    fs::create_dir(path).at("create the folder", path)?;
    fs::set_permissions(path, Permissions::from_mode(0o755)).at("set the mode of", path)?;
    Ok(())
}

fn make_link(target: &str, link: &Path) -> Result<(), UnpackError> {
    Ok(symlink(target, link).at("create the link", link)?)
}

/// Writes the files on all cores; of several errors, the one of the first path is reported.
fn write_all(dir: &Path, files: &[Pending<'_>]) -> Result<(), UnpackError> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(files.len()) {
            scope.spawn(|| work(dir, files, &next, &failed));
        }
    });
    match failed.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

fn work(dir: &Path, files: &[Pending<'_>], next: &AtomicUsize, failed: &Mutex<Option<(usize, UnpackError)>>) {
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(file) = files.get(at) else { return };
        let Err(error) = write_one(dir, file) else { continue };
        next.store(files.len(), Ordering::Relaxed);
        let mut first = failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if first.as_ref().is_none_or(|(earlier, _)| at < *earlier) {
            *first = Some((at, error));
        }
        return;
    }
}

fn write_one(dir: &Path, file: &Pending<'_>) -> Result<(), UnpackError> {
    let bytes = file.content.read(file.sha256).map_err(|source| UnpackError::Content {
        path: file.path.clone(),
        source,
    })?;
    let same = match file.content {
        Content::Inline(inline) => Sha256::of(inline) == file.sha256,
        Content::Disk(_) | Content::Wheel { .. } => true,
    };
    if !same || bytes.len() as u64 != file.size {
        return Err(UnpackError::Mismatch {
            path: file.path.clone(),
            planned: file.size,
            sha256: file.sha256,
            found: bytes.len() as u64,
        });
    }
    let path: PathBuf = dir.join(file.path.as_str());
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .at("create", &path)?;
    out.write_all(&bytes).at("write", &path)?;
    let mode = if file.executable { 0o755 } else { 0o644 };
    out.set_permissions(Permissions::from_mode(mode))
        .at("set the mode of", &path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
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
