//! The manifest: what a release is and every file of it.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::tree::{Content, Entry, Kind, Owner, ReleaseTree, TreePath};
use super::{Layout, ReleaseId};
use crate::config::{PackageName, Schedule, Service, ServiceName};
use crate::digest::Sha256;
use crate::sys::files;

/// The number that a reader of manifests checks before anything else. Manifests of number 1, which know one service, are
/// read too.
pub const MANIFEST_SCHEMA: u32 = 2;

/// `manifest.json` of a release, which lies beside its environment.
///
/// ```
/// # mod site { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/site.rs")); }
/// # let dir = tempfile::tempdir()?;
/// # let release = site::release(dir.path(), "1.0")?;
/// use pydeploy::release::{Content, Kind, Layout, Manifest, ManifestEntry};
///
/// let tree = release.tree(&Layout::package(&release.project.name, &release.target))?;
/// let Some(Kind::File { content: Content::Inline(bytes), .. }) = tree.get("opt/site/manifest.json").map(|entry| &entry.kind)
/// else {
///     panic!("every release has a manifest");
/// };
/// let manifest = Manifest::parse(bytes)?;
/// assert_eq!(manifest.services[0].to_string(), "python app.py (127.0.0.1:8000)");
/// assert_eq!(manifest.get("/opt/site/app/app.py").map(ManifestEntry::owner), Some("application"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_SCHEMA`].
    pub schema: u32,
    /// The package.
    pub name: PackageName,
    /// The Debian version.
    pub version: String,
    /// What the running site answers.
    pub release: ReleaseId,
    /// The target, `debian12`.
    pub target: String,
    /// Absolute path of the folder that it lies in.
    pub prefix: String,
    /// Absolute path of the interpreter.
    pub interpreter: String,
    /// What it runs, one at least.
    #[serde(default)]
    pub services: Vec<ManifestService>,
    /// The page that answers with the release id.
    pub health: String,
    /// Every file and link except the manifest itself, in the order of their paths.
    pub files: Vec<ManifestEntry>,
}

/// A service of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestService {
    /// Its name; the main service has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ServiceName>,
    /// Program and arguments, with their placeholders.
    pub command: Vec<String>,
    /// Where it listens, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// When it runs, if that is at certain times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
}

impl ManifestService {
    pub(super) fn of(service: &Service) -> Self {
        Self {
            name: service.name.clone(),
            command: service.command.clone(),
            listen: service.listen(),
            schedule: service.schedule().cloned(),
        }
    }
}

/// What manifests of number 1 say about their only service.
#[derive(Deserialize)]
struct First {
    command: Vec<String>,
    listen: SocketAddr,
}

impl From<First> for ManifestService {
    fn from(first: First) -> Self {
        Self {
            name: None,
            command: first.command,
            listen: Some(first.listen),
            schedule: None,
        }
    }
}

/// In one line, for people.
impl fmt::Display for ManifestService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name}: ")?;
        }
        f.write_str(&self.command.join(" "))?;
        match (&self.listen, &self.schedule) {
            (Some(address), _) => write!(f, " ({address})"),
            (None, Some(schedule)) => write!(f, " ({schedule})"),
            (None, None) => Ok(()),
        }
    }
}

