//! `pydeploy deploy`

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use pydeploy::artifact::libraries;
use pydeploy::config::Project;
use pydeploy::deploy::{Deployed, Host, Programs, Request};
use pydeploy::exit;
use pydeploy::python::{Target, check_libraries};
use pydeploy::release::{Layout, Release};

use crate::args::Deploy;
use crate::error::CliError;
use crate::next::Choice;
use crate::output::Output;
use crate::workspace::{Workspace, deploy_options, interpreters, now, versioned};

pub(crate) fn run(args: &Deploy, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.host.report.format);
    let workspace = Workspace::open(&args.host.place)?;
    workspace.prepare()?;
    let (target, interpreter) = local_target(&workspace.project, args.wheels.target.as_ref())?;
    let choice = Choice::of(&args.which);
    let next = output.step("version", |_| workspace.next_version(choice), versioned)?;
    let wheels = workspace.wheelhouse(&args.wheels, &target, output)?;
    let release = workspace.release(&next, &target, &wheels, &args.wheels, output)?;
    let host = Host::open(&workspace.host())?;
    let request = request(&host, &release, &interpreter)?;
    if args.dry_run {
        let plan = host.plan(&request, &deploy_options(args.listen)?)?;
        return output.answer(&plan, || plan.to_string());
    }
    let deployed = deploy(&host, &request, args.listen, output)?;
    output.answer(&deployed, || answer(&deployed))
}

/// Makes the release current on the local host.
pub(crate) fn deploy(
    host: &Host,
    request: &Request,
    listen: Option<SocketAddr>,
    output: &mut Output,
) -> Result<Deployed, CliError> {
    Ok(host.deploy(request, &deploy_options(listen)?, output)?)
}

/// Version and address, a line each.
pub(crate) fn answer(deployed: &Deployed) -> String {
    format!("{}\nhttp://{}/\n", deployed.version, deployed.address)
}

/// A release laid out for the host, which has the libraries that it needs.
pub(crate) fn request(host: &Host, release: &Release, interpreter: &Path) -> Result<Request, CliError> {
    let layout = Layout::folder(&host.release_dir(&release.id), interpreter);
    let tree = release.tree(&layout)?;
    let project = &release.project;
    check_libraries(interpreter, &libraries(release, &tree, &layout)?, &project.root)?;
    Ok(Request {
        id: release.id.clone(),
        version: release.version.to_string(),
        tree,
        services: Programs::try_from(&project.services)?,
        prepare: project.prepare.clone(),
        health: project.health.clone(),
        environment: project.environment.clone(),
        at: now(),
    })
}

/// The first of the project's targets whose interpreter this machine has, and where it is.
pub(crate) fn local_target(project: &Project, wanted: Option<&Target>) -> Result<(Target, PathBuf), CliError> {
    // What cannot be deployed is refused before anything is fetched, built or published for it.
    Programs::try_from(&project.services)?;
    let candidates = wanted.map_or(project.targets.as_slice(), std::slice::from_ref);
    let mut here = candidates
        .iter()
        .filter(|target| target.arch().machine() == std::env::consts::ARCH);
    let found = here.find_map(|target| Some((target.clone(), interpreter(target)?)));
    found.ok_or_else(|| {
        let names: Vec<_> = candidates
            .iter()
            .map(|t| format!("{} for {t}", t.interpreter_package().unwrap_or(t.interpreter())))
            .collect();
        let message = format!(
            "this machine has no interpreter that a release could run on: {}",
            names.join(", ")
        );
        CliError::message(
            exit::FAILED,
            message,
            "install one of them, or add a target that this machine is to `targets`",
        )
    })
}

/// The distribution's own interpreter, or one of that name on the path.
pub(crate) fn interpreter(target: &Target) -> Option<PathBuf> {
    interpreters(target).into_iter().next()
}
