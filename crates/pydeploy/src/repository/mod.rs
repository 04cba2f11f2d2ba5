//! A signed apt repository in a folder: a pool, three suites and their history.
//!
//! ```no_run
//! use pydeploy::Timestamp;
//! use pydeploy::repository::{InitOptions, Promotion, Repository, Suite};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now: Timestamp = "1476025815".parse()?;
//! let repository = Repository::open_or_init(
//!     "/srv/apt".as_ref(),
//!     &InitOptions {
//!         origin: "Example".into(),
//!         label: "Example".into(),
//!         key: None,
//!         at: now,
//!     },
//! )?;
//! repository.add(Suite::Staging, &["guestbook_1.0.0_amd64.deb".into()], now)?;
//! repository.promote(&Promotion::new("guestbook".parse()?, Suite::Production), now)?;
//! println!("{}", repository.sources("https://apt.example.org", &[Suite::Production], &Default::default())?);
//! # Ok(())
//! # }
//! ```
//!
//! # On disk
//!
//! | below the folder | holds |
//! |---|---|
//! | `public/` | all that is served: `dists/SUITE/…`, `pool/main/…`, the public key as `key.asc` and `key.gpg` |
//! | `state/` | JSON: the settings, a record for each package file, the numbered generations of each suite |
//! | `keyring/` | the GNUPGHOME with the signing key, unless a key of the user's was named |
//! | `lock` | held by whoever changes anything; readers need no lock |
//!
//! # Publication
//!
//! Every change of a suite is a new generation, numbered from 1, with a `Date` later than the one before: pool files,
//! indexes under their digests, a signature that is verified with the key that hosts have, the generation itself and
//! then, one by one, what hosts look at, `InRelease` last. A process that dies on the way leaves either the generation
//! before or one that the next command completes.
//!
//! One name, version and architecture is one content, in all suites and for ever.

mod change;
mod error;
mod index;
mod ingest;
mod init;
mod layout;
mod publish;
mod report;
mod session;
mod sign;
mod sources;
mod state;
mod suite;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::artifact::deb::Architecture;
use crate::config::PackageName;
use crate::digest::Sha256;
use crate::version::DebianVersion;
use layout::Layout;
use session::Session;
use state::Settings;

pub use error::RepositoryError;
pub use report::{GenerationSummary, HistoryReport, ListReport, Report, SuiteContent};
pub use suite::{Suite, UnknownSuite};

/// A repository in a folder.
#[derive(Clone, Debug)]
pub struct Repository {
    layout: Layout,
    settings: Settings,
    #[cfg(test)]
    interrupt: Option<Step>,
}

/// What a repository is made with, once.
#[derive(Clone, Debug)]
pub struct InitOptions {
    /// Who publishes it; hosts refuse a change.
    pub origin: String,
    /// Its name for people; hosts refuse a change.
    pub label: String,
    /// A secret key in the user's keyring that signs, by its fingerprint; `None` makes one in the repository's own.
    pub key: Option<String>,
    /// The date of the first, empty publication of each suite.
    pub at: Timestamp,
}

/// A package file of a suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// The package.
    pub package: PackageName,
    /// Its version.
    pub version: DebianVersion,
    /// What it runs on.
    pub architecture: Architecture,
    /// Size of the file in bytes.
    pub size: u64,
    /// Digest of the file.
    pub sha256: Sha256,
}

/// What made a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// The suite was made, empty.
    Init,
    /// Package files were added.
    Add,
    /// A package came from another suite.
    Promote {
        /// The package.
        package: PackageName,
        /// Its version.
        version: DebianVersion,
        /// Where it came from.
        from: Suite,
    },
    /// A package was taken out.
    Remove {
        /// The package.
        package: PackageName,
        /// The version, `None` for all of them.
        version: Option<DebianVersion>,
    },
    /// The suite holds again what it held before.
    Rollback {
        /// The generation whose content it is.
        to: u64,
    },
}

/// What to promote, and where.
#[derive(Clone, Debug)]
pub struct Promotion {
    /// The package.
    pub package: PackageName,
    /// The version; `None` for the newest one that the source holds.
    pub version: Option<DebianVersion>,
    /// The source; `None` for the suite before `to`.
    pub from: Option<Suite>,
    /// The suite that gets it.
    pub to: Suite,
    /// Whether newer versions may leave `to`, so that hosts are offered this one.
    pub allow_downgrade: bool,
}

impl Promotion {
    /// The newest version from the suite before `to`.
    #[must_use]
    pub fn new(package: PackageName, to: Suite) -> Self {
        Self {
            package,
            version: None,
            from: None,
            to,
            allow_downgrade: false,
        }
    }
}

/// How hosts find the public key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SignedBy {
    /// It stands in the text.
    #[default]
    InlineKey,
    /// It lies on the host: `key.asc` under a name that ends in `.asc`, or `key.gpg` in `.gpg`.
    Path(PathBuf),
}

/// Places in the course of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Pool,
    ByHash,
    Signed,
    Generation,
    Pointer,
    Indexes,
    Release,
    Detached,
    InRelease,
}

impl Repository {
    /// Makes a repository with three empty, signed suites. Again with the same options, it completes what is missing.
    ///
    /// # Errors
    ///
    /// When the folder holds a repository with another origin, label or key; when origin or label is no line of text;
    /// when gpg is missing or has no such key; when a file cannot be written.
    pub fn init(dir: &Path, options: &InitOptions) -> Result<Self, RepositoryError> {
        init::init(dir, options)
    }

