//! `pydeploy venv`

use std::path::Path;

use pydeploy::event::Bytes;
use pydeploy::exit;
use pydeploy::python::{Environment, Probe, Target, probe};
use pydeploy::wheelhouse::{self, InstallOptions, InstallPlan, InstallReport, WheelSource};

use super::deploy::interpreter;
use crate::args::{Place, Venv};
use crate::error::CliError;
use crate::output::Output;
use crate::waived;
use crate::workspace::{Workspace, cache};

pub(crate) fn run(args: &Venv, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let dir = std::path::absolute(&args.dir)?;
    if dir.symlink_metadata().is_ok() {
        return Err(wheelhouse::InstallError::Exists { dir }.into());
    }
    let waivers = waived::waivers(&args.project)?;
    let (target, wheels) = wheels(args, output)?;
    let environment = environment(&target, &dir, output)?;
    let options = InstallOptions {
        cache: if args.copy {
            None
        } else {
            Some(cache(args.wheels.cache.as_ref())?)
        },
        compile: args.compile,
    };
    let install = |output: &mut Output| {
        let plan = InstallPlan::waiving(&target, environment, &wheels, &waivers)?;
        waived::note(plan.waived(), output);
        Ok((wheelhouse::install(&plan, &dir, &options)?, plan.waived().to_vec()))
    };
    let (report, waived) = output.step("install", install, |(report, _)| installed(report))?;
    let document = serde_json::json!({
        "schema": 1,
        "environment": dir,
        "target": target.to_string(),
        "installed": report,
        "waived": waived,
    });
    output.answer(&document, || format!("{}\n", dir.display()))
}

/// The target, and the wheels that are named or that the project locks for it.
fn wheels(args: &Venv, output: &mut Output) -> Result<(Target, Vec<WheelSource>), CliError> {
    if !args.wheel.is_empty() {
        let sources = args.wheel.iter().cloned().map(WheelSource::from);
        return Ok((target(args)?, sources.collect()));
    }
    let workspace = workspace(args)?;
    let target = workspace.target(&args.wheels);
    let wheelhouse = workspace.wheelhouse(&args.wheels, &target, output)?;
    let sources = wheelhouse.wheels.into_iter().map(|wheel| WheelSource {
        path: wheel.path,
        sha256: Some(wheel.sha256),
    });
    Ok((target, sources.collect()))
}

/// The one that is asked for, or the project's first, or without a project this machine's own interpreter.
fn target(args: &Venv) -> Result<Target, CliError> {
    if let Some(target) = &args.wheels.target {
        return Ok(target.clone());
    }
    if args.project.join("pyproject.toml").exists() {
        return Ok(workspace(args)?.target(&args.wheels));
    }
    let own = Probe {
        python: "python3".to_owned(),
        to: None,
        name: None,
    };
    Ok(probe(&own, &std::env::current_dir()?)?)
}

fn workspace(args: &Venv) -> Result<Workspace, CliError> {
    Workspace::open(&Place {
        project: args.project.clone(),
        state: None,
    })
}

/// The environment stands on the target's own interpreter, or where this machine does not have that, on one of the same
/// name.
fn environment(target: &Target, dir: &Path, output: &mut Output) -> Result<Environment, CliError> {
    let Some(path) = dir.to_str() else {
        let message = format!("{} is not UTF-8", dir.display());
        return Err(CliError::message(exit::USAGE, message, "name another folder"));
    };
    let mut environment = Environment::of(target, path);
    match interpreter(target).and_then(|path| path.into_os_string().into_string().ok()) {
        Some(here) => environment.interpreter = here,
        None => output.note(&format!("this machine has no {}", environment.interpreter)),
    }
    Ok(environment)
}

fn installed(report: &InstallReport) -> String {
    let InstallReport {
        wheels, files, bytes, ..
    } = report;
    let shared = match report.shared {
        0 => String::new(),
        shared => format!(", {shared} shared with the cache"),
    };
    format!("{wheels} wheels, {files} files ({}){shared}", Bytes(*bytes))
}
