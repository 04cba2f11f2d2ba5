//! Files that describe a target.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::target::Description;
use super::{Arch, Target, UnknownTarget};
use crate::sys::text::{self, TextFileError};

const SCHEMA: u32 = 1;

/// A target file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetFileError {
    /// The file cannot be read, is not TOML, lacks a key or has one that is not known, or one of the wrong type.
    #[error(transparent)]
    Text(#[from] TextFileError),
    /// The name is that of a built-in target, and the rest is not.
    #[error("{}: `name`: `{name}` is built in, and is something else", file.display())]
    BuiltIn {
        /// The file.
        file: PathBuf,
        /// The name.
        name: String,
    },
    /// A value is not of its form.
    #[error("{}: `{key}`: `{value}` {problem}", file.display())]
    Value {
        /// The file.
        file: PathBuf,
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl TargetFileError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Text(TextFileError::File(error)) => error.hint(),
            Self::BuiltIn { .. } => Some("give it another name".to_owned()),
            _ => Some("`pydeploy target probe` on that machine writes such a file".to_owned()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    schema: u32,
    name: String,
    distribution: String,
    arch: String,
    python: String,
    glibc: String,
    interpreter: String,
    package: Option<String>,
}

impl Target {
    /// Reads a target file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or as for [`Target::parse`].
    pub fn load(file: &Path) -> Result<Self, TargetFileError> {
        Self::parse(file, &text::read(file)?)
    }

    /// Reads the text of a target file, which is TOML; `file` is what errors call it. `package` may be left out.
    ///
    /// ```
    /// use pydeploy::python::Target;
    ///
    /// let text = r#"
    /// schema = 1
    /// name = "web"
    /// distribution = "debian12"
    /// arch = "amd64"
    /// python = "3.12.9"
    /// glibc = "2.36"
    /// interpreter = "/opt/python3.12/bin/python3.12"
    /// "#;
    /// let target = Target::parse("web.toml".as_ref(), text)?;
    /// assert_eq!(target.python(), (3, 12, 9));
    /// assert_eq!(Target::parse("web.toml".as_ref(), &target.to_file())?, target);
    /// # Ok::<(), pydeploy::python::TargetFileError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is not TOML, a key is missing, unknown or of another type, or a value is not of its form.
    pub fn parse(file: &Path, text: &str) -> Result<Self, TargetFileError> {
        Reader { file }.target(text::toml(file, text)?)
    }

    /// The text of a file that describes the target.
    #[must_use]
    pub fn to_file(&self) -> String {
        let (major, minor) = self.0.glibc;
        let mut text = format!("# Where a release will run.\nschema = {SCHEMA}\n");
        let mut add = |key: &str, value: &str| text += &format!("{key} = {}\n", quoted(value));
        add("name", &self.0.name);
        add("distribution", &self.0.distribution);
        add("arch", &self.0.arch.to_string());
        add("python", &self.python_full());
        add("glibc", &format!("{major}.{minor}"));
        add("interpreter", &self.0.interpreter);
        if let Some(package) = &self.0.package {
            add("package", package);
        }
        text
    }
}

fn quoted(value: &str) -> String {
    toml::Value::from(value).to_string()
}

struct Reader<'a> {
    file: &'a Path,
}

impl Reader<'_> {
    fn target(&self, table: Table) -> Result<Target, TargetFileError> {
        self.check_texts(&table)?;
        let target = Target(Arc::new(Description {
            python: self.python(&table.python)?,
            glibc: self.glibc(&table.glibc)?,
            arch: self.arch(&table.arch)?,
            name: table.name,
            distribution: table.distribution,
            interpreter: table.interpreter,
            package: table.package,
        }));
        match target.0.name.parse::<Target>() {
            Ok(built_in) if built_in != target => Err(TargetFileError::BuiltIn {
                file: self.file.to_owned(),
                name: target.0.name.clone(),
            }),
            _ => Ok(target),
        }
    }

    fn check_texts(&self, table: &Table) -> Result<(), TargetFileError> {
        if table.schema != SCHEMA {
            return Err(self.wrong("schema", &table.schema.to_string(), "is not known, known is 1"));
        }
        for (key, word) in [("name", &table.name), ("distribution", &table.distribution)] {
            if !is_word(word) {
                return Err(self.wrong(key, word, "is not of letters, digits, `.`, `_`, `-` and `/`"));
            }
        }
        match is_file_path(&table.interpreter) {
            true => Ok(()),
            false => Err(self.wrong("interpreter", &table.interpreter, "is not an absolute path")),
        }
    }

    fn python(&self, text: &str) -> Result<(u16, u16, u16), TargetFileError> {
        let known = numbers(text).filter(|[major, minor, _]| *major == 3 && *minor >= 6);
        let problem = "is not the full version of a Python 3, `3.11.2`";
        Ok(known.ok_or_else(|| self.wrong("python", text, problem))?.into())
    }

    fn glibc(&self, text: &str) -> Result<(u16, u16), TargetFileError> {
        let known = numbers(text).filter(|[major, _]| *major == 2);
        let problem = "is not a version of the GNU C library, `2.36`";
        Ok(known.ok_or_else(|| self.wrong("glibc", text, problem))?.into())
    }

    fn arch(&self, text: &str) -> Result<Arch, TargetFileError> {
        text.parse()
            .map_err(|_: UnknownTarget| self.wrong("arch", text, "is neither `amd64` nor `arm64`"))
    }

    fn wrong(&self, key: &'static str, value: &str, problem: &'static str) -> TargetFileError {
        TargetFileError::Value {
            file: self.file.to_owned(),
            key,
            value: value.to_owned(),
            problem,
        }
    }
}

