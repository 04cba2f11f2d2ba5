//! Where things lie in the folder of a repository.

use std::path::{Path, PathBuf};

use super::{Entry, Suite};

/// The folder of a repository.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) root: PathBuf,
}

impl Layout {
    pub(super) fn public(&self) -> PathBuf {
        self.root.join("public")
    }

    pub(super) fn dist(&self, suite: Suite) -> PathBuf {
        self.root.join("public/dists").join(suite.as_str())
    }

    pub(super) fn pool(&self, entry: &Entry) -> PathBuf {
        self.public().join(pool_path(entry))
    }

    pub(super) fn public_key(&self, file: &str) -> PathBuf {
        self.public().join(file)
    }

    pub(super) fn keyring(&self) -> PathBuf {
        self.root.join("keyring")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Where files are written before they get their name; whatever lies there is nobody's.
    pub(super) fn staging(&self) -> PathBuf {
        self.root.join("state/staging")
    }

    pub(super) fn settings(&self) -> PathBuf {
        self.root.join("state/repository.json")
    }

    pub(super) fn generation(&self, suite: Suite, number: u64) -> PathBuf {
        self.suite_state(suite).join(format!("{number:08}.json"))
    }

    pub(super) fn current(&self, suite: Suite) -> PathBuf {
        self.suite_state(suite).join("current")
    }

    pub(super) fn records(&self, package: &str) -> PathBuf {
        self.root.join("state/packages").join(package)
    }

    pub(super) fn record(&self, entry: &Entry) -> PathBuf {
        self.records(entry.package.as_str())
            .join(format!("{}.json", file_stem(entry)))
    }

    fn suite_state(&self, suite: Suite) -> PathBuf {
        self.root.join("state/suites").join(suite.as_str())
    }
}

/// The name below `public`: made from validated fields only, never from the name of the file that was added.
pub(super) fn pool_path(entry: &Entry) -> String {
    let package = entry.package.as_str();
    let letters = if package.starts_with("lib") && package.len() > 3 {
        4
    } else {
        1
    };
    format!("pool/main/{}/{package}/{}.deb", &package[..letters], file_stem(entry))
}

fn file_stem(entry: &Entry) -> String {
    let version = entry.version.without_epoch();
    format!("{}_{version}_{}", entry.package, entry.architecture)
}

/// Where apt looks for a file by its digest.
pub(super) fn by_hash(index: &Path) -> PathBuf {
    index.with_file_name("by-hash").join("SHA256")
}
