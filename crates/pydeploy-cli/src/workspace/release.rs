//! The release of a project.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pydeploy::config::Bytecode;
use pydeploy::python::{Compiler, Target, WheelError};
use pydeploy::release::{CompiledCache, Release, ReleaseError, run_builds};
use pydeploy::wheelhouse::{self, Wheelhouse, open_wheel};

use super::{Workspace, cache, source_date};
use crate::args::Wheels;
use crate::error::CliError;
use crate::next::Versioned;
use crate::output::Output;
use crate::waived;

impl Workspace {
    /// The release of a version with these wheels, after the project's commands have made their files; notes what is
    /// accepted about the wheels.
    pub(crate) fn release(
        &self,
        versioned: &Versioned,
        target: &Target,
        wheels: &Wheelhouse,
        args: &Wheels,
        output: &mut Output,
    ) -> Result<Release, CliError> {
        let at = source_date()?.unwrap_or(versioned.at);
        if !self.project.build.is_empty() {
            self.prepare()?;
            run_builds(&self.project, &self.state, at, output)?;
        }
        let mut release = self.plan(versioned, target, wheels)?;
        release.at = Some(at);
        release.compiled_cache = Some(CompiledCache::at(cache(args.cache.as_ref())?));
        waived::note(&release.waived().map_err(ReleaseError::from)?, output);
        waived::note(&release.check_compiled()?, output);
        if self.project.bytecode == Bytecode::Shipped {
            compile(&mut release, &cache(args.cache.as_ref())?)?;
        }
        Ok(release)
    }

    fn plan(&self, versioned: &Versioned, target: &Target, wheels: &Wheelhouse) -> Result<Release, CliError> {
        let open = |file: &wheelhouse::WheelFile| {
            let wheel = open_wheel(&file.path, &self.project.waivers)?;
            Ok(Arc::new(wheel.with_sha256(file.sha256)))
        };
        let wheels: Vec<_> = wheels
            .wheels
            .iter()
            .map(open)
            .collect::<Result<_, WheelError>>()
            .map_err(ReleaseError::from)?;
        let version = versioned.version.clone();
        Ok(Release::plan(&self.project, version, target.clone(), wheels)?)
    }
}

/// Compiles the release's modules with an interpreter of this machine.
fn compile(release: &mut Release, cache: &Path) -> Result<(), CliError> {
    let compiler = Compiler::find(&interpreters(&release.target), &release.target.python_minor());
    release.compile(&compiler.map_err(ReleaseError::from)?, cache)?;
    Ok(())
}

/// The distribution's own interpreter, and those of that name on the path, as far as they are there.
pub(crate) fn interpreters(target: &Target) -> Vec<PathBuf> {
    let name = format!("python{}", target.python_minor());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|dir| dir.join(&name));
    std::iter::once(PathBuf::from(target.interpreter()))
        .chain(on_path)
        .filter(|path| path.is_file())
        .collect()
}
