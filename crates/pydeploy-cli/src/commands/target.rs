//! `pydeploy target`

use std::path::Path;

use pydeploy::config::Project;
use pydeploy::python::{Probe, Tags, Target, probe};
use serde_json::{Value, json};

use crate::args::TargetCommand;
use crate::error::CliError;
use crate::output::Output;

pub(crate) fn run(command: TargetCommand, output: &mut Output) -> Result<(), CliError> {
    match command {
        TargetCommand::List { project, report } => {
            output.set_render(report.format);
            list(&project, output)
        }
        TargetCommand::Show { target, tags, report } => {
            output.set_render(report.format);
            show(&target, tags, output)
        }
        TargetCommand::Probe {
            python,
            to,
            name,
            report,
        } => {
            output.set_render(report.format);
            let probed = probe(&Probe { python, to, name }, &std::env::current_dir()?)?;
            show(&probed, false, output)
        }
    }
}

/// Those of the project first, when there is one.
fn list(project: &Path, output: &mut Output) -> Result<(), CliError> {
    let mut targets = match project.join("pyproject.toml").exists() {
        true => Project::load(&std::path::absolute(project)?)?.targets,
        false => Vec::new(),
    };
    let others: Vec<_> = Target::built_in().filter(|target| !targets.contains(target)).collect();
    let of_project = targets.len();
    targets.extend(others);
    let listed: Vec<_> = targets.iter().map(described).collect();
    let report = json!({ "schema": 1, "of_project": of_project, "targets": listed });
    output.answer(&report, || targets.iter().map(line).collect())
}

fn show(target: &Target, tags: bool, output: &mut Output) -> Result<(), CliError> {
    let listed: Vec<_> = Tags::of(target).iter().iter().map(ToString::to_string).collect();
    let report = json!({ "schema": 1, "target": described(target), "tags": listed });
    output.answer(&report, || match tags {
        true => listed.iter().map(|tag| format!("{tag}\n")).collect(),
        false => target.to_file(),
    })
}

fn line(target: &Target) -> String {
    let (major, minor) = target.glibc();
    format!(
        "{:<20} {:<6} {:<8} glibc {major}.{minor}  {}\n",
        target.to_string(),
        target.arch(),
        target.python_full(),
        target.interpreter()
    )
}

fn described(target: &Target) -> Value {
    let (major, minor) = target.glibc();
    json!({
        "name": target.to_string(),
        "distribution": target.distribution(),
        "arch": target.arch().to_string(),
        "python": target.python_full(),
        "glibc": format!("{major}.{minor}"),
        "interpreter": target.interpreter(),
        "package": target.interpreter_package(),
    })
}