/// The name stands in manifests, names of folders and messages.
fn is_word(text: &str) -> bool {
    let start = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    start && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
}

fn is_file_path(text: &str) -> bool {
    text.starts_with('/') && !text.ends_with('/') && !text.contains(char::is_control)
}

/// Exactly `N` numbers between dots.
fn numbers<const N: usize>(text: &str) -> Option<[u16; N]> {
    let parts: Option<Vec<u16>> = text.split('.').map(|part| part.parse().ok()).collect();
    parts?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"schema = 1
name = "web"
distribution = "debian12"
arch = "arm64"
python = "3.12.9"
glibc = "2.36"
interpreter = "/opt/python/bin/python3.12"
"#;

    fn parse(text: &str) -> Result<Target, String> {
        Target::parse("t.toml".as_ref(), text).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read_back() {
        for target in Target::built_in().chain([parse(FILE).unwrap()]) {
            assert_eq!(parse(&target.to_file()), Ok(target));
        }
    }

    #[test]
    fn what_is_no_target_is_refused_with_the_place() {
        for (from, to, expect) in [
            (
                "\"web\"",
                "\"debian12/arm64\"",
                "t.toml: `name`: `debian12/arm64` is built in, and is something else",
            ),
            (
                "schema = 1",
                "schema = 2",
                "t.toml: `schema`: `2` is not known, known is 1",
            ),
            (
                "\"web\"",
                "\"a b\"",
                "t.toml: `name`: `a b` is not of letters, digits, `.`, `_`, `-` and `/`",
            ),
            ("arm64", "mips", "t.toml: `arch`: `mips` is neither `amd64` nor `arm64`"),
            (
                "3.12.9",
                "3.12",
                "t.toml: `python`: `3.12` is not the full version of a Python 3, `3.11.2`",
            ),
            (
                "3.12.9",
                "2.7.18",
                "t.toml: `python`: `2.7.18` is not the full version of a Python 3, `3.11.2`",
            ),
            (
                "2.36",
                "musl",
                "t.toml: `glibc`: `musl` is not a version of the GNU C library, `2.36`",
            ),
            (
                "/opt",
                "opt",
                "t.toml: `interpreter`: `opt/python/bin/python3.12` is not an absolute path",
            ),
        ] {
            assert_eq!(parse(&FILE.replace(from, to)), Err(expect.to_owned()));
        }
        for (text, expect) in [
            (FILE.replace("glibc", "libc"), "t.toml:6:1: unknown field `libc`"),
            (FILE.replace("name = \"web\"\n", ""), "t.toml:1:1: missing field `name`"),
            (
                FILE.replace("\"2.36\"", "2.36"),
                "t.toml:6:9: invalid type: floating point",
            ),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.starts_with(expect), "{error}");
        }
    }
}
