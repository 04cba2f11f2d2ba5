//! The wheels of a project: fetched, and checked.

use std::path::{Path, PathBuf};

use pydeploy::event::Bytes;
use pydeploy::exit;
use pydeploy::python::Target;
use pydeploy::wheelhouse::{self, CheckOptions, CheckReport, FetchOptions, Lock, Wheelhouse};

use super::Workspace;
use crate::args::{Check, Wheels};
use crate::error::CliError;
use crate::output::Output;

impl Workspace {
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