    /// Opens a repository.
    ///
    /// # Errors
    ///
    /// When there is none, or a newer version of pydeploy made it.
    pub fn open(dir: &Path) -> Result<Self, RepositoryError> {
        let layout = Layout { root: dir.to_owned() };
        let settings = layout.load_settings()?;
        let settings = settings.ok_or_else(|| RepositoryError::NotARepository { path: dir.to_owned() })?;
        Ok(Self {
            layout,
            settings,
            #[cfg(test)]
            interrupt: None,
        })
    }

    /// Opens the repository in `dir`, whatever it was made with, or makes one.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open) and [`init`](Self::init).
    pub fn open_or_init(dir: &Path, options: &InitOptions) -> Result<Self, RepositoryError> {
        match Self::open(dir) {
            Err(RepositoryError::NotARepository { .. }) => Self::init(dir, options),
            other => other,
        }
    }

    /// The folder to serve: hosts need nothing else, and it never holds a secret key.
    #[must_use]
    pub fn public(&self) -> PathBuf {
        self.layout.public()
    }

    /// The fingerprint of the key that signs.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.settings.fingerprint
    }

    /// Adds package files to a suite and publishes it: all of them, or none.
    ///
    /// A file that the suite holds already changes nothing. Older versions stay.
    ///
    /// # Errors
    ///
    /// When the suite is production; when a file is broken ([`Deb::open`](crate::artifact::deb::Deb::open)); when its
    /// name, version and architecture are published with other content; when the clock stands more than a minute
    /// before the last publication; when signing fails.
    pub fn add(&self, suite: Suite, debs: &[PathBuf], at: Timestamp) -> Result<Report, RepositoryError> {
        if suite == Suite::Production {
            return Err(RepositoryError::PromoteOnly { suite });
        }
        Session::begin(self, at)?.add(suite, debs, at)
    }

    /// Publishes in one suite what another one holds: the same bytes, none of them copied.
    ///
    /// # Errors
    ///
    /// When the source does not hold it; when the suite holds a newer version and no downgrade is allowed; when the
    /// clock stands more than a minute before the last publication; when signing fails.
    pub fn promote(&self, promotion: &Promotion, at: Timestamp) -> Result<Report, RepositoryError> {
        Session::begin(self, at)?.promote(promotion, at)
    }

    /// Takes a package out of a suite: one version, or all of them. Its files stay in the pool.
    ///
    /// # Errors
    ///
    /// When the suite does not hold it, and as for [`promote`](Self::promote).
    pub fn remove(
        &self,
        suite: Suite,
        package: &PackageName,
        version: Option<&DebianVersion>,
        at: Timestamp,
    ) -> Result<Report, RepositoryError> {
        Session::begin(self, at)?.remove(suite, package, version, at)
    }

    /// Publishes in a new generation what a former one held.
    ///
    /// Hosts are offered the former versions again; apt does not downgrade what is installed by itself.
    ///
    /// # Errors
    ///
    /// When there never was such a generation, and as for [`promote`](Self::promote).
    pub fn rollback(&self, suite: Suite, generation: u64, at: Timestamp) -> Result<Report, RepositoryError> {
        Session::begin(self, at)?.rollback(suite, generation, at)
    }

    /// Completes what a process that died left unfinished, if there is anything.
    ///
    /// Every command that changes something does this first.
    ///
    /// # Errors
    ///
    /// When a file of the pool is missing, or signing fails.
    pub fn complete(&self, at: Timestamp) -> Result<(), RepositoryError> {
        Session::begin(self, at).map(drop)
    }

    /// What the suites hold. Takes no lock.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub fn list(&self) -> Result<ListReport, RepositoryError> {
        let mut suites = Vec::new();
        for suite in Suite::ALL {
            suites.extend(self.layout.load_current(suite)?);
        }
        Ok(ListReport::new(suites))
    }

    /// The generations of a suite, the current one first. Takes no lock.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub fn history(&self, suite: Suite) -> Result<HistoryReport, RepositoryError> {
        let last = self.layout.load_current(suite)?.map_or(0, |current| current.generation);
        let numbers = (1..=last).rev();
        let generations: Result<_, _> = numbers.map(|n| self.layout.load_generation(suite, n)).collect();
        Ok(HistoryReport::new(suite, generations?))
    }

    /// Every version of a package that the repository ever accepted, in any suite, oldest first. Takes no lock.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    pub fn versions(&self, package: &PackageName) -> Result<Vec<DebianVersion>, RepositoryError> {
        let records = self.layout.load_records(package.as_str())?;
        let keyed = records
            .into_iter()
            .map(|record| (record.entry.version.clone(), record.entry.version));
        Ok(keyed.collect::<BTreeMap<_, _>>().into_values().collect())
    }

    /// The text of a file for `/etc/apt/sources.list.d`, in the deb822 format.
    ///
    /// # Errors
    ///
    /// When `url` is empty or holds white space, or the public key cannot be read.
    pub fn sources(&self, url: &str, suites: &[Suite], signed_by: &SignedBy) -> Result<String, RepositoryError> {
        sources::sources(self, url, suites, signed_by)
    }
}

impl Entry {
    /// Where the file lies below [`Repository::public`].
    #[must_use]
    pub fn filename(&self) -> String {
        layout::pool_path(self)
    }

    /// Whether both are the same version of a package for the same architecture.
    fn is_same_build_of(&self, other: &Self) -> bool {
        self.package == other.package && self.version == other.version && self.architecture == other.architecture
    }

    /// By name, then newest first, then architecture.
    fn listing_order(&self, other: &Self) -> Ordering {
        self.package
            .cmp(&other.package)
            .then_with(|| other.version.cmp(&self.version))
            .then_with(|| self.architecture.cmp(&other.architecture))
    }
}