/// The bytes are not a manifest that can be relied on.
///
/// ```
/// use pydeploy::release::Manifest;
///
/// let error = Manifest::parse(b"{\n").unwrap_err();
/// assert!(error.to_string().starts_with("line 2: "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It is not JSON, or a field is missing or of another type.
    #[error("line {line}: {message}")]
    Json {
        /// Where the reader stopped.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// It has another number.
    #[error("its schema is {found}, this program reads 1 to {MANIFEST_SCHEMA}")]
    Schema {
        /// Its number.
        found: u32,
    },
    /// It runs nothing.
    #[error("it names no service")]
    NoService,
    /// A path is not absolute, holds `..`, is there twice or lies below a link.
    #[error("`{}` {problem}", path.escape_debug())]
    Path {
        /// The path as it is written there.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The parts of a plan in an archive do not fit together.
    #[error("{problem}")]
    Plan {
        /// What is wrong with it.
        problem: String,
    },
    /// A mode that no file of a release has.
    #[error("{path} has mode `{mode}`: a release has 0644 and 0755")]
    Mode {
        /// The file.
        path: String,
        /// Its mode.
        mode: String,
    },
}

impl Manifest {
    /// Reads `manifest.json` and checks what it says: every path is absolute and there once, every mode 0644 or 0755.
    ///
    /// ```
    /// use pydeploy::release::{Manifest, ManifestError};
    ///
    /// let error = Manifest::parse(br#"{"schema": 3}"#).unwrap_err();
    /// assert_eq!(error, ManifestError::Schema { found: 3 });
    /// ```
    ///
    /// # Errors
    ///
    /// When it is not JSON of this form, has another schema number, no service, or a path or a mode that no release has.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Numbered {
            schema: u32,
        }
        let Numbered { schema } = serde_json::from_slice(bytes).map_err(json)?;
        let manifest = || serde_json::from_slice::<Self>(bytes).map_err(json);
        let manifest = match schema {
            1 => Self {
                schema: MANIFEST_SCHEMA,
                services: vec![serde_json::from_slice::<First>(bytes).map_err(json)?.into()],
                ..manifest()?
            },
            MANIFEST_SCHEMA => manifest()?,
            found => return Err(ManifestError::Schema { found }),
        };
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), ManifestError> {
        tree_path(&self.prefix)?;
        if self.services.is_empty() {
            return Err(ManifestError::NoService);
        }
        let mut seen = BTreeSet::new();
        for entry in &self.files {
            let path = tree_path(entry.path())?;
            if let ManifestEntry::File { path, mode, .. } = entry
                && !matches!(mode.as_str(), "0644" | "0755")
            {
                let (path, mode) = (path.clone(), mode.clone());
                return Err(ManifestError::Mode { path, mode });
            }
            if !seen.insert(path) {
                return Err(wrong(entry.path(), "is there twice"));
            }
        }
        // What lies below a file or a link would be somewhere else.
        let inner = |path: &&TreePath| path.parents().any(|parent| seen.contains(&parent));
        match seen.iter().find(inner) {
            Some(path) => Err(wrong(&format!("/{path}"), "lies below a file or a link")),
            None => Ok(()),
        }
    }

    /// The digest of the tree that it describes, when `bytes` are the manifest itself; nothing when a file of it lies
    /// outside of its folder.
    ///
    /// It is [`ReleaseTree::digest`] of the tree that was laid out for the folder.
    #[must_use]
    pub fn tree_digest(&self, bytes: &[u8]) -> Option<Sha256> {
        let mut tree = ReleaseTree::new();
        for entry in &self.files {
            let below = entry.path().strip_prefix(self.prefix.as_str())?.strip_prefix('/')?;
            tree.insert(below.parse().ok()?, entry.without_content()).ok()?;
        }
        let own = super::generated(bytes, false);
        tree.insert("manifest.json".parse().ok()?, own).ok()?;
        Some(tree.digest())
    }

    /// The entry at an absolute path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&ManifestEntry> {
        self.files.iter().find(|entry| entry.path() == path)
    }
}

fn tree_path(path: &str) -> Result<TreePath, ManifestError> {
    let below = path.strip_prefix('/').ok_or_else(|| wrong(path, "is not absolute"))?;
    below
        .parse()
        .map_err(|error| wrong(path, format!("is refused: {error}")))
}

fn wrong(path: &str, problem: impl Into<String>) -> ManifestError {
    ManifestError::Path {
        path: path.to_owned(),
        problem: problem.into(),
    }
}

/// Where and why text is not JSON of the wanted form.
pub(crate) fn json(error: serde_json::Error) -> ManifestError {
    let text = error.to_string();
    ManifestError::Json {
        line: error.line(),
        message: text
            .rsplit_once(" at line ")
            .map_or(text.as_str(), |(message, _)| message)
            .to_owned(),
    }
}

/// A file or a symbolic link of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ManifestEntry {
    /// A regular file.
    File {
        /// Absolute path.
        path: String,
        /// `0644` or `0755`.
        mode: String,
        /// Size in bytes.
        size: u64,
        /// Digest of the bytes.
        sha256: Sha256,
        /// Who brings it: `application`, `pydeploy` or a wheel's file name.
        owner: String,
    },
    /// A symbolic link.
    Link {
        /// Absolute path.
        path: String,
        /// What it points at.
        target: String,
        /// Who brings it.
        owner: String,
    },
}

