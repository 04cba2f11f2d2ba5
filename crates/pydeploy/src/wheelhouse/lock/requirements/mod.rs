//! Reading a hashed `requirements.txt` ([format]): the part of it that a resolver writes.
//!
//! Each requirement is pinned with `==` or is a URL or a path of a file, and has a sha256 hash or more. `-r` and `-c` name
//! files relative to the one that they stand in, `--find-links` folders too; the path of a wheel is relative to the
//! folder of the lock, which is where installers are run. `--hash`, `${VARIABLE}`, markers, continuations and comments are
//! read as pip reads them.
//!
//! [format]: https://pip.pypa.io/en/stable/reference/requirements-file-format/

mod entry;
mod formats;
mod lines;
mod statement;

#[cfg(test)]
mod tests;

use std::path::{Component, Path, PathBuf};

use self::formats::FormatControl;
use self::statement::Statement;
use super::{Hashes, Lock, LockError, LockedPackage, LockedSource};
use crate::python::Requirement;
use crate::sys::text;
use crate::wheelhouse::DEFAULT_INDEX;

/// More files that include one another are a loop that links hide.
const DEEPEST: usize = 32;

/// What is wrong with a line of a requirements file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequirementProblem {
    /// It is neither a requirement nor the path or URL of a file.
    #[error("{0}")]
    Syntax(String),
    /// It could be several versions.
    #[error("it is not pinned to one version with `==`")]
    NotPinned,
    /// It has no hash.
    #[error("it has no `--hash`")]
    NoHash,
    /// None of its hashes is a sha256.
    #[error("none of its hashes is a sha256")]
    NoSha256,
    /// A hash is none.
    #[error("`{0}` is not a hash; `sha256:` and 64 hexadecimal digits are")]
    Hash(String),
    /// It is one file with several hashes.
    #[error("it is one file and has {0} hashes")]
    SeveralHashes(usize),
    /// It is a folder or a repository.
    #[error("it is {0}, which has no hash to check")]
    NoFile(&'static str),
    /// It is a file whose name does not say what it holds.
    #[error("it is neither a wheel nor has it a name before `@`")]
    Nameless,
    /// It is a file of another distribution.
    #[error("it is a file of {0}")]
    OtherName(String),
    /// An option that is not known, or means nothing in a lock.
    #[error("the option `{0}` is not known here")]
    Option(String),
    /// An option that cannot stand behind a requirement.
    #[error("the option `{0}` cannot stand behind a requirement")]
    OptionOfRequirement(String),
    /// An option without its value.
    #[error("the option `{0}` needs a value")]
    NoValue(String),
    /// A quote that is not closed.
    #[error("a quote is not closed")]
    Quote,
    /// A variable that has no value.
    #[error("the variable `{0}` is not set")]
    Variable(String),
    /// A file that includes itself.
    #[error("{} is included by itself", .0.display())]
    Loop(PathBuf),
    /// A file on another host.
    #[error("a file is included that lies on another host")]
    Remote,
}

impl RequirementProblem {
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::NotPinned | Self::NoHash | Self::NoSha256 | Self::Hash(_) | Self::SeveralHashes(_) => {
                "write the file with `uv pip compile --generate-hashes` or `pip-compile --generate-hashes`"
            }
            Self::NoFile(_) => "build a wheel of it, put that into an index or a folder, and pin the wheel",
            Self::Nameless => "write `NAME @ URL`",
            Self::OtherName(_) => "correct the name before `@`, or the URL",
            Self::Variable(_) => "set the variable, or write its value into the file",
            Self::Remote => "keep a copy of it beside the lock",
            Self::Loop(_) => "remove one of the `-r` lines",
            Self::Syntax(_) | Self::Quote => "correct the line",
            Self::Option(_) | Self::OptionOfRequirement(_) | Self::NoValue(_) => {
                "docs/guide.md lists the options that a lock can have"
            }
        }
    }
}

/// A bound on a version that does not ask for the distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Constraint {
    pub(super) file: PathBuf,
    pub(super) line: usize,
    pub(super) requirement: Requirement,
}

