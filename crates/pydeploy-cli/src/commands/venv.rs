//! `pydeploy venv`

use std::path::Path;

use pydeploy::exit;
use pydeploy::python::{Environment, Target};
use pydeploy::wheelhouse::{self, InstallOptions, InstallPlan, InstallReport, WheelSource};

use super::deploy::interpreter;
use crate::args::{Place, Venv};
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::{Workspace, cache, fetched, size};

pub(crate) fn run(args: &Venv, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let dir = std::path::absolute(&args.dir)?;
    if dir.symlink_metadata().is_ok() {
        return Err(wheelhouse::InstallError::Exists { dir }.into());
    }
    let (target, wheels) = wheels(args, output)?;
    let environment = environment(&target, &dir, output)?;
    let options = InstallOptions {
        cache: if args.copy { None } else { Some(cache(&args.wheels)?) },
        compile: args.compile,
    };
    let install = |_: &mut Output| {
        let plan = InstallPlan::new(&target, environment, &wheels)?;
        Ok(wheelhouse::install(&plan, &dir, &options)?)
    };
    let report = output.step("install", install, installed)?;
    let document =
        serde_json::json!({ "schema": 1, "environment": dir, "target": target.to_string(), "installed": report });
    output.answer(&document, || format!("{}\n", dir.display()))
}

/// The target, and the wheels that are named or that the project locks for it.
fn wheels(args: &Venv, output: &mut Output) -> Result<(Target, Vec<WheelSource>), CliError> {
    let place = Place {
        project: args.project.clone(),
        state: None,
    };
    if let (Some(target), false) = (&args.wheels.target, args.wheel.is_empty()) {
        return Ok((
            target.clone(),
            args.wheel.iter().cloned().map(WheelSource::from).collect(),
        ));
    }
    let workspace = Workspace::open(&place)?;
    let target = workspace.target(&args.wheels);
    if !args.wheel.is_empty() {
        return Ok((target, args.wheel.iter().cloned().map(WheelSource::from).collect()));
    }
    let wheelhouse = output.step(
        "wheelhouse",
        |output| workspace.fetch(&args.wheels, &target, output),
        fetched,
    )?;
    let sources = wheelhouse.wheels.into_iter().map(|wheel| WheelSource {
        path: wheel.path,
        sha256: Some(wheel.sha256),
    });
    Ok((target, sources.collect()))
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
    format!("{wheels} wheels, {files} files ({}){shared}", size(*bytes))
}