impl ManifestEntry {
    /// The absolute path.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::File { path, .. } | Self::Link { path, .. } => path,
        }
    }

    /// Who brings it: `application`, `pydeploy` or a wheel's file name.
    #[must_use]
    pub fn owner(&self) -> &str {
        match self {
            Self::File { owner, .. } | Self::Link { owner, .. } => owner,
        }
    }

    fn without_content(&self) -> Entry {
        let kind = match self {
            Self::File { mode, size, sha256, .. } => Kind::File {
                content: Content::Inline([].into()),
                executable: mode == "0755",
                size: *size,
                sha256: *sha256,
            },
            Self::Link { target, .. } => Kind::Symlink { target: target.clone() },
        };
        let owner = Owner::Generated;
        Entry { kind, owner }
    }

    /// The files and links of `tree`, in the order of their paths.
    pub(super) fn list(tree: &ReleaseTree, layout: &Layout) -> Vec<Self> {
        let entry = |(path, entry): (&TreePath, &Entry)| {
            let (path, owner) = (layout.absolute(path.as_str()), entry.owner.label().to_owned());
            match &entry.kind {
                Kind::Directory => None,
                Kind::Symlink { target } => Some(Self::Link {
                    path,
                    target: target.clone(),
                    owner,
                }),
                Kind::File {
                    executable,
                    size,
                    sha256,
                    ..
                } => Some(Self::File {
                    path,
                    mode: format!("{:04o}", files::mode(*executable)),
                    size: *size,
                    sha256: *sha256,
                    owner,
                }),
            }
        };
        tree.iter().filter_map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = r#"{"command": ["gunicorn"], "listen": "127.0.0.1:8000"}"#;

    fn manifest(files: &str) -> String {
        format!(
            r#"{{"schema": 2, "name": "site", "version": "1.0", "release": "1.0", "target": "debian12",
            "prefix": "/opt/site", "interpreter": "/usr/bin/python3.11", "services": [{SERVICE}],
            "health": "/", "files": [{files}]}}"#
        )
    }

    fn file(path: &str, mode: &str) -> String {
        let sha256 = Sha256::of(b"");
        format!(r#"{{"path": "{path}", "mode": "{mode}", "size": 0, "sha256": "{sha256}", "owner": "application"}}"#)
    }

    #[track_caller]
    fn check(files: &str, says: &str) {
        let error = Manifest::parse(manifest(files).as_bytes()).unwrap_err().to_string();
        assert_eq!(error, says);
    }

    #[test]
    fn what_it_says_is_believed_only_when_it_can_be() {
        let good = Manifest::parse(manifest(&file("/opt/site/a", "0755")).as_bytes()).unwrap();
        assert_eq!(good.get("/opt/site/a").map(ManifestEntry::owner), Some("application"));
        check(&file("opt/a", "0644"), "`opt/a` is not absolute");
        check(
            &file("/opt/a", "4755"),
            "/opt/a has mode `4755`: a release has 0644 and 0755",
        );
        let twice = [file("/a", "0644"), file("/a", "0644")].join(",");
        check(&twice, "`/a` is there twice");
        let link = r#"{"path": "/opt/site/l", "target": "/etc", "owner": "pydeploy"}"#;
        check(
            &[link.to_owned(), file("/opt/site/l/passwd", "0644")].join(","),
            "`/opt/site/l/passwd` lies below a file or a link",
        );
        check(
            &file("/opt/../etc", "0644"),
            "`/opt/../etc` is refused: `opt/../etc` cannot be a path in a release: it has a `.` or `..` component",
        );
    }

    #[test]
    fn the_first_form_knows_one_service() {
        let text = manifest(&file("/opt/site/a", "0755"));
        let first = text
            .replace(r#""schema": 2"#, r#""schema": 1"#)
            .replace(&format!(r#""services": [{SERVICE}]"#), &SERVICE[1..SERVICE.len() - 1]);
        assert_eq!(
            Manifest::parse(first.as_bytes()).unwrap(),
            Manifest::parse(text.as_bytes()).unwrap()
        );
        let none = text.replace(SERVICE, "");
        assert_eq!(Manifest::parse(none.as_bytes()), Err(ManifestError::NoService));
        let without = first
            .replace(r#""listen": "127.0.0.1:8000","#, "")
            .replace(r#""command": ["gunicorn"],"#, "");
        let error = Manifest::parse(without.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("missing field `command`"), "{error}");
    }

    #[test]
    fn every_cut_is_an_error() {
        let whole = manifest(&file("/opt/site/a", "0755"));
        for end in 0..whole.len() {
            Manifest::parse(&whole.as_bytes()[..end]).expect_err("cut");
        }
    }
}
