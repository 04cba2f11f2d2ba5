//! Versions are found by a resolver, run as a program: `uv`, or pip where there is no `uv`.
//!
//! What is resolved is resolved for a target: its full version of Python, its C library and its machine, whatever the
//! machine is that asks.

mod changes;
mod pip;
mod uv;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(super) use self::changes::versions;
pub use self::changes::{Change, changes};
use super::lock::{Format, Lock, LockError, SelectOptions, Selection, to_pylock};
use super::options::IndexUrl;
use crate::config::ConfigError;
use crate::python::{DistributionName, Target};
use crate::sys::files::{self, At as _, FileError};
use crate::sys::process::{CommandError, Runner, SystemRunner};

/// What is resolved, and how.
#[derive(Clone, Debug)]
pub struct ResolveOptions {
    /// The folder with `pyproject.toml`.
    pub root: PathBuf,
    /// The lock: a `pylock.toml`, a `requirements.txt` or a `uv.lock`, which need not exist yet.
    pub lock: PathBuf,
    /// Where releases will run.
    pub targets: Vec<Target>,
    /// Extras and dependency groups of the project.
    pub parts: SelectOptions,
    /// Which of the versions in the lock may change.
    pub upgrade: Upgrade,
    /// Distributions that may be source distributions where no wheel fits; all others are wheels.
    pub from_source: BTreeSet<DistributionName>,
    /// The index to ask in place of the resolver's own choice. Its credentials are never part of a command line.
    pub index_url: Option<IndexUrl>,
    /// Whether to do without the network.
    pub offline: bool,
}

/// Which of the versions in a lock may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Upgrade {
    /// Those that have to.
    #[default]
    Nothing,
    /// Those of these distributions, and those that have to.
    Names(BTreeSet<DistributionName>),
    /// All.
    All,
}

/// What each target gets.
type Parts = Vec<(Target, Selection)>;

/// A lock that has been written, or found to be right.
#[derive(Clone, Debug)]
pub struct Locked {
    /// Whether the file is another than before.
    pub changed: bool,
    /// What each target got before; nothing where the old lock could not be used for it.
    pub before: Vec<(Target, Selection)>,
    /// What each target gets now.
    pub after: Vec<(Target, Selection)>,
}

/// A lock could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// What the project requires cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What the resolver wrote cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The resolver found no versions that go together, or could not ask for them.
    #[error("{}", nothing_found(target.as_ref()))]
    NoSolution {
        /// The target; none when the lock is for all of them.
        target: Option<Target>,
        /// What the resolver says.
        #[source]
        reason: ResolverReason,
    },
    /// There is no `uv`, and it is needed.
    #[error("`uv` is not installed, and {reason}")]
    NoUv {
        /// Why pip will not do.
        reason: String,
    },
    /// The resolver could not be run.
    #[error(transparent)]
    Command(CommandError),
    /// What pip reports is not a report.
    #[error("pip's report cannot be read: {reason}")]
    Report {
        /// Why.
        reason: String,
    },
}

/// What a resolver says when it fails, without the words that it starts its lines with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ResolverReason(String);

impl ResolverReason {
    fn new(stderr: &str) -> Self {
        let without_label = |line: &str| {
            let line = line.trim().trim_start_matches("ERROR: ");
            let labels = ["error: ", "cause: "];
            labels
                .iter()
                .find_map(|label| line.strip_prefix(label))
                .unwrap_or(line)
                .to_owned()
        };
        let lines: Vec<_> = stderr
            .lines()
            .map(without_label)
            .filter(|line| !line.is_empty())
            .collect();
        Self(lines.join("\n"))
    }
}

fn nothing_found(target: Option<&Target>) -> String {
    match target {
        Some(target) => format!("the dependencies cannot be resolved for {target}"),
        None => "the dependencies cannot be resolved".to_owned(),
    }
}

impl ResolveError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::File(error) => return error.hint(),
            Self::Config(error) => return error.hint(),
            Self::Lock(error) => return error.hint(),
            // uv reads no project without one, though nothing is asked of it here.
            Self::NoSolution { reason, .. } if reason.0.contains("`project.version`") => {
                "add a `version` to `[project]`, or `dynamic = [\"version\"]`"
            }
            Self::NoSolution { .. } => {
                "change `project.dependencies`; where only a source distribution is left, `--from-source NAME` allows it"
            }
            Self::NoUv { .. } => "install uv: `pip install uv`",
            Self::Command(_) => "check that the program runs",
            Self::Report { .. } => "pip 23 and later write reports; or install uv",
        };
        Some(text.to_owned())
    }
}

/// Resolves the project's dependencies and writes the lock, when that changes it.
///
/// A `pylock.toml` holds what each target gets, resolved for one after the other; a `requirements.txt` and a `uv.lock` are
/// written by uv for all targets together. Without uv, pip resolves for a target whose interpreter this machine has, and
/// writes a `requirements.txt` when that is the only one. `variable` knows the values of variables that the lock names.
///
/// ```no_run
/// use pydeploy::wheelhouse::{ResolveOptions, SelectOptions, Upgrade, changes, lock};
///
/// let options = ResolveOptions {
///     root: "site".into(),
///     lock: "site/pylock.toml".into(),
///     targets: vec!["debian12".parse()?, "ubuntu24.04".parse()?],
///     parts: SelectOptions::default(),
///     upgrade: Upgrade::Names(["django".parse()?].into()),
///     from_source: Default::default(),
///     index_url: None,
///     offline: false,
/// };
/// let locked = lock(&options, &|name| std::env::var(name).ok())?;
/// for change in changes(&locked.before, &locked.after) {
///     println!("{} {:?} {:?}", change.name, change.before, change.after);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the resolver cannot be run or finds nothing, and when what it finds cannot be used on every target. The lock is
/// then what it was.
pub fn lock(options: &ResolveOptions, variable: &dyn Fn(&str) -> Option<String>) -> Result<Locked, ResolveError> {
    Resolver::new(options, variable, &SystemRunner).lock()
}

