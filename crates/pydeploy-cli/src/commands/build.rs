//! `pydeploy build`

use crate::args::{Build, Format, Render};
use crate::error::CliError;
use crate::next::{Choice, Versioned};
use crate::output::Output;
use crate::workspace::{Workspace, now, source_date};

pub(crate) fn run(args: &Build, output: &mut Output) -> Result<(), CliError> {
    output.set_render(if args.json { Render::Json } else { Render::Human });
    let workspace = Workspace::open(&args.place)?;
    let dir = match &args.output {
        Some(dir) => std::path::absolute(dir)?,
        None => {
            workspace.prepare()?;
            workspace.artifacts()
        }
    };
    let versioned = version(args, &workspace)?;
    let target = workspace.target(&args.wheels);
    let wheels = workspace.fetch(&args.wheels, &target, output)?;
    let release = workspace.release(&versioned, &target, &wheels)?;
    match args.format {
        Format::Deb => {
            let deb = workspace.build(&release, &versioned, &args.wheels, &dir)?;
            output.answer(&deb, || format!("{}\n", deb.path.display()))
        }
        Format::Zip => {
            let at = source_date()?.unwrap_or(versioned.at);
            let zip = pydeploy::artifact::zip::write(&release, at, &dir)?;
            output.answer(&zip, || format!("{}\n", zip.path.display()))
        }
    }
}

fn version(args: &Build, workspace: &Workspace) -> Result<Versioned, CliError> {
    match &args.version {
        Some(version) => Ok(Versioned {
            version: version.clone(),
            at: source_date()?.unwrap_or_else(now),
            commit: None,
            dirty: false,
            snapshot: false,
            shallow: false,
        }),
        None => workspace.next_version(Choice::of(&args.which)),
    }
}
