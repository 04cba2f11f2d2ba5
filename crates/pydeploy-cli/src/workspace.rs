//! A project on this machine: where its parts lie, and the steps that several commands share.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use pydeploy::artifact::deb::{self, DebOptions, WrittenDeb};
use pydeploy::changelog;
use pydeploy::config::Project;
use pydeploy::python::{Target, Wheel};
use pydeploy::release::{Release, ReleaseError};
use pydeploy::repository::{InitOptions, Repository};
use pydeploy::version::{DebianVersion, SnapshotOptions};
use pydeploy::wheelhouse::{self, CheckOptions, CheckReport, FetchOptions, Lock, SelectOptions, Wheelhouse};
use pydeploy::{Timestamp, exit, vcs};

use crate::args::{Check, Place, Wheels, Which};
use crate::error::CliError;
use crate::output::Output;

/// A project and the folder for what is made of it.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) project: Project,
    state: PathBuf,
}

/// A version and where it comes from.
#[derive(Debug)]
pub(crate) struct Versioned {
    pub(crate) version: DebianVersion,
    /// The time of everything that is built.
    pub(crate) at: Timestamp,
    /// `1233451abcd…`, when there is a commit.
    pub(crate) commit: Option<String>,
    /// Whether the work tree holds changes that no commit does.
    pub(crate) dirty: bool,
    pub(crate) snapshot: bool,
}

impl Workspace {
    pub(crate) fn open(place: &Place) -> Result<Self, CliError> {
        let root = std::path::absolute(&place.project)?;
        let state = match &place.state {
            Some(state) => std::path::absolute(state)?,
            None => root.join(".pydeploy"),
        };
        Ok(Self {
            project: Project::load(&root)?,
            state,
        })
    }

    pub(crate) fn artifacts(&self) -> PathBuf {
        self.state.join("artifacts")
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.state.join("repository")
    }

    pub(crate) fn host(&self) -> PathBuf {
        self.state.join("host")
    }

    /// Makes the folder, so that version control does not see what is in it.
    pub(crate) fn prepare(&self) -> Result<(), CliError> {
        std::fs::create_dir_all(&self.state)?;
        let ignore = self.state.join(".gitignore");
        if !ignore.exists() {
            std::fs::write(ignore, "*\n")?;
        }
        Ok(())
    }
}

/// The clock, which only the command line reads.
pub(crate) fn now() -> Timestamp {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    i64::try_from(seconds)
        .ok()
        .and_then(Timestamp::from_second)
        .unwrap_or_else(epoch)
}

fn epoch() -> Timestamp {
    "0".parse().unwrap_or_else(|_| unreachable!("0 is a number of seconds"))
}

/// `SOURCE_DATE_EPOCH`, when it is set.
pub(crate) fn source_date() -> Result<Option<Timestamp>, CliError> {
    let Ok(text) = std::env::var("SOURCE_DATE_EPOCH") else {
        return Ok(None);
    };
    let hint = "set SOURCE_DATE_EPOCH to a number of seconds, or unset it";
    text.parse()
        .map(Some)
        .map_err(|error: pydeploy::timestamp::ParseTimestampError| {
            CliError::message(exit::USAGE, format!("SOURCE_DATE_EPOCH: {error}"), hint)
        })
}

/// What decides the next version besides changelog and commit.
#[derive(Debug)]
pub(crate) struct Choice<'a> {
    pub(crate) which: &'a Which,
    pub(crate) published: Vec<DebianVersion>,
    pub(crate) allow_dirty: bool,
    pub(crate) date: Option<Timestamp>,
}

impl Workspace {
    /// The version that comes next.
    pub(crate) fn next_version(&self, choice: Choice<'_>) -> Result<Versioned, CliError> {
        let bytes = self.read_changelog()?;
        let entry = self.head(&bytes)?;
        let head = entry.for_version();
        let facts = vcs::head(&self.project.root)?;
        // A snapshot can say that it was changed, a release cannot.
        if facts.dirty && (choice.which.release || !choice.allow_dirty) {
            let hint = match choice.which.release {
                true => "commit them; a release is what a commit holds",
                false => "commit them, or pass `--allow-dirty`, which marks the version",
            };
            return Err(CliError::message(
                exit::REFUSED,
                "the work tree holds changes that no commit does",
                hint,
            ));
        }
        if choice.which.release {
            let version = pydeploy::version::release(&head, None, &choice.published)?;
            return Ok(Versioned {
                version,
                at: facts.at,
                commit: Some(facts.commit),
                dirty: facts.dirty,
                snapshot: false,
            });
        }
        // What no commit holds is as new as the clock says.
        let at = choice
            .date
            .unwrap_or(if facts.dirty { now().max(facts.at) } else { facts.at });
        let options = SnapshotOptions {
            at,
            ..facts.snapshot_options()
        };
        let version = pydeploy::version::snapshot(&head, &choice.published, &options)?;
        Ok(Versioned {
            version,
            at,
            commit: Some(facts.commit),
            dirty: facts.dirty,
            snapshot: true,
        })
    }