/// What each target would get, where it gets `locked` now: with [`Upgrade::All`] the newest of everything. Nothing is
/// written.
///
/// # Errors
///
/// When the resolver cannot be run or finds nothing.
pub fn resolve(
    options: &ResolveOptions,
    locked: &[(Target, Selection)],
) -> Result<Vec<(Target, Selection)>, ResolveError> {
    Resolver::new(options, &|_| None, &SystemRunner).each_target(locked)
}

pub(super) struct Resolver<'a> {
    options: &'a ResolveOptions,
    variable: &'a dyn Fn(&str) -> Option<String>,
    runner: &'a dyn Runner,
}

impl<'a> Resolver<'a> {
    fn new(options: &'a ResolveOptions, variable: &'a dyn Fn(&str) -> Option<String>, runner: &'a dyn Runner) -> Self {
        Self {
            options,
            variable,
            runner,
        }
    }

    fn lock(&self) -> Result<Locked, ResolveError> {
        let old = files::read_if_exists(&self.options.lock)?;
        let before = self.usable(old.as_deref());
        let text = String::from_utf8_lossy(old.as_deref().unwrap_or_default());
        let (bytes, after) = match Format::of(&self.options.lock, &text) {
            Format::Pylock => {
                let after = self.each_target(&before)?;
                (to_pylock(&after)?.into_bytes(), after)
            }
            Format::Requirements => self.all_targets(self.requirements(old.as_deref(), &before)?)?,
            Format::UvLock => self.uv_lock(old.as_deref())?,
        };
        let changed = old.as_deref() != Some(&bytes[..]);
        if changed {
            files::write_atomic(&self.options.lock, &bytes, 0o644)?;
        }
        Ok(Locked { changed, before, after })
    }

    /// What the lock gives each target; a target that it is not for gets nothing.
    fn usable(&self, old: Option<&[u8]>) -> Parts {
        let text = old.and_then(|bytes| str::from_utf8(bytes).ok());
        let lock = text.and_then(|text| Lock::parse_with(&self.options.lock, text, self.variable).ok());
        let of = |target: &Target| {
            Some((
                target.clone(),
                lock.as_ref()?.select_with(target, &self.options.parts).ok()?,
            ))
        };
        self.options.targets.iter().filter_map(of).collect()
    }

    fn each_target(&self, before: &[(Target, Selection)]) -> Result<Parts, ResolveError> {
        let targets = self.options.targets.iter();
        let resolved = targets.map(|target| {
            let old = before.iter().find(|(other, _)| other == target);
            Ok((
                target.clone(),
                self.one_target(target, old.map(|(_, selection)| selection))?,
            ))
        });
        resolved.collect()
    }

    fn one_target(&self, target: &Target, old: Option<&Selection>) -> Result<Selection, ResolveError> {
        match uv::pylock(self, target, old) {
            Err(ResolveError::Command(error)) if error.is_missing_program() => pip::resolve(self, target, old),
            other => other,
        }
    }

    /// For all targets together; pip knows one at a time.
    fn requirements(&self, old: Option<&[u8]>, before: &[(Target, Selection)]) -> Result<Vec<u8>, ResolveError> {
        match (uv::requirements(self, old), &self.options.targets[..]) {
            (Err(ResolveError::NoUv { .. }), [only]) => {
                let old = before.first().map(|(_, selection)| selection);
                Ok(pip::requirements(&pip::resolve(self, only, old)?).into_bytes())
            }
            (Err(ResolveError::NoUv { .. }), _) => Err(ResolveError::NoUv {
                reason: "pip cannot resolve for several targets together".to_owned(),
            }),
            (written, _) => written,
        }
    }

    /// A lock for all targets, when each of them can use it.
    fn all_targets(&self, bytes: Vec<u8>) -> Result<(Vec<u8>, Parts), ResolveError> {
        let lock = Lock::parse_with(&self.options.lock, &String::from_utf8_lossy(&bytes), self.variable)?;
        let targets = self.options.targets.iter();
        let after = targets.map(|target| Ok((target.clone(), lock.select_with(target, &self.options.parts)?)));
        let after = after.collect::<Result<_, LockError>>()?;
        Ok((bytes, after))
    }

    /// uv writes its lock itself. One that cannot be used is put back.
    fn uv_lock(&self, old: Option<&[u8]>) -> Result<(Vec<u8>, Parts), ResolveError> {
        uv::uv_lock(self)?;
        let written = files::read(&self.options.lock)?;
        let checked = self.all_targets(written);
        if let (Err(_), Some(old)) = (&checked, old) {
            files::write_atomic(&self.options.lock, old, 0o644)?;
        }
        checked
    }

    /// A folder beside the lock that goes away.
    fn staging(&self) -> Result<tempfile::TempDir, ResolveError> {
        let dir = self.options.lock.parent().unwrap_or(Path::new("."));
        let staging = tempfile::Builder::new().prefix(".staged-").tempdir_in(dir);
        Ok(staging.at("create a folder in", dir)?)
    }

    fn root(&self) -> &Path {
        &self.options.root
    }
}
