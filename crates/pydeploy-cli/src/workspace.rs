//! A project on this machine: where its parts lie, and the steps that several commands share.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use pydeploy::artifact::PieceCache;
use pydeploy::artifact::deb::{self, DebOptions, OwnScripts, Packaging, WrittenDeb};
use pydeploy::artifact::source::{self, SourceOptions, WrittenSource};
use pydeploy::changelog::{self, Changelog, Contribution, Head, Maintainer, NewEntry};
use pydeploy::config::{Bytecode, ConfigError, Project};
use pydeploy::event::Bytes;
use pydeploy::python::{Compiler, Target, WheelError};
use pydeploy::release::{CompiledCache, Release, ReleaseError, run_builds};
use pydeploy::repository::{InitOptions, Repository};
use pydeploy::wheelhouse::{
    self, CheckOptions, CheckReport, FetchOptions, Lock, SelectOptions, Wheelhouse, open_wheel,
};
use pydeploy::{Timestamp, exit};

use crate::args::{Check, Place, Series, Wheels};
use crate::error::CliError;
use crate::next::{self, ChangelogFile, Choice, Versioned};
use crate::output::Output;
use crate::waived;

/// A project and the folder for what is made of it.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) project: Project,
    state: PathBuf,
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

/// The project in a folder, if it is one of pydeploy's.
pub(crate) fn project_in(folder: &Path) -> Result<Option<Project>, CliError> {
    if !folder.join("pyproject.toml").exists() {
        return Ok(None);
    }
    match Project::load(folder) {
        Ok(project) => Ok(Some(project)),
        Err(ConfigError::Missing {
            key: "tool.pydeploy", ..
        }) => Ok(None),
        Err(error) => Err(error.into()),
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
        .unwrap_or(Timestamp::EPOCH)
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

impl Workspace {
    /// The version that comes next.
    pub(crate) fn next_version(&self, choice: Choice<'_>) -> Result<Versioned, CliError> {
        let file = ChangelogFile::read(&self.project.changelog)?;
        let head = file.head_of(&self.project.name)?;
        next::next(&self.project.root, &file, &head, choice)
    }

    /// The newest entry of the changelog.
    pub(crate) fn head(&self) -> Result<Head, CliError> {
        ChangelogFile::read(&self.project.changelog)?.head_of(&self.project.name)
    }

    /// The target that the release is for.
    pub(crate) fn target(&self, wheels: &Wheels) -> Target {
        wheels.target.clone().unwrap_or_else(|| self.project.targets[0].clone())
    }

    /// The target's wheels, from the cache or from the index.
    pub(crate) fn fetch(&self, wheels: &Wheels, target: &Target, output: &mut Output) -> Result<Wheelhouse, CliError> {
        let lock = Lock::load_with(&self.project.lock, &|name| std::env::var(name).ok())?;
        let selection = lock.select_with(target, &self.parts())?;
        let options = self.fetch_options(wheels)?;
        Ok(wheelhouse::fetch_selection(&selection, target, &options, output)?)
    }

    /// The same as a step of its own.
    pub(crate) fn wheelhouse(
        &self,
        wheels: &Wheels,
        target: &Target,
        output: &mut Output,
    ) -> Result<Wheelhouse, CliError> {
        output.step("wheelhouse", |output| self.fetch(wheels, target, output), fetched)
    }

    /// The options of the command line, and those of the environment where it has none.
    fn fetch_options(&self, wheels: &Wheels) -> Result<FetchOptions, CliError> {
        let mut options = self.options_of_environment(&cache(wheels.cache.as_ref())?)?;
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

    fn options_of_environment(&self, cache: &Path) -> Result<FetchOptions, CliError> {
        let variable = |name: &str| std::env::var(name).ok();
        Ok(FetchOptions::from_env(cache, &self.lock_dir(), &variable)?)
    }

    /// The extras and groups that a release has.
    pub(crate) fn parts(&self) -> SelectOptions {
        SelectOptions {
            extras: self.project.extras.clone(),
            groups: self.project.groups.clone(),
        }
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
        let lock = Lock::load_with(&file, &|name| std::env::var(name).ok())?;
        let options = CheckOptions {
            lock: &lock,
            targets,
            select: &self.parts(),
            folder: args.wheelhouse.as_deref(),
            places: &FetchOptions::new(&cache(args.cache.as_ref())?, lock_dir),
            requirements: &self.project.requirements(&lock.default_groups)?,
            waivers: &self.project.waivers,
        };
        Ok(wheelhouse::check(&options)?)
    }

    fn lock_dir(&self) -> PathBuf {
        self.project.lock.parent().unwrap_or(Path::new(".")).to_owned()
    }

    /// The release of a version with these wheels, after the project's commands have made their files; notes what is
    /// accepted about the wheels.
    pub(crate) fn release(
        &self,
        versioned: &Versioned,
        target: &Target,
        wheels: &Wheelhouse,
        args: &Wheels,
        output: &mut Output,
    ) -> Result<Release, CliError> {
        let at = source_date()?.unwrap_or(versioned.at);
        if !self.project.build.is_empty() {
            self.prepare()?;
            run_builds(&self.project, &self.state, at, output)?;
        }
        let mut release = self.plan(versioned, target, wheels)?;
        release.at = Some(at);
        release.compiled_cache = Some(CompiledCache::at(cache(args.cache.as_ref())?));
        waived::note(&release.waived().map_err(ReleaseError::from)?, output);
        waived::note(&release.check_compiled()?, output);
        if self.project.bytecode == Bytecode::Shipped {
            compile(&mut release, &cache(args.cache.as_ref())?)?;
        }
        Ok(release)
    }

    fn plan(&self, versioned: &Versioned, target: &Target, wheels: &Wheelhouse) -> Result<Release, CliError> {
        let open = |file: &wheelhouse::WheelFile| {
            let wheel = open_wheel(&file.path, &self.project.waivers)?;
            Ok(Arc::new(wheel.with_sha256(file.sha256)))
        };
        let wheels: Vec<_> = wheels
            .wheels
            .iter()
            .map(open)
            .collect::<Result<_, WheelError>>()
            .map_err(ReleaseError::from)?;
        let version = versioned.version.clone();
        Ok(Release::plan(&self.project, version, target.clone(), wheels)?)
    }

    /// Who answers for what is built.
    pub(crate) fn maintainer(&self, entry: &changelog::Head) -> Result<String, CliError> {
        let chosen = self.project.maintainer.clone().or(entry.maintainer.clone());
        chosen.ok_or_else(|| {
            let message = format!(
                "{}: the first entry has no maintainer",
                self.project.changelog.display()
            );
            CliError::message(
                exit::FAILED,
                message,
                "end it with ` -- Name <address>  DATE`, or set `tool.pydeploy.maintainer`",
            )
        })
    }

    /// Writes the release as a Debian package into `dir`.
    pub(crate) fn build(
        &self,
        release: &Release,
        versioned: &Versioned,
        series: &Series,
        wheels: &Wheels,
        dir: &Path,
    ) -> Result<WrittenDeb, CliError> {
        let documents = self.documents(versioned, series)?;
        let options = DebOptions {
            packaging: documents.packaging(),
            pieces: Some(&PieceCache::at(cache(wheels.cache.as_ref())?)),
        };
        Ok(deb::write(release, &options, dir)?)
    }

    /// Writes the release as a Debian source package into `dir`.
    pub(crate) fn source(
        &self,
        release: &Release,
        versioned: &Versioned,
        series: &Series,
        key: Option<&str>,
        dir: &Path,
    ) -> Result<WrittenSource, CliError> {
        let documents = self.documents(versioned, series)?;
        let options = SourceOptions {
            packaging: documents.packaging(),
            key,
        };
        Ok(source::write(release, &options, dir)?)
    }

    fn documents(&self, versioned: &Versioned, series: &Series) -> Result<Documents, CliError> {
        let file = ChangelogFile::read(&self.project.changelog)?;
        let entry = file.head_of(&self.project.name)?;
        let maintainer = self.maintainer(&entry)?;
        Ok(Documents {
            at: source_date()?.unwrap_or(versioned.at),
            changelog: built_changelog(&file.bytes, &entry, versioned, series, &maintainer)?,
            copyright: std::fs::read_to_string(self.project.root.join("debian/copyright")).ok(),
            scripts: OwnScripts::load(&self.project.root.join("debian"), &self.project.name)?,
            maintainer,
        })
    }
}

/// What a package says about itself besides the release.
struct Documents {
    at: Timestamp,
    maintainer: String,
    changelog: Vec<u8>,
    copyright: Option<String>,
    scripts: OwnScripts,
}

impl Documents {
    fn packaging(&self) -> Packaging<'_> {
        Packaging {
            copyright: self.copyright.as_deref(),
            scripts: Some(&self.scripts),
            ..Packaging::new(self.at, &self.maintainer, &self.changelog)
        }
    }
}

/// Compiles the release's modules with an interpreter of this machine.
fn compile(release: &mut Release, cache: &Path) -> Result<(), CliError> {
    let compiler = Compiler::find(&interpreters(&release.target), &release.target.python_minor());
    release.compile(&compiler.map_err(ReleaseError::from)?, cache)?;
    Ok(())
}

/// The distribution's own interpreter, and those of that name on the path, as far as they are there.
pub(crate) fn interpreters(target: &Target) -> Vec<PathBuf> {
    let name = format!("python{}", target.python_minor());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|dir| dir.join(&name));
    std::iter::once(PathBuf::from(target.interpreter()))
        .chain(on_path)
        .filter(|path| path.is_file())
        .collect()
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

pub(crate) fn cache(chosen: Option<&PathBuf>) -> Result<PathBuf, CliError> {
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
                "there is no folder for what is kept between commands",
                "pass `--cache DIR`, or set HOME",
            )
        })
}

