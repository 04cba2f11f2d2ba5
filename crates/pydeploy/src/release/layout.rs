//! Where a release lies.

use std::path::Path;

use crate::config::PackageName;
use crate::python::Target;

/// The places of a release's parts: where they will be found when it runs, and what that is in the tree.
///
/// ```
/// use std::path::Path;
/// use pydeploy::release::Layout;
///
/// let layout = Layout::package(&"site".parse()?, &"debian12".parse()?);
/// assert_eq!((layout.venv().as_str(), layout.etc.as_str()), ("/opt/site/venv", "/etc"));
/// let layout = Layout::folder(Path::new("/srv/site"), Path::new("/usr/bin/python3.11"));
/// assert_eq!(layout.etc, "/srv/site/etc");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Absolute path of the folder with `venv`, `app`, `static` and `manifest.json`.
    pub prefix: String,
    /// Absolute path of what the project lays over `/etc`.
    pub etc: String,
    /// Absolute path of the interpreter.
    pub interpreter: String,
    root: String,
}

impl Layout {
    /// For a package: `/opt/NAME` and `/etc`; the tree begins at `/`.
    #[must_use]
    pub fn package(name: &PackageName, target: &Target) -> Self {
        Self {
            prefix: format!("/opt/{name}"),
            etc: "/etc".to_owned(),
            interpreter: target.interpreter().to_owned(),
            root: "/".to_owned(),
        }
    }

    /// For a folder of its own, `dir`, which is absolute: the tree begins there, and `/etc` is the folder's `etc`.
    #[must_use]
    pub fn folder(dir: &Path, interpreter: &Path) -> Self {
        let prefix = dir.display().to_string();
        Self {
            etc: format!("{prefix}/etc"),
            interpreter: interpreter.display().to_string(),
            root: format!("{prefix}/"),
            prefix,
        }
    }

    /// Absolute path of the environment.
    #[must_use]
    pub fn venv(&self) -> String {
        format!("{}/venv", self.prefix)
    }

    /// What `rest`, below the prefix, is in the tree.
    pub(super) fn below_prefix(&self, rest: &str) -> String {
        self.in_tree(&format!("{}/{rest}", self.prefix))
    }

    /// What `rest`, laid over `/etc`, is in the tree.
    pub(super) fn below_etc(&self, rest: &str) -> String {
        self.in_tree(&format!("{}/{rest}", self.etc))
    }

    fn in_tree(&self, absolute: &str) -> String {
        absolute.strip_prefix(self.root.as_str()).unwrap_or(absolute).to_owned()
    }

    /// The absolute path of what is `path` in the tree.
    pub(super) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }
}
