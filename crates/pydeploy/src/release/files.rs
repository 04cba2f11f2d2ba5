//! Which files of the project are the application's.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use walkdir::{DirEntry, WalkDir};

use super::tree::{Content, Entry, Kind, Owner};
use crate::config::Files;
use crate::digest::Sha256;
use crate::sys::files::{At as _, FileError};

/// Never part of an application, whatever the patterns say: version control, caches, environments, and what pydeploy
/// itself makes.
const NEVER: [&str; 11] = [
    ".git",
    ".hg",
    ".svn",
    ".bzr",
    ".pydeploy",
    ".venv",
    ".tox",
    "__pycache__",
    ".mypy_cache",
    ".pytest_cache",
    "node_modules",
];

/// A file of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApplicationFile {
    /// Relative to the folder that was walked, `/` between components.
    pub(super) path: String,
    pub(super) source: PathBuf,
    pub(super) executable: bool,
    pub(super) size: u64,
    pub(super) sha256: Sha256,
}

impl ApplicationFile {
    pub(super) fn entry(&self) -> Entry {
        Entry {
            kind: Kind::File {
                content: Content::Disk(self.source.clone()),
                executable: self.executable,
                size: self.size,
                sha256: self.sha256,
            },
            owner: Owner::Application,
        }
    }
}

/// The application's files cannot be gathered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilesError {
    /// A file or folder cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A pattern of the project is none.
    #[error("`{pattern}` is not a pattern")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why.
        source: globset::Error,
    },
    /// A file that must not leave the machine would be packed.
    #[error("{} {what} and would be part of the release", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// What gave it away.
        what: &'static str,
    },
    /// A name that is not UTF-8, a symbolic link, something that is neither file nor folder, or a set-user-id bit.
    #[error("{} is {what}", path.display())]
    Unsuitable {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A folder or pattern that the project names has nothing in it.
    #[error("no file of the project is part of the application in {}", folder.display())]
    Nothing {
        /// The folder.
        folder: PathBuf,
    },
}

impl FilesError {
    /// How a program that stops because of this exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unsuitable { .. } => crate::exit::VERIFICATION,
            _ => crate::exit::FAILED,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::File(error) => return error.hint(),
            Self::Pattern { .. } => "see `include` and `exclude` in pyproject.toml".to_owned(),
            Self::Secret { .. } => {
                "keep secrets in the host's environment.json, or name the file in `exclude` in pyproject.toml"
                    .to_owned()
            }
            Self::Unsuitable { .. } => {
                "name it in `exclude` in pyproject.toml, or replace it by a plain file (`chmod u-s,g-s,-t`)".to_owned()
            }
            Self::Nothing { .. } => "see `include`, `static` and `etc` in pyproject.toml".to_owned(),
        })
    }
}

/// Every file below `root` that the patterns take, in the order of their paths.
pub(super) fn gather(root: &Path, patterns: &Files) -> Result<Vec<ApplicationFile>, FilesError> {
    let found = walk(root, patterns)?;
    if found.is_empty() {
        return Err(FilesError::Nothing {
            folder: root.to_owned(),
        });
    }
    found.into_iter().map(|(path, entry)| examine(path, &entry)).collect()
}

/// One digest for the paths, kinds and contents of all that the patterns take; `None` when that is nothing.
pub(super) fn fingerprint(root: &Path, patterns: &Files) -> Result<Option<Sha256>, FilesError> {
    let mut text = String::new();
    for (path, entry) in walk(root, patterns)? {
        let source = entry.path();
        let content = match entry.path_is_symlink() {
            true => fs::read_link(source)
                .at("read", source)?
                .into_os_string()
                .into_encoded_bytes(),
            false => fs::read(source).at("read", source)?,
        };
        let executable = entry
            .metadata()
            .is_ok_and(|found| found.permissions().mode() & 0o100 != 0);
        let link = entry.path_is_symlink();
        text += &format!("{path}\0{link} {executable} {}\n", Sha256::of(&content));
    }
    Ok((!text.is_empty()).then(|| Sha256::of(text.as_bytes())))
}

