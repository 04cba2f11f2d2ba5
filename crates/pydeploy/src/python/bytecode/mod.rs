//! Modules as an interpreter compiles them: [unchecked hash-based] `.pyc` files.
//!
//! They are right whatever the clock says, and are never written again at run time. Their bytes are those of the source
//! and of the compiler alone, whatever else was compiled by the same process, on however many cores, and wherever the
//! module will lie: the import system corrects the name of the file in them.
//!
//! [unchecked hash-based]: https://docs.python.org/3/reference/import.html#pyc-invalidation

mod marshal;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use self::marshal::Layout;
use crate::sys::process::{CommandError, Invocation, Runner as _, SystemRunner};

/// Prints the minor version, the magic number, the tag in the names of compiled modules, and the full version; then the
/// path of the interpreter: the program that was run may be a script that chooses one by variables. What is not released
/// yet has a magic number that the release will not have.
const IDENTIFY: &str = "import sys, importlib.util as u\n\
    v = sys.version_info\n\
    full = '%d.%d.%d' % v[:3]\n\
    early = v.releaselevel in ('alpha', 'beta')\n\
    print(full + v.releaselevel if early else '%d.%d' % v[:2], u.MAGIC_NUMBER.hex(), sys.implementation.cache_tag, full)\n\
    print(sys.executable)";

const WORKER: &str = include_str!("worker.py");

/// Bytes of a `.pyc` file before its code: magic number, flags, hash of the source.
const HEADER: usize = 16;

/// An interpreter that compiles modules for its minor version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiler {
    interpreter: PathBuf,
    magic: String,
    tag: String,
    version: String,
    layout: Layout,
}

/// The source of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleSource {
    /// The file that tracebacks name until the module is imported from another; without a line break.
    pub name: String,
    /// Its bytes, in whatever encoding it declares.
    pub bytes: Vec<u8>,
}

/// Modules cannot be compiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// No interpreter is there.
    #[error("there is no Python {wanted} to compile modules with")]
    NoInterpreter {
        /// The minor version that is needed.
        wanted: String,
    },
    /// The interpreter cannot be run.
    #[error("modules cannot be compiled with {}", interpreter.display())]
    Run {
        /// The interpreter.
        interpreter: PathBuf,
        /// What happened.
        source: CommandError,
    },
    /// The interpreter is another than is needed.
    #[error("{} is Python {found}, modules are to be compiled for {wanted}", interpreter.display())]
    OtherVersion {
        /// The interpreter.
        interpreter: PathBuf,
        /// Its version.
        found: String,
        /// The minor version that is needed.
        wanted: String,
    },
    /// What it answers is not understood.
    #[error("what {} made of {what} is not understood", interpreter.display())]
    Answer {
        /// The interpreter.
        interpreter: PathBuf,
        /// A module, or what else it was asked.
        what: String,
    },
}

impl CompileError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoInterpreter { wanted } => Some(format!(
                "install the package python{wanted} on this machine, or do not compile"
            )),
            Self::Run { .. } | Self::OtherVersion { .. } => {
                Some("install the target's interpreter on this machine, or do not compile".to_owned())
            }
            Self::Answer { .. } => Some("CPython 3.8 to 3.14 are known; do not compile for another".to_owned()),
        }
    }
}

