//! Wheels built from source distributions, where the target is the machine that builds.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use pep440_rs::Version;
use serde::{Deserialize, Serialize};

use super::cache::{BuildClaim, Cache};
use super::download::digest;
use super::error::FetchError;
use super::fetch::WheelFile;
use super::lock::PinnedSdist;
use super::options::FetchOptions;
use super::simple::wheels;
use crate::digest::Sha256;
use crate::event::{Event, Observer};
use crate::python::{Tags, Target, Wheel, WheelFilename};
use crate::sys::files::{self, At as _};
use crate::sys::process::{CommandError, Invocation, Runner};

/// Where a wheel that was built here comes from: `provenance.json` beside it in the cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The version of this form: 1.
    pub schema: u32,
    /// The source distribution.
    pub sdist: String,
    /// Its digest, as the lock says it.
    pub sdist_sha256: Sha256,
    /// The wheel.
    pub wheel: String,
    /// Its digest.
    pub sha256: Sha256,
    /// The environment that it was built in: `cpython 3.11.2 x86_64 glibc 2.36`.
    pub environment: String,
    /// The program that built it: `uv 0.13.8`.
    pub builder: String,
}

/// The time that built files have, 1980-01-01, the first that a zip archive knows: the same source gives the same wheel.
const EPOCH: &str = "315532800";

/// Prints what decides whether a wheel that is built by an interpreter runs on the target.
const PROBE: &str = "import os, platform, sys; print(sys.implementation.name, platform.python_version(), \
                     platform.machine(), os.confstr('CS_GNU_LIBC_VERSION'))";

#[derive(Clone, Copy)]
pub(super) struct Builder<'a> {
    pub(super) runner: &'a dyn Runner,
    pub(super) options: &'a FetchOptions,
    pub(super) target: &'a Target,
}