/// Files and links in the order of their paths, relative to `root`.
fn walk(root: &Path, patterns: &Files) -> Result<Vec<(String, DirEntry)>, FilesError> {
    let include = glob_set(&patterns.include)?;
    let exclude = glob_set(&patterns.exclude)?;
    let wanted = |path: &str| (patterns.include.is_empty() || include.is_match(path)) && !exclude.is_match(path);
    let mut found = Vec::new();
    for entry in WalkDir::new(root)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(is_walked)
    {
        let entry = entry.map_err(|error| walk_error(root, error))?;
        if entry.file_type().is_dir() {
            continue;
        }
        let path = relative(root, entry.path())?;
        if wanted(&path) {
            found.push((path, entry));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

fn is_walked(entry: &DirEntry) -> bool {
    !entry.file_name().to_str().is_some_and(|name| NEVER.contains(&name))
}

fn glob_set(patterns: &[String]) -> Result<GlobSet, FilesError> {
    let mut builder = GlobSetBuilder::new();
    let bad = |pattern: &str, source| FilesError::Pattern {
        pattern: pattern.to_owned(),
        source,
    };
    for pattern in patterns {
        // `*` stays within a folder, `**` does not.
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        builder.add(glob.map_err(|source| bad(pattern, source))?);
    }
    builder.build().map_err(|source| bad("", source))
}

fn relative(root: &Path, path: &Path) -> Result<String, FilesError> {
    let below = path.strip_prefix(root).unwrap_or(path);
    below
        .to_str()
        .map(ToOwned::to_owned)
        .ok_or_else(|| FilesError::Unsuitable {
            path: path.to_owned(),
            what: "named in bytes that are not UTF-8",
        })
}

fn examine(path: String, entry: &DirEntry) -> Result<ApplicationFile, FilesError> {
    let source = entry.path().to_owned();
    let unsuitable = |what| FilesError::Unsuitable {
        path: source.clone(),
        what,
    };
    if entry.file_type().is_symlink() {
        return Err(unsuitable("a symbolic link"));
    }
    if !entry.file_type().is_file() {
        return Err(unsuitable("neither a file nor a folder"));
    }
    let mode = fs::metadata(&source).at("read", &source)?.permissions().mode();
    if mode & 0o7000 != 0 {
        return Err(unsuitable("set-user-id, set-group-id or sticky"));
    }
    let bytes = fs::read(&source).at("read", &source)?;
    if let Some(what) = secret(&path, &bytes) {
        return Err(FilesError::Secret { path: source, what });
    }
    Ok(ApplicationFile {
        path,
        executable: mode & 0o100 != 0,
        size: bytes.len() as u64,
        sha256: Sha256::of(&bytes),
        source,
    })
}

/// What gives a file away as a secret.
fn secret(path: &str, bytes: &[u8]) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let example = [".example", ".sample", ".dist", ".template"]
        .iter()
        .any(|end| name.ends_with(end));
    if (name == ".env" || name.starts_with(".env.")) && !example {
        return Some("holds environment variables");
    }
    let head = &bytes[..bytes.len().min(4096)];
    let begins = head.windows(11).any(|window| window == b"-----BEGIN ");
    let private = head.windows(16).any(|window| window == b"PRIVATE KEY-----")
        || head.windows(22).any(|w| w == b"PRIVATE KEY BLOCK-----");
    // A source file that only mentions such a line does not begin with it.
    let first_line = head.split(|&b| b == b'\n').next().unwrap_or_default();
    (begins && private && first_line.starts_with(b"-----BEGIN ")).then_some("is a private key")
}

fn walk_error(root: &Path, error: walkdir::Error) -> FilesError {
    let path = error.path().unwrap_or(root).to_owned();
    let source = error
        .into_io_error()
        .unwrap_or_else(|| std::io::Error::other("a loop of links"));
    Err::<(), _>(source)
        .at("read", &path)
        .map_or_else(FilesError::from, |()| FilesError::Nothing { folder: path.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &str)], include: &[&str], exclude: &[&str]) -> Result<Vec<String>, String> {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let owned = |patterns: &[&str]| patterns.iter().map(ToString::to_string).collect();
        let patterns = Files {
            include: owned(include),
            exclude: owned(exclude),
        };
        let found = gather(dir.path(), &patterns).map_err(|e| e.to_string())?;
        Ok(found.into_iter().map(|file| file.path).collect())
    }

    #[test]
    fn patterns_choose_and_order_is_by_path() {
        let files = [
            ("site/b.py", ""),
            ("site/a/c.py", ""),
            ("site/tests.py", ""),
            ("site/x.css", ""),
            (".git/config.py", ""),
        ];
        let every = ["site/a/c.py", "site/b.py"];
        assert_eq!(check(&files, &["site/**/*.py"], &["**/tests.py"]).unwrap(), every);
        assert_eq!(check(&files, &["**"], &["site/*"]).unwrap(), ["site/a/c.py"]);
    }

    #[test]
    fn what_no_release_holds_is_refused_by_name() {
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        type Make = fn(&Path) -> std::io::Result<()>;
        let cases: [(Make, &str); 5] = [
            (
                |dir| symlink("/etc/passwd", dir.join("link.py")),
                "link.py is a symbolic link",
            ),
            (
                |dir| std::os::unix::net::UnixListener::bind(dir.join("socket.py")).map(drop),
                "socket.py is neither a file nor a folder",
            ),
            (
                |dir| fs::write(dir.join(std::ffi::OsStr::from_bytes(b"caf\xe9.py")), ""),
                ".py is named in bytes that are not UTF-8",
            ),
            (
                |dir| {
                    fs::write(dir.join("tool.py"), "")?;
                    fs::set_permissions(dir.join("tool.py"), fs::Permissions::from_mode(0o4755))
                },
                "tool.py is set-user-id, set-group-id or sticky",
            ),
            (
                |dir| {
                    fs::write(dir.join("tool.py"), "")?;
                    fs::set_permissions(dir.join("tool.py"), fs::Permissions::from_mode(0o2755))
                },
                "tool.py is set-user-id, set-group-id or sticky",
            ),
        ];
        for (make, says) in cases {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join("app.py"), "").unwrap();
            make(dir.path()).unwrap();
            let every = Files {
                include: Vec::new(),
                exclude: Vec::new(),
            };
            let error = gather(dir.path(), &every).unwrap_err();
            assert!(error.to_string().ends_with(says), "{error}");
            assert_eq!(error.exit_code(), crate::exit::VERIFICATION, "{error}");
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn secrets_are_refused_by_name_and_by_content() {
        assert!(
            check(&[(".env", "")], &[], &[])
                .unwrap_err()
                .contains(".env holds environment variables")
        );
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n";
        assert!(
            check(&[("deploy.txt", key)], &[], &[])
                .unwrap_err()
                .contains("deploy.txt is a private key")
        );
        assert_eq!(
            check(
                &[(".env.example", ""), ("a.py", "'-----BEGIN RSA PRIVATE KEY-----'")],
                &[],
                &[]
            )
            .unwrap()
            .len(),
            2
        );
    }
}
