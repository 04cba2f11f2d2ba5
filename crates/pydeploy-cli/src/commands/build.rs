//! `pydeploy build`

use std::collections::BTreeSet;
use std::path::Path;

use pydeploy::artifact::PieceCache;
use pydeploy::artifact::bundle::{self, BundleOptions, WrittenBundle};
use pydeploy::artifact::deb::WrittenDeb;
use pydeploy::artifact::source::WrittenSource;
use pydeploy::artifact::zip::{self, WrittenZip};
use pydeploy::release::{Release, ReleaseError};
use pydeploy::version::DebianVersion;
use pydeploy::wheelhouse::Waived;
use pydeploy::{Timestamp, exit, vcs};
use serde::Serialize;

use crate::args::{Build, Format, Render};
use crate::error::CliError;
use crate::next::{Choice, Versioned};
use crate::output::Output;
use crate::workspace::{Workspace, built, cache, now, source_date, summary};

pub(crate) fn run(args: &Build, output: &mut Output) -> Result<(), CliError> {
    output.set_render(if args.json { Render::Json } else { Render::Human });
    let mut workspace = Workspace::open(&args.place)?;
    workspace.project.bytecode = args.bytecode.unwrap_or(workspace.project.bytecode);
    let dir = match &args.output {
        Some(dir) => std::path::absolute(dir)?,
        None => {
            workspace.prepare()?;
            workspace.artifacts()
        }
    };
    let mut versioned = version(args, &workspace)?;
    versioned.version = series_version(args, &versioned)?;
    let target = workspace.target(&args.wheels);
    let wheels = workspace.wheelhouse(&args.wheels, &target, output)?;
    let release = output.step(
        "release",
        |output| workspace.release(&versioned, &target, &wheels, &args.wheels, output),
        |release| format!("{} {} for {target}", release.project.name, release.version),
    )?;
    let artifacts = args.format.iter().collect::<BTreeSet<_>>().into_iter();
    let artifacts = artifacts.map(|format| {
        let write = |_: &mut Output| write(*format, args, &workspace, &release, &versioned, &dir);
        output.step(format.name(), write, Artifact::detail)
    });
    let report = Built {
        schema: 1,
        artifacts: artifacts.collect::<Result<_, _>>()?,
        waived: release.waived().map_err(ReleaseError::from)?,
    };
    output.answer(&report, || report.artifacts.iter().map(Artifact::line).collect())
}

/// What was built.
#[derive(Serialize)]
struct Built {
    schema: u32,
    artifacts: Vec<Artifact>,
    waived: Vec<Waived>,
}

/// One file, with its format.
#[derive(Serialize)]
#[serde(tag = "format", rename_all = "kebab-case")]
enum Artifact {
    Deb(WrittenDeb),
    Bundle(WrittenBundle),
    Zip(WrittenZip),
    Source(WrittenSource),
}

impl Artifact {
    fn path(&self) -> &Path {
        let (Self::Deb(WrittenDeb { path, .. })
        | Self::Bundle(WrittenBundle { path, .. })
        | Self::Zip(WrittenZip { path, .. })
        | Self::Source(WrittenSource { path, .. })) = self;
        path
    }

    fn line(&self) -> String {
        format!("{}\n", self.path().display())
    }

    fn detail(&self) -> String {
        let (size, count, what) = match self {
            Self::Deb(deb) => return built(deb),
            Self::Bundle(bundle) => (bundle.size, bundle.entries, "entries"),
            Self::Zip(zip) => (zip.size, zip.wheels, "wheels"),
            Self::Source(source) => {
                let size = source.files.iter().map(|file| file.size).sum();
                (size, source.files.len(), "files")
            }
        };
        summary(self.path(), size, count, what)
    }
}

fn write(
    format: Format,
    args: &Build,
    workspace: &Workspace,
    release: &Release,
    versioned: &Versioned,
    dir: &Path,
) -> Result<Artifact, CliError> {
    Ok(match format {
        Format::Deb => Artifact::Deb(workspace.build(release, versioned, &args.series, &args.wheels, dir)?),
        Format::Bundle => {
            let default = format!("/srv/{}", workspace.project.name);
            let options = BundleOptions {
                prefix: args.prefix.as_deref().unwrap_or(&default),
                at: source_date()?.unwrap_or(versioned.at),
                pieces: Some(&PieceCache::at(cache(args.wheels.cache.as_ref())?)),
            };
            Artifact::Bundle(bundle::write(release, &options, dir)?)
        }
        Format::Zip => {
            let at = source_date()?.unwrap_or(versioned.at);
            Artifact::Zip(zip::write(release, at, dir)?)
        }
        Format::Source => {
            let key = args.sign.as_deref();
            Artifact::Source(workspace.source(release, versioned, &args.series, key, dir)?)
        }
    })
}

fn series_version(args: &Build, versioned: &Versioned) -> Result<DebianVersion, CliError> {
    args.series.version(&versioned.version).map_err(|error| {
        let hint = "see `--version-suffix`".to_owned();
        CliError::new(exit::USAGE, &error, Some(hint))
    })
}

fn version(args: &Build, workspace: &Workspace) -> Result<Versioned, CliError> {
    match &args.version {
        Some(version) => Ok(Versioned {
            version: version.clone(),
            at: time(workspace)?,
            commit: None,
            dirty: false,
            snapshot: false,
            shallow: false,
        }),
        None => workspace.next_version(Choice::of(&args.which)),
    }
}

/// The time of what has a version already, so that whoever builds it again gets the same bytes: that of the commit or,
/// where there is none, of the changelog's newest entry.
fn time(workspace: &Workspace) -> Result<Timestamp, CliError> {
    if let Some(at) = source_date()? {
        return Ok(at);
    }
    let known = match vcs::at(&workspace.project.root, "HEAD") {
        Ok(facts) => Some(facts.at).filter(|_| !facts.dirty),
        Err(_) => workspace.head().ok().and_then(|head| head.date),
    };
    Ok(known.unwrap_or_else(now))
}
