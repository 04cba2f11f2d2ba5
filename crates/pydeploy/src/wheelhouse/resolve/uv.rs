//! `uv pip compile` for a target, and `uv lock`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{ResolveError, Resolver, ResolverReason, Upgrade};
use crate::python::{DistributionName, Target};
use crate::sys::files::{self, At as _};
use crate::sys::process::{CommandError, Invocation};
use crate::wheelhouse::lock::{Lock, SelectOptions, Selection, to_pylock};

/// Versions of the C library that uv knows as platforms. A wheel for a later one is not seen by it.
const GLIBC: [u16; 12] = [17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40];

/// More rounds than a project has distributions without wheels.
const ROUNDS: usize = 50;

/// What a target gets, by a `pylock.toml` that uv writes for it.
///
/// Wheels are asked for. Where some distributions may be built from source, uv cannot be told "only wheels, but for these":
/// it is told which have to be wheels, as they turn up. What the lock has as a source distribution may stay one.
pub(super) fn pylock(
    resolver: &Resolver<'_>,
    target: &Target,
    old: Option<&Selection>,
) -> Result<Selection, ResolveError> {
    let locked = old.iter().flat_map(|old| &old.sdists).map(|sdist| &sdist.name);
    let allowed: BTreeSet<_> = resolver.options.from_source.iter().chain(locked).collect();
    let mut only_wheels = BTreeSet::new();
    for _ in 0..ROUNDS {
        let selection = compiled(
            resolver,
            target,
            old,
            Some(&only_wheels).filter(|_| !allowed.is_empty()),
        )?;
        let from_source = selection.sdists.iter().map(|sdist| &sdist.name);
        let refused: Vec<_> = from_source.filter(|name| !allowed.contains(name)).cloned().collect();
        let before = only_wheels.len();
        only_wheels.extend(refused);
        if only_wheels.len() == before {
            return Ok(selection);
        }
    }
    let reason = format!("uv asks for source distributions again and again: {only_wheels:?}");
    Err(no_solution(target, reason))
}

fn compiled(
    resolver: &Resolver<'_>,
    target: &Target,
    old: Option<&Selection>,
    only_wheels: Option<&BTreeSet<DistributionName>>,
) -> Result<Selection, ResolveError> {
    let staging = resolver.staging()?;
    let output = staging.path().join("pylock.toml");
    if let Some(text) = old.and_then(|old| to_pylock(&[(target.clone(), old.clone())]).ok()) {
        // uv keeps the versions that it finds in the file to be written.
        std::fs::write(&output, text).at("write", &output)?;
    }
    let mut arguments = compile(resolver, "pylock.toml", &output);
    arguments.extend(for_target(target));
    let all = || vec![":all:".to_owned()];
    let only_wheels = only_wheels.map_or_else(all, |names| names.iter().map(ToString::to_string).collect());
    arguments.extend(
        only_wheels
            .into_iter()
            .flat_map(|name| ["--only-binary".to_owned(), name]),
    );
    run(resolver, arguments, Some(target))?;
    let bytes = files::read(&output)?;
    let lock = Lock::parse(Path::new("resolved-pylock.toml"), &String::from_utf8_lossy(&bytes))?;
    let mut selection = lock.select_with(target, &SelectOptions::default())?;
    let paths = selection.wheels.iter_mut().map(|pin| &mut pin.path);
    paths
        .chain(selection.sdists.iter_mut().map(|sdist| &mut sdist.path))
        .for_each(beside_lock);
    Ok(selection)
}

/// uv wrote into a folder in that of the lock, and paths relative to it.
fn beside_lock(path: &mut Option<PathBuf>) {
    if let Some(inner) = path.as_ref().and_then(|path| path.strip_prefix("..").ok()) {
        *path = Some(inner.to_owned());
    }
}