pub(super) fn parse(file: &Path, text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Lock, LockError> {
    let mut reader = Reader {
        variable,
        open: Vec::new(),
        found: Found::default(),
    };
    reader.read(file, text, false)?;
    Ok(reader.found.into_lock(file))
}

/// What all files together say. Options hold for every requirement, wherever they stand.
#[derive(Default)]
struct Found {
    packages: Vec<LockedPackage>,
    constraints: Vec<Constraint>,
    index: Option<String>,
    extra_indexes: Vec<String>,
    find_links: Vec<String>,
    no_index: bool,
    formats: FormatControl,
}

impl Found {
    fn into_lock(self, file: &Path) -> Lock {
        let mut packages = self.packages;
        let indexes = match (self.index, &self.extra_indexes[..]) {
            (None, []) => Vec::new(),
            (index, extra) => [index.unwrap_or_else(|| DEFAULT_INDEX.to_owned())]
                .into_iter()
                .chain(extra.iter().cloned())
                .collect(),
        };
        for package in &mut packages {
            if let LockedSource::Hashes(hashes) = &mut package.source {
                *hashes = Hashes {
                    version: hashes.version.clone(),
                    sha256: std::mem::take(&mut hashes.sha256),
                    indexes: indexes.clone(),
                    find_links: self.find_links.clone(),
                    no_index: self.no_index,
                    formats: self.formats.of(&package.name),
                };
            }
        }
        Lock {
            packages,
            constraints: self.constraints,
            ..Lock::empty(file)
        }
    }
}

struct Reader<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    /// The files that are being read, the outermost first.
    open: Vec<PathBuf>,
    found: Found,
}

impl Reader<'_> {
    fn read(&mut self, file: &Path, text: &str, as_constraints: bool) -> Result<(), LockError> {
        self.open.push(file.to_owned());
        for line in lines::logical(text) {
            let wrong = |problem| LockError::Requirement {
                file: file.to_owned(),
                line: line.number,
                text: entry::shown(&line.text),
                problem,
            };
            let text = lines::expanded(&line.text, self.variable).map_err(wrong)?;
            for statement in statement::read(&text).map_err(wrong)? {
                let place = Place {
                    file,
                    line: line.number,
                    as_constraints,
                };
                match self.include(&statement, place)? {
                    Some(included) => included.map_err(wrong)?,
                    None => self.take(statement, place).map_err(wrong)?,
                }
            }
        }
        self.open.pop();
        Ok(())
    }

    /// Reads the file that a statement names; `None` when it names none.
    fn include(
        &mut self,
        statement: &Statement,
        place: Place<'_>,
    ) -> Result<Option<Result<(), RequirementProblem>>, LockError> {
        let (name, as_constraints) = match statement {
            Statement::Include(name) => (name, false),
            Statement::Constraints(name) => (name, true),
            _ => return Ok(None),
        };
        if name.contains("://") {
            return Ok(Some(Err(RequirementProblem::Remote)));
        }
        let path = beside(place.file, name);
        if self.open.contains(&path) || self.open.len() > DEEPEST {
            return Ok(Some(Err(RequirementProblem::Loop(path))));
        }
        self.read(&path, &text::read(&path)?, as_constraints)?;
        Ok(Some(Ok(())))
    }

    fn take(&mut self, statement: Statement, place: Place<'_>) -> Result<(), RequirementProblem> {
        let found = &mut self.found;
        match statement {
            Statement::Requirement { text, .. } if place.as_constraints => {
                found.constraints.push(entry::constraint(&text, place)?);
            }
            Statement::Requirement { text, hashes } => found.packages.extend(entry::package(&text, &hashes, place)?),
            Statement::Editable(path) => entry::check_folder(&path)?,
            Statement::Index(url) => found.index = Some(url),
            Statement::ExtraIndex(url) => found.extra_indexes.push(url),
            Statement::FindLinks(links) => found.find_links.push(find_links(place.file, links)),
            Statement::NoIndex => found.no_index = true,
            Statement::NoBinary(list) => found.formats.no_binary(&list).map_err(syntax)?,
            Statement::OnlyBinary(list) => found.formats.only_binary(&list).map_err(syntax)?,
            // They have been read already.
            Statement::Include(_) | Statement::Constraints(_) => {}
        }
        Ok(())
    }
}

/// Where a statement stands, and what its file is.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a Path,
    line: usize,
    as_constraints: bool,
}

fn syntax(error: impl ToString) -> RequirementProblem {
    RequirementProblem::Syntax(error.to_string())
}

/// `name` in the folder of `file`, without the detours that `..` makes.
fn beside(file: &Path, name: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for component in file.parent().unwrap_or(Path::new("")).join(name).components() {
        match (component, path.components().next_back()) {
            (Component::ParentDir, Some(Component::Normal(_))) => drop(path.pop()),
            (Component::CurDir, _) => {}
            _ => path.push(component),
        }
    }
    path
}

fn find_links(file: &Path, links: String) -> String {
    match links.contains("://") {
        true => links,
        false => beside(file, &links).to_string_lossy().into_owned(),
    }
}