impl Compiler {
    /// The first of the `candidates` that runs and is CPython `minor`, such as `3.11`.
    ///
    /// # Errors
    ///
    /// What is wrong with the first one when none can be used; that there is none when there is none.
    pub fn find(candidates: &[PathBuf], minor: &str) -> Result<Self, CompileError> {
        let mut first = None;
        for candidate in candidates {
            match Self::of(candidate, minor) {
                Ok(compiler) => return Ok(compiler),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or_else(|| CompileError::NoInterpreter {
            wanted: minor.to_owned(),
        }))
    }

    /// The `interpreter`, when it is CPython `minor`.
    ///
    /// # Errors
    ///
    /// When it cannot be run, is another version, or one whose bytecode is not known.
    pub fn of(interpreter: &Path, minor: &str) -> Result<Self, CompileError> {
        let identify = Invocation::new(interpreter, "/").args(["-I", "-S", "-X", "utf8", "-c", IDENTIFY]);
        let answer = run(interpreter, &identify)?;
        let answer = String::from_utf8_lossy(&answer);
        let (first, executable) = answer.trim_end().split_once('\n').unwrap_or((&answer, ""));
        let mut words = first.split_whitespace().map(str::to_owned);
        let mut word = || words.next().unwrap_or_default();
        let (found, magic, tag, version) = (word(), word(), word(), word());
        if found != minor {
            return Err(CompileError::OtherVersion {
                interpreter: interpreter.to_owned(),
                found,
                wanted: minor.to_owned(),
            });
        }
        let layout = parse_minor(minor).and_then(Layout::of);
        let layout = layout.filter(|_| tag.starts_with("cpython-"));
        Ok(Self {
            layout: layout.ok_or_else(|| not_understood(interpreter, "its version"))?,
            interpreter: executable.into(),
            magic,
            tag,
            version,
        })
    }

    /// What its bytes depend on besides the source: the magic number of its bytecode and the full version, because
    /// corrections of the compiler change what it makes, and the magic number does not say so.
    #[must_use]
    pub fn identity(&self) -> String {
        format!("{}-{}", self.magic, self.version)
    }

    /// Where the compiled form of a module lies (PEP 3147); `None` for what is no module, and for what lies where
    /// compiled modules do.
    ///
    /// `a/b.py` is compiled as `a/__pycache__/b.cpython-311.pyc`.
    #[must_use]
    pub fn compiled_path(&self, path: &str) -> Option<String> {
        let (folder, name) = path.rsplit_once('/')?;
        let stem = name.strip_suffix(".py").filter(|stem| !stem.is_empty())?;
        let odd = folder == "__pycache__" || folder.ends_with("/__pycache__") || path.contains('\n');
        (!odd).then(|| format!("{folder}/__pycache__/{stem}.{}.pyc", self.tag))
    }

    /// The compiled form of each module, in one process; `None` for those that are not modules of this Python: templates,
    /// and tests of what happens then.
    ///
    /// # Errors
    ///
    /// When the interpreter fails, or answers what is no code.
    pub fn compile(&self, modules: &[ModuleSource]) -> Result<Vec<Option<Vec<u8>>>, CompileError> {
        let answer = run(&self.interpreter, &self.worker().stdin(question(modules)))?;
        let mut rest = answer.as_slice();
        let compiled = modules.iter().map(|module| {
            let one = self.next(&mut rest);
            one.ok_or_else(|| not_understood(&self.interpreter, &module.name))
        });
        compiled.collect()
    }

    /// The interpreter on its own: no `site`, no variables but the seed of hashes, by which Python 3.8 orders what it
    /// makes of a set. With `-I` it would not look at that one either; the worker itself keeps out of the current folder.
    fn worker(&self) -> Invocation {
        Invocation::new(&self.interpreter, "/")
            .args(["-s", "-S", "-X", "utf8", "-W", "ignore", "-c", WORKER])
            .without_environment()
            .env("PYTHONHASHSEED", "0")
    }

    /// The next answer, taken off what is left; `None` when it is not one.
    fn next(&self, rest: &mut &[u8]) -> Option<Option<Vec<u8>>> {
        let end = rest.iter().position(|&byte| byte == b'\n')?;
        let length = std::str::from_utf8(&rest[..end]).ok()?;
        *rest = &rest[end + 1..];
        if length == "-1" {
            return Some(None);
        }
        let (bytes, others) = rest.split_at_checked(length.parse().ok()?)?;
        *rest = others;
        let (header, code) = bytes.split_at_checked(HEADER)?;
        Some(Some([header, &self.layout.canonical(code)?].concat()))
    }
}

fn question(modules: &[ModuleSource]) -> Vec<u8> {
    let mut question = Vec::new();
    for ModuleSource { name, bytes } in modules {
        question.extend(format!("{} {name}\n", bytes.len()).into_bytes());
        question.extend_from_slice(bytes);
    }
    question
}

fn run(interpreter: &Path, invocation: &Invocation) -> Result<Vec<u8>, CompileError> {
    match SystemRunner.run(invocation) {
        Ok(output) => Ok(output.stdout),
        Err(source) => Err(CompileError::Run {
            interpreter: interpreter.to_owned(),
            source,
        }),
    }
}

fn not_understood(interpreter: &Path, what: &str) -> CompileError {
    CompileError::Answer {
        interpreter: interpreter.to_owned(),
        what: what.to_owned(),
    }
}

fn parse_minor(text: &str) -> Option<(u16, u16)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
