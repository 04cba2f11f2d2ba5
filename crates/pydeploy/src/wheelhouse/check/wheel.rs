//! What a check has to know about one wheel, read once for all targets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::digest::Sha256;
use crate::python::{Elf, ElfError, Metadata, Requirement, RequirementError, Scheme, Wheel, WheelError, WheelProblem};
use crate::sys::files::FileError;
use crate::wheelhouse::download::digest;

/// What was found in a wheel; the file is closed again.
#[derive(Debug)]
pub(super) struct Examined {
    pub(super) path: PathBuf,
    pub(super) sha256: Sha256,
    /// What makes it no wheel, or a bad one.
    pub(super) problems: Vec<WheelError>,
    /// What it says about itself, when it can be read.
    pub(super) metadata: Option<Metadata>,
    pub(super) requires: Vec<Result<Requirement, RequirementError>>,
    pub(super) compiled: Vec<Compiled>,
    /// The paths that it installs, by minor version of Python.
    pub(super) paths: BTreeMap<String, Vec<String>>,
}

/// A compiled file in a wheel.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) member: String,
    pub(super) elf: Result<Elf, ElfError>,
}

impl Examined {
    /// Reads all of the wheel at `path`.
    pub(super) fn read(path: &Path, minors: &BTreeSet<String>) -> Result<Self, FileError> {
        let (_, sha256) = digest(path)?;
        let mut examined = Self {
            path: path.to_owned(),
            sha256,
            problems: Vec::new(),
            metadata: None,
            requires: Vec::new(),
            compiled: Vec::new(),
            paths: BTreeMap::new(),
        };
        let looked_into = Wheel::open(path).and_then(|wheel| examined.look_into(&wheel, minors));
        match looked_into {
            Ok(()) => return Ok(examined),
            Err(error) if !is_of_record(&error) => examined.problems.push(error),
            Err(_) => examined.look_despite_record(path, minors),
        }
        Ok(examined)
    }

    /// Everything that the RECORD has wrong, and the rest as if it were right.
    fn look_despite_record(&mut self, path: &Path, minors: &BTreeSet<String>) {
        let looked_into = Wheel::open_despite_record(path).and_then(|wheel| {
            let problems = wheel.contradictions().iter().cloned();
            self.problems = problems.map(|contradiction| contradiction.of(path)).collect();
            self.look_into(&wheel, minors)
        });
        self.problems.extend(looked_into.err());
    }

    /// The first contradiction of RECORD and members ends it; whatever else is wrong is kept with the rest.
    fn look_into(&mut self, wheel: &Wheel, minors: &BTreeSet<String>) -> Result<(), WheelError> {
        self.metadata = Some(wheel.metadata().clone());
        let requires = wheel.metadata().requires_dist.iter();
        self.requires = requires.map(|text| text.parse()).collect();
        self.compiled.clear();
        let mut damaged = Vec::new();
        for (number, member) in wheel.members().enumerate() {
            match wheel.read(number) {
                Ok(bytes) => self.compiled.extend(compiled(member, &bytes)),
                Err(error) if is_of_record(&error) => return Err(error),
                Err(error) => damaged.push(error),
            }
        }
        // What an installation needs to read has just been found damaged, when anything has.
        let minors = minors.iter().filter(|_| damaged.is_empty());
        let paths = minors.map(|minor| Ok((minor.clone(), paths(wheel, minor)?))).collect();
        match paths {
            Ok(paths) => self.paths = paths,
            Err(error) => damaged.push(error),
        }
        self.problems.extend(damaged);
        Ok(())
    }

    pub(super) fn file_name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

fn paths(wheel: &Wheel, python_minor: &str) -> Result<Vec<String>, WheelError> {
    let files = wheel.install(&Scheme {
        venv: "/venv".to_owned(),
        python_minor: python_minor.to_owned(),
    })?;
    Ok(files.into_iter().map(|file| file.path).collect())
}

fn compiled(member: &str, bytes: &[u8]) -> Option<Compiled> {
    Some(Compiled {
        member: member.to_owned(),
        elf: Elf::parse(bytes)?,
    })
}

/// Whether a problem is one of the RECORD alone, the archive being sound.
pub(super) fn is_of_record(error: &WheelError) -> bool {
    matches!(*error.problem, WheelProblem::Record { .. })
}