    fn read_changelog(&self) -> Result<Vec<u8>, CliError> {
        let path = &self.project.changelog;
        std::fs::read(path).map_err(|error| {
            let message = format!("cannot read {}: {error}", path.display());
            CliError::message(
                exit::FAILED,
                message,
                "a project has a `debian/changelog`; docs/guide.md shows one",
            )
        })
    }

    fn head(&self, bytes: &[u8]) -> Result<changelog::Head, CliError> {
        let path = &self.project.changelog;
        let entry = changelog::head(bytes).map_err(|error| {
            let message = format!("{}: {error}", path.display());
            CliError::message(
                exit::FAILED,
                message,
                "`dpkg-parsechangelog -l` reads a changelog that is right",
            )
        })?;
        if entry.package != self.project.name.as_str() {
            let message = format!(
                "{} is of `{}`, the project is `{}`",
                path.display(),
                entry.package,
                self.project.name
            );
            return Err(CliError::message(
                exit::FAILED,
                message,
                "set `tool.pydeploy.name`, or correct the changelog",
            ));
        }
        Ok(entry)
    }

    /// The target that the release is for.
    pub(crate) fn target(&self, wheels: &Wheels) -> Target {
        wheels.target.clone().unwrap_or_else(|| self.project.targets[0].clone())
    }

    /// The target's wheels, from the cache or from the index.
    pub(crate) fn fetch(&self, wheels: &Wheels, target: &Target, output: &mut Output) -> Result<Wheelhouse, CliError> {
        let lock = Lock::load_with(&self.project.lock, &|name| std::env::var(name).ok())?;
        let selection = lock.select_with(target, &SelectOptions::default())?;
        let options = self.fetch_options(wheels)?;
        Ok(wheelhouse::fetch_selection(&selection, target, &options, output)?)
    }

    /// The options of the command line, and those of the environment where it has none.
    fn fetch_options(&self, wheels: &Wheels) -> Result<FetchOptions, CliError> {
        let mut options = FetchOptions::from_env(&cache(wheels.cache.as_ref())?, &self.lock_dir(), &|name| {
            std::env::var(name).ok()
        })?;
        options.offline = wheels.offline;
        if let Some(index) = &wheels.index_url {
            options.index_url = Some(index.parse()?);
        }
        for index in wheels.indexes.iter().rev() {
            options.first_indexes.insert(0, index.parse()?);
        }
        for links in wheels.find_links.iter().rev() {
            options.find_links.insert(0, links.parse()?);
        }
        Ok(options)
    }

    /// Checks the wheels, without the network.
    pub(crate) fn check(&self, args: &Check) -> Result<CheckReport, CliError> {
        let own_lock = args.wheelhouse.as_ref().map(|dir| dir.join("pylock.toml"));
        let file = own_lock
            .filter(|file| file.is_file())
            .unwrap_or_else(|| self.project.lock.clone());
        let lock_dir = file.parent().unwrap_or(Path::new("."));
        let targets = match args.targets.is_empty() {
            true => &self.project.targets,
            false => &args.targets,
        };
        let options = CheckOptions {
            lock: &Lock::load(&file)?,
            targets,
            select: &SelectOptions::default(),
            folder: args.wheelhouse.as_deref(),
            places: &FetchOptions::new(&cache(args.cache.as_ref())?, lock_dir),
            requirements: &self.project.requirements()?,
            waivers: &self.project.waivers,
        };
        Ok(wheelhouse::check(&options)?)
    }

    fn lock_dir(&self) -> PathBuf {
        self.project.lock.parent().unwrap_or(Path::new(".")).to_owned()
    }

    /// The release of a version with these wheels.
    pub(crate) fn release(
        &self,
        version: &DebianVersion,
        target: &Target,
        wheels: &Wheelhouse,
    ) -> Result<Release, CliError> {
        let open = |file: &wheelhouse::WheelFile| Wheel::open(&file.path).map(Arc::new);
        let wheels: Vec<_> = wheels
            .wheels
            .iter()
            .map(open)
            .collect::<Result<_, _>>()
            .map_err(ReleaseError::from)?;
        if let Some(wheel) = wheels.iter().find(|wheel| !wheel.metadata().accepts(target)) {
            let wanted = wheel.metadata().requires_python.as_deref().unwrap_or_default();
            let message = format!(
                "{} wants Python {wanted}, {target} has {}",
                wheel.filename(),
                target.python_full()
            );
            return Err(CliError::message(
                exit::FAILED,
                message,
                "lock a version of it that fits, or drop the target",
            ));
        }
        Ok(Release::plan(&self.project, version.clone(), target.clone(), wheels)?)
    }

