//! pip as a resolver: where there is no uv, and the target's own Python runs on this machine.
//!
//! pip evaluates markers for the interpreter that runs it, whatever target it is told, so that it is asked only by the
//! target's interpreter, in its full version and on its kind of machine.

use std::collections::BTreeMap;
use std::path::Path;

use pep440_rs::Version;
use serde::Deserialize;

use super::{ResolveError, Resolver, ResolverReason, Upgrade};
use crate::config::Dependencies;
use crate::digest::Sha256;
use crate::python::{DistributionName, Target, WheelFilename};
use crate::sys::files::At as _;
use crate::sys::process::{CommandError, Invocation};
use crate::wheelhouse::lock::{Pinned, Selection};
use crate::wheelhouse::url;

/// Prints the full version and the machine of the interpreter that runs it.
const PROBE: &str = "import platform; print(platform.python_version(), platform.machine())";

pub(super) fn resolve(
    resolver: &Resolver<'_>,
    target: &Target,
    old: Option<&Selection>,
) -> Result<Selection, ResolveError> {
    check_options(resolver, target)?;
    check_interpreter(resolver, target)?;
    let requirements_text = dependencies(resolver, target)?;
    let staging = resolver.staging()?;
    let requirements = staging.path().join("requirements.txt");
    std::fs::write(&requirements, requirements_text).at("write", &requirements)?;
    let arguments = arguments(&requirements);
    if let Some(bounds) = old.and_then(|old| bounds(old, &resolver.options.upgrade)) {
        let file = staging.path().join("constraints.txt");
        std::fs::write(&file, bounds).at("write", &file)?;
        let bounded = [
            &arguments[..],
            &["--constraint".to_owned(), file.to_string_lossy().into_owned()],
        ]
        .concat();
        // Versions that cannot stay may have to change.
        if let Ok(selection) = run(resolver, target, bounded) {
            return Ok(selection);
        }
    }
    run(resolver, target, arguments)
}

fn check_options(resolver: &Resolver<'_>, target: &Target) -> Result<(), ResolveError> {
    match (resolver.options.offline, resolver.options.from_source.is_empty()) {
        (true, _) => Err(no_uv(target, "the network is not to be used")),
        (_, false) => Err(no_uv(target, "source distributions are allowed")),
        _ => Ok(()),
    }
}

fn check_interpreter(resolver: &Resolver<'_>, target: &Target) -> Result<(), ResolveError> {
    let probe = Invocation::new(target.interpreter(), resolver.root()).args(["-I", "-c", PROBE]);
    let wanted = format!("{} {}", target.python_full(), target.arch().machine());
    let found = resolver.runner.run(&probe).ok();
    let found = found.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    match found {
        Some(found) if found == wanted => Ok(()),
        Some(found) => Err(no_uv(target, &format!("{} is {found}", target.interpreter()))),
        None => Err(no_uv(target, &format!("{} is not installed", target.interpreter()))),
    }
}

fn no_uv(target: &Target, reason: &str) -> ResolveError {
    ResolveError::NoUv {
        reason: format!("pip cannot resolve for {target}: {reason}"),
    }
}

fn arguments(requirements: &Path) -> Vec<String> {
    let fixed = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--dry-run",
        "--ignore-installed",
        "--report",
        "-",
    ];
    let mut arguments: Vec<_> = fixed.map(str::to_owned).into();
    arguments.extend(["--only-binary", ":all:", "--requirement"].map(str::to_owned));
    arguments.push(requirements.to_string_lossy().into_owned());
    arguments
}

/// The versions that stay.
fn bounds(old: &Selection, upgrade: &Upgrade) -> Option<String> {
    let stays = |name: &DistributionName| match upgrade {
        Upgrade::Nothing => true,
        Upgrade::Names(names) => !names.contains(name),
        Upgrade::All => false,
    };
    let wheels = old.wheels.iter().map(|pin| (&pin.name, &pin.version));
    let hashed = old.unlocated.iter().map(|pin| (&pin.name, &pin.hashes.version));
    let pins = wheels.chain(hashed).filter(|(name, _)| stays(name));
    let bounds: String = pins.map(|(name, version)| format!("{name}=={version}\n")).collect();
    Some(bounds).filter(|bounds| !bounds.is_empty())
}

fn run(resolver: &Resolver<'_>, target: &Target, arguments: Vec<String>) -> Result<Selection, ResolveError> {
    let mut invocation = Invocation::new(target.interpreter(), resolver.root()).args(arguments);
    if let Some(index) = &resolver.options.index_url {
        invocation = invocation.env("PIP_INDEX_URL", index.secret());
    }
    match resolver.runner.run(&invocation) {
        Ok(output) => read_report(&output.stdout),
        Err(CommandError::Failed { stderr, .. }) => Err(ResolveError::NoSolution {
            target: Some(target.clone()),
            reason: ResolverReason::new(&stderr),
        }),
        Err(error) => Err(ResolveError::Command(error)),
    }
}

/// One requirement a line: those of the project, and of the extras and groups that are wanted.
fn dependencies(resolver: &Resolver<'_>, target: &Target) -> Result<String, ResolveError> {
    let dependencies = Dependencies::load(resolver.root())?;
    if let Some(reason) = dependencies.elsewhere() {
        return Err(no_uv(target, reason));
    }
    let parts = &resolver.options.parts;
    let groups = parts.groups.clone().unwrap_or_default();
    let requirements = dependencies.requirements(&parts.extras, &groups)?;
    Ok(requirements
        .iter()
        .map(|requirement| format!("{requirement}\n"))
        .collect())
}

/// pip's installation report, version 1.
#[derive(Deserialize)]
struct Report {
    install: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    metadata: Metadata,
    download_info: Download,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Download {
    url: String,
    #[serde(default)]
    archive_info: Archive,
}

#[derive(Default, Deserialize)]
struct Archive {
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

fn read_report(bytes: &[u8]) -> Result<Selection, ResolveError> {
    let report: Report = serde_json::from_slice(bytes).map_err(wrong)?;
    let mut wheels = report.install.iter().map(pin).collect::<Result<Vec<_>, _>>()?;
    wheels.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Selection {
        wheels,
        ..Selection::default()
    })
}

fn pin(item: &Item) -> Result<Pinned, ResolveError> {
    let url = &item.download_info.url;
    let sha256 = item.download_info.archive_info.hashes.get("sha256");
    let sha256 = sha256.ok_or_else(|| wrong(format!("{} has no sha256", item.metadata.name)))?;
    let filename: WheelFilename = url::file_name(url).parse().map_err(wrong)?;
    let path = url.strip_prefix("file://").map(|path| url::decoded(path).into());
    Ok(Pinned {
        name: item.metadata.name.parse().map_err(wrong)?,
        version: item.metadata.version.parse::<Version>().map_err(wrong)?,
        filename,
        url: Some(url.clone()).filter(|_| path.is_none()),
        path,
        index: None,
        size: None,
        sha256: sha256.parse::<Sha256>().map_err(wrong)?,
    })
}

/// What a target gets as lines of a `requirements.txt`.
pub(super) fn requirements(selection: &Selection) -> String {
    let line = |pin: &Pinned| format!("{}=={} \\\n    --hash=sha256:{}\n", pin.name, pin.version, pin.sha256);
    selection.wheels.iter().map(line).collect()
}

fn wrong(error: impl ToString) -> ResolveError {
    ResolveError::Report {
        reason: error.to_string(),
    }
}
