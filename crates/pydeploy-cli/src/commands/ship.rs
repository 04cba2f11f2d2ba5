//! `pydeploy ship`: every step through the module that owns it, one line each.

use pydeploy::artifact::deb::WrittenDeb;
use pydeploy::deploy::Host;
use pydeploy::repository::{Repository, Suite};
use serde::Serialize;

use super::deploy;
use crate::args::{Series, Ship};
use crate::error::CliError;
use crate::next::{Choice, Versioned};
use crate::output::Output;
use crate::workspace::{Workspace, built, now, repository, versioned};

#[derive(Serialize)]
struct Shipped {
    schema: u32,
    version: String,
    artifact: String,
    suite: String,
    url: String,
}

pub(crate) fn run(args: &Ship, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let workspace = Workspace::open(&args.place)?;
    workspace.prepare()?;
    let (target, interpreter) = deploy::local_target(&workspace.project, args.wheels.target.as_ref())?;
    let origin = workspace.project.name.as_str();
    let repository = repository(&workspace.repository(), origin, now())?;
    let mut choice = Choice::of(&args.which);
    let known = repository.versions(&workspace.project.name)?;
    choice.published.extend(known, "the project's repository");
    let next = output.step("version", |_| workspace.next_version(choice), versioned)?;
    if next.dirty {
        output.note("the work tree holds changes that no commit does; the version says so");
    }
    let wheels = workspace.wheelhouse(&args.wheels, &target, output)?;
    let build = |output: &mut Output| {
        let release = workspace.release(&next, &target, &wheels, &args.wheels, output)?;
        let (series, dir) = (Series::default(), workspace.artifacts());
        let deb = workspace.build(&release, &next, &series, &args.wheels, &dir)?;
        Ok((release, deb))
    };
    let (release, deb) = output.step("build", build, |(_, deb)| built(deb))?;
    // What this machine cannot run is not published either.
    let host = Host::open(&workspace.host())?;
    let request = deploy::request(&host, &release, &interpreter)?;
    let suite = publish(&repository, &next, &deb, output)?;
    let deployed = deploy::deploy(&host, &request, args.listen, output)?;
    let report = Shipped {
        schema: 1,
        version: next.version.to_string(),
        artifact: deb.path.display().to_string(),
        suite: suite.to_string(),
        url: format!("http://{}/", deployed.address),
    };
    output.answer(&report, || format!("{}\n{}\n", report.version, report.url))
}

/// Snapshots are for development; releases are tried in staging.
fn publish(
    repository: &Repository,
    next: &Versioned,
    deb: &WrittenDeb,
    output: &mut Output,
) -> Result<Suite, CliError> {
    let suite = match next.snapshot {
        true => Suite::Development,
        false => Suite::Staging,
    };
    output.step(
        "publish",
        |_| Ok(repository.add(suite, std::slice::from_ref(&deb.path), now())?),
        |report| format!("{suite} generation {}, signed", report.generation),
    )?;
    Ok(suite)
}