impl Builder<'_> {
    /// The wheel of a source distribution, when it was built before and is as it was then.
    pub(super) fn find(&self, sdist: &PinnedSdist) -> Result<Option<WheelFile>, FetchError> {
        let folder = self.folder(sdist);
        let Some(bytes) = files::read_if_exists(&folder.join("provenance.json"))? else {
            return Ok(None);
        };
        let Ok(provenance) = serde_json::from_slice::<Provenance>(&bytes) else {
            return Ok(None);
        };
        let path = folder.join(&provenance.wheel);
        let Ok(filename) = provenance.wheel.parse::<WheelFilename>() else {
            return Ok(None);
        };
        match digest(&path) {
            Ok((size, sha256)) if sha256 == provenance.sha256 => Ok(Some(WheelFile {
                name: filename.name().clone(),
                version: filename.version().clone(),
                filename,
                path,
                sha256,
                size,
                url: None,
                index: None,
                provenance: Some(provenance),
            })),
            _ => Ok(None),
        }
    }

    /// The wheels of those that were built before, and those that were not.
    pub(super) fn unbuilt<'s>(
        &self,
        sdists: &'s [PinnedSdist],
    ) -> Result<(Vec<WheelFile>, Vec<&'s PinnedSdist>), FetchError> {
        let (mut built, mut unbuilt) = (Vec::new(), Vec::new());
        for sdist in sdists {
            match self.find(sdist)? {
                Some(wheel) => built.push(wheel),
                None => unbuilt.push(sdist),
            }
        }
        Ok((built, unbuilt))
    }

    /// Refuses, with every package, to build for another machine than this one.
    pub(super) fn check_host<'s>(&self, sdists: impl Iterator<Item = &'s &'s PinnedSdist>) -> Result<(), FetchError> {
        let packages: Vec<_> = sdists.map(|sdist| sdist.name.to_string()).collect();
        if packages.is_empty() {
            return Ok(());
        }
        let wanted = environment(self.target);
        let interpreter = self.target.interpreter();
        let probe = Invocation::new(interpreter, "/").args(["-I", "-c", PROBE]);
        let found = match self.runner.run(&probe) {
            Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            Err(error) if error.is_missing_program() => format!("no {interpreter}"),
            Err(error) => return Err(error.into()),
        };
        match found == wanted {
            true => Ok(()),
            false => Err(FetchError::ForeignBuild {
                packages,
                target: self.target.to_string(),
                wanted,
                found,
            }),
        }
    }

    /// Builds the wheel of the source distribution that lies at `path`.
    pub(super) fn build(
        &self,
        sdist: &PinnedSdist,
        path: &Path,
        observer: &mut dyn Observer,
    ) -> Result<WheelFile, FetchError> {
        let cache = Cache::at(&self.options.cache);
        let claim = cache.claim_build(&self.build_name(sdist), &|| {
            self.find(sdist).is_ok_and(|found| found.is_some())
        })?;
        if let Some(built) = self.find(sdist)? {
            return Ok(built);
        }
        let provenance = self.build_in(&claim, sdist, path)?;
        claim.commit(&self.folder(sdist))?;
        let Provenance { wheel, builder, .. } = &provenance;
        let text = format!("{wheel} was built from {} by {builder}", sdist.filename);
        observer.observe(Event::Note { text });
        self.find(sdist)?.ok_or_else(|| FetchError::BadBuild {
            sdist: sdist.filename.clone(),
            reason: "the wheel went away".to_owned(),
        })
    }

    /// Leaves the wheel and its provenance in the folder of `claim`.
    fn build_in(&self, claim: &BuildClaim, sdist: &PinnedSdist, path: &Path) -> Result<Provenance, FetchError> {
        let work = claim.folder().join("work");
        files::create_dir_all(&work)?;
        let builder = self.run(path, &work)?;
        let built = self.only_wheel(&work, sdist)?;
        let (_, sha256) = digest(built.path())?;
        let wheel = built.filename().to_string();
        let place = claim.folder().join(&wheel);
        fs::rename(built.path(), &place).at("rename", built.path())?;
        fs::remove_dir_all(&work).at("remove", &work)?;
        let provenance = Provenance {
            schema: 1,
            sdist: sdist.filename.clone(),
            sdist_sha256: sdist.sha256,
            wheel,
            sha256,
            environment: environment(self.target),
            builder,
        };
        let text = serde_json::to_vec_pretty(&provenance).unwrap_or_default();
        files::write_atomic(&claim.folder().join("provenance.json"), &text, 0o644)?;
        Ok(provenance)
    }

    /// With uv, or with pip where there is no uv; its name and version.
    fn run(&self, sdist: &Path, out: &Path) -> Result<String, FetchError> {
        match self.runner.run(&self.uv(sdist, out)) {
            Ok(_) => Ok(self.version(Invocation::new("uv", out).args(["--version"]))),
            Err(error) if error.is_missing_program() => {
                self.runner.run(&self.pip(sdist, out))?;
                Ok(self.version(Invocation::new(self.target.interpreter(), out).args(["-m", "pip", "--version"])))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn uv(&self, sdist: &Path, out: &Path) -> Invocation {
        let mut args: Vec<OsString> = ["build", "--wheel", "--python"].map(OsString::from).into();
        args.extend([
            self.target.interpreter().into(),
            "--out-dir".into(),
            out.into(),
            sdist.into(),
        ]);
        args.extend(self.options.offline.then(|| "--offline".into()));
        self.with_index(Invocation::new("uv", out).args(args))
    }

    fn pip(&self, sdist: &Path, out: &Path) -> Invocation {
        let mut args: Vec<OsString> = ["-m", "pip", "wheel", "--no-deps", "--wheel-dir"]
            .map(OsString::from)
            .into();
        args.extend([out.into(), sdist.into()]);
        args.extend(self.options.offline.then(|| "--no-index".into()));
        self.with_index(Invocation::new(self.target.interpreter(), out).args(args))
    }

    /// In the environment, where no error and no list of processes shows it.
    fn with_index(&self, invocation: Invocation) -> Invocation {
        let invocation = invocation.env("SOURCE_DATE_EPOCH", EPOCH);
        match &self.options.index_url {
            Some(index) => ["UV_DEFAULT_INDEX", "PIP_INDEX_URL"]
                .into_iter()
                .fold(invocation, |invocation, name| invocation.env(name, index.secret())),
            None => invocation,
        }
    }

    /// `pip 23.0.1`, the first two words of what is printed.
    fn version(&self, invocation: Invocation) -> String {
        let output = self.runner.run(&invocation).unwrap_or_default();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    }

    /// The wheel that a build has left, when it is the one that was wanted and runs on the target.
    fn only_wheel(&self, out: &Path, sdist: &PinnedSdist) -> Result<Wheel, FetchError> {
        let wrong = |reason: String| FetchError::BadBuild {
            sdist: sdist.filename.clone(),
            reason,
        };
        let wheels = wheels(out)?;
        let [path] = &wheels.into_iter().collect::<Vec<_>>()[..] else {
            return Err(wrong("the build left no wheel, or several".to_owned()));
        };
        let wheel = Wheel::open(path).map_err(|error| wrong(error.to_string()))?;
        let (file, tags) = (wheel.filename(), Tags::of(self.target));
        let is_version = |wanted: &Version| file.version() == wanted;
        if *file.name() != sdist.name || !sdist.version.as_ref().is_none_or(is_version) {
            return Err(wrong(format!("the build made {file}")));
        }
        match file.rank(&tags) {
            Some(_) => Ok(wheel),
            None => Err(wrong(format!(
                "the build made {file}, which does not run on {}: {}",
                self.target,
                file.misfit(self.target).unwrap_or_default()
            ))),
        }
    }

    fn folder(&self, sdist: &PinnedSdist) -> PathBuf {
        let environment = environment(self.target).replace(' ', "-");
        Cache::at(&self.options.cache).built(&sdist.sha256).join(environment)
    }

    fn build_name(&self, sdist: &PinnedSdist) -> String {
        format!("{}-{}", sdist.sha256, environment(self.target).replace(' ', "-"))
    }
}

/// What [`PROBE`] prints on the target.
fn environment(target: &Target) -> String {
    let (python, machine) = (target.python_full(), target.arch().machine());
    let (major, minor) = target.glibc();
    format!("cpython {python} {machine} glibc {major}.{minor}")
}

impl From<CommandError> for FetchError {
    fn from(error: CommandError) -> Self {
        Self::Build(error)
    }
}