/// A `requirements.txt` for all targets; for one alone when there is but one.
pub(super) fn requirements(resolver: &Resolver<'_>, old: Option<&[u8]>) -> Result<Vec<u8>, ResolveError> {
    let staging = resolver.staging()?;
    let output = staging.path().join("requirements.txt");
    if let Some(old) = old {
        std::fs::write(&output, old).at("write", &output)?;
    }
    let mut arguments = compile(resolver, "requirements.txt", &output);
    arguments.push("--generate-hashes".to_owned());
    match &resolver.options.targets[..] {
        [only] => arguments.extend(for_target(only)),
        several => {
            let lowest = several.iter().min_by_key(|target| target.python());
            arguments.push("--universal".to_owned());
            arguments.extend(
                lowest
                    .into_iter()
                    .flat_map(|target| ["--python-version".to_owned(), target.python_full()]),
            );
        }
    }
    run(resolver, arguments, None)?;
    Ok(files::read(&output)?)
}

/// `uv lock` in the project's folder.
pub(super) fn uv_lock(resolver: &Resolver<'_>) -> Result<(), ResolveError> {
    let mut arguments = vec!["lock".to_owned(), "--quiet".to_owned()];
    arguments.extend(shared(resolver));
    run(resolver, arguments, None)
}

fn compile(resolver: &Resolver<'_>, format: &str, output: &Path) -> Vec<String> {
    let parts = &resolver.options.parts;
    let mut arguments: Vec<_> = [
        "pip",
        "compile",
        "--quiet",
        "--no-header",
        "--format",
        format,
        "--output-file",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(output.to_string_lossy().into_owned());
    arguments.extend(
        parts
            .extras
            .iter()
            .flat_map(|extra| ["--extra".to_owned(), extra.to_string()]),
    );
    let groups = parts.groups.iter().flatten();
    arguments.extend(groups.flat_map(|group| ["--group".to_owned(), group.to_string()]));
    arguments.extend(shared(resolver));
    arguments.push("pyproject.toml".to_owned());
    arguments
}

/// What `uv pip compile` and `uv lock` share.
fn shared(resolver: &Resolver<'_>) -> Vec<String> {
    let mut arguments = Vec::new();
    match &resolver.options.upgrade {
        Upgrade::Nothing => {}
        Upgrade::All => arguments.push("--upgrade".to_owned()),
        Upgrade::Names(names) => {
            arguments.extend(
                names
                    .iter()
                    .flat_map(|name| ["--upgrade-package".to_owned(), name.to_string()]),
            );
        }
    }
    arguments.extend(Some("--offline".to_owned()).filter(|_| resolver.options.offline));
    arguments
}

fn for_target(target: &Target) -> [String; 4] {
    let (major, minor) = target.glibc();
    let known = GLIBC.iter().rev().find(|known| **known <= minor).unwrap_or(&GLIBC[0]);
    [
        "--python-version".to_owned(),
        target.python_full(),
        "--python-platform".to_owned(),
        format!("{}-manylinux_{major}_{known}", target.arch().machine()),
    ]
}

/// A Python of another version is never downloaded for this: uv needs one only to build.
fn run(resolver: &Resolver<'_>, arguments: Vec<String>, target: Option<&Target>) -> Result<(), ResolveError> {
    let mut invocation = Invocation::new("uv", resolver.root())
        .args(arguments)
        .env("UV_PYTHON_DOWNLOADS", "never")
        .env("NO_COLOR", "1");
    if let Some(index) = &resolver.options.index_url {
        invocation = invocation.env("UV_DEFAULT_INDEX", index.secret());
    }
    match resolver.runner.run(&invocation) {
        Ok(_) => Ok(()),
        Err(CommandError::Failed { stderr, .. }) => Err(ResolveError::NoSolution {
            target: target.cloned(),
            reason: ResolverReason::new(&stderr),
        }),
        Err(error) if error.is_missing_program() && target.is_none() => Err(ResolveError::NoUv {
            reason: "only uv writes a lock of this kind".to_owned(),
        }),
        Err(error) => Err(ResolveError::Command(error)),
    }
}

fn no_solution(target: &Target, reason: String) -> ResolveError {
    ResolveError::NoSolution {
        target: Some(target.clone()),
        reason: ResolverReason::new(&reason),
    }
}