/// The entry of a package's version, where the changelog has none that becomes it.
pub(crate) fn built_entry(
    versioned: &Versioned,
    maintainer: Maintainer,
    order: changelog::Order,
) -> Result<NewEntry, CliError> {
    let what = match &versioned.commit {
        Some(commit) => format!("Snapshot of commit {commit}."),
        None => "Build of this version.".to_owned(),
    };
    let change = Contribution {
        author: maintainer.name().clone(),
        items: vec![what.parse()?],
    };
    Ok(NewEntry {
        package: None,
        version: versioned.version.clone(),
        order,
        distributions: "development".parse()?,
        urgency: changelog::Urgency::default(),
        changes: vec![change],
        maintainer,
        at: versioned.at,
    })
}

/// The changelog that goes into the package: its first entry is the one of the version that is built.
fn built_changelog(
    bytes: &[u8],
    head: &changelog::Head,
    versioned: &Versioned,
    series: &Series,
    maintainer: &str,
) -> Result<Vec<u8>, CliError> {
    let changelog = Changelog::parse(bytes);
    let own = series.version(&head.version);
    let text = if own.is_ok_and(|own| own.is_same_text(&versioned.version)) {
        changelog.set_version(&versioned.version, changelog::Order::Any)?
    } else {
        changelog.snapshot(&built_entry(versioned, maintainer.parse()?, changelog::Order::Any)?)?
    };
    match &series.distribution {
        Some(distributions) => Ok(Changelog::parse(&text).set_distributions(distributions)?),
        None => Ok(text),
    }
}

pub(crate) fn versioned(next: &Versioned) -> String {
    next.version.to_string()
}

pub(crate) fn fetched(wheelhouse: &Wheelhouse) -> String {
    let count = wheelhouse.wheels.len();
    let downloaded = match wheelhouse.downloaded {
        0 => "nothing downloaded".to_owned(),
        new => format!("{new} downloaded ({})", Bytes(wheelhouse.downloaded_bytes)),
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
    format!("{name} ({}, {} entries)", Bytes(deb.size), deb.entries)
}

/// How deployments start what holds the socket: this very program.
pub(crate) fn deploy_options(listen: Option<SocketAddr>) -> Result<pydeploy::deploy::Options, CliError> {
    let program = std::env::current_exe()?;
    Ok(pydeploy::deploy::Options {
        supervisor: vec![program.into_os_string(), "supervise".into()],
        listen,
    })
}