    /// Writes the release as a Debian package into `dir`.
    pub(crate) fn build(&self, release: &Release, versioned: &Versioned, dir: &Path) -> Result<WrittenDeb, CliError> {
        let bytes = self.read_changelog()?;
        let entry = self.head(&bytes)?;
        let maintainer = self
            .project
            .maintainer
            .clone()
            .or(entry.maintainer.clone())
            .ok_or_else(|| {
                let message = format!(
                    "{}: the first entry has no maintainer",
                    self.project.changelog.display()
                );
                CliError::message(
                    exit::FAILED,
                    message,
                    "end it with ` -- Name <address>  DATE`, or set `tool.pydeploy.maintainer`",
                )
            })?;
        let copyright = std::fs::read_to_string(self.project.root.join("debian/copyright")).ok();
        let changelog = built_changelog(&bytes, &entry, versioned, &maintainer);
        let options = DebOptions {
            at: source_date()?.unwrap_or(versioned.at),
            maintainer: &maintainer,
            changelog: &changelog,
            copyright: copyright.as_deref(),
        };
        Ok(deb::write(release, &options, dir)?)
    }
}

/// The repository at `dir`, made with a key of its own when there is none.
pub(crate) fn repository(dir: &Path, origin: &str, at: Timestamp) -> Result<Repository, CliError> {
    let options = InitOptions {
        origin: origin.to_owned(),
        label: origin.to_owned(),
        key: None,
        at,
    };
    Ok(Repository::open_or_init(dir, &options)?)
}

fn cache(chosen: Option<&PathBuf>) -> Result<PathBuf, CliError> {
    let folder = |variable: &str, rest: &str| {
        std::env::var_os(variable)
            .filter(|v| !v.is_empty())
            .map(|dir| Path::new(&dir).join(rest))
    };
    chosen
        .cloned()
        .or_else(|| folder("XDG_CACHE_HOME", "pydeploy"))
        .or_else(|| folder("HOME", ".cache/pydeploy"))
        .ok_or_else(|| {
            CliError::message(
                exit::USAGE,
                "there is no folder for downloaded wheels",
                "pass `--cache DIR`, or set HOME",
            )
        })
}

/// The changelog that goes into the package: its first entry is the one of the version that is built.
fn built_changelog(bytes: &[u8], head: &changelog::Head, versioned: &Versioned, maintainer: &str) -> Vec<u8> {
    if head.version.is_same_text(&versioned.version) {
        return bytes.to_owned();
    }
    let what = match &versioned.commit {
        Some(commit) => format!("Snapshot of commit {commit}."),
        None => "Build of this version.".to_owned(),
    };
    let (name, version, date) = (&head.package, &versioned.version, versioned.at.rfc2822());
    let entry = format!("{name} ({version}) development; urgency=medium\n\n  * {what}\n\n -- {maintainer}  {date}\n\n");
    [entry.as_bytes(), bytes].concat()
}

pub(crate) fn versioned(next: &Versioned) -> String {
    next.version.to_string()
}

pub(crate) fn fetched(wheelhouse: &Wheelhouse) -> String {
    let count = wheelhouse.wheels.len();
    let downloaded = match wheelhouse.downloaded {
        0 => "nothing downloaded".to_owned(),
        new => format!("{new} downloaded ({})", size(wheelhouse.downloaded_bytes)),
    };
    match wheelhouse
        .wheels
        .iter()
        .filter(|wheel| wheel.provenance.is_some())
        .count()
    {
        0 => format!("{count} wheels, {downloaded}"),
        built => format!("{count} wheels, {downloaded}, {built} built from source"),
    }
}

pub(crate) fn built(deb: &WrittenDeb) -> String {
    let name = deb.path.file_name().unwrap_or_default().display();
    format!("{name} ({}, {} entries)", size(deb.size), deb.entries)
}

fn size(bytes: u64) -> String {
    let tenths = bytes / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// How deployments start what holds the socket: this very program.
pub(crate) fn deploy_options(listen: Option<SocketAddr>) -> Result<pydeploy::deploy::Options, CliError> {
    let program = std::env::current_exe()?;
    Ok(pydeploy::deploy::Options {
        supervisor: vec![program.into_os_string(), "supervise".into()],
        listen,
    })
}
