//! Virtual environments: what makes a folder one.

use super::{Scheme, Target};

/// A virtual environment ([PEP 405]): where it will be used, and the interpreter that it stands on.
///
/// ```
/// use pydeploy::python::Environment;
///
/// let environment = Environment::of(&"debian12".parse()?, "/srv/site/venv");
/// assert_eq!(environment.interpreter, "/usr/bin/python3.11");
/// assert_eq!(environment.site_packages(), "lib/python3.11/site-packages");
/// # Ok::<(), pydeploy::python::UnknownTarget>(())
/// ```
///
/// [PEP 405]: https://peps.python.org/pep-0405/
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The absolute path at which it will be used: first lines of scripts name it.
    pub path: String,
    /// The absolute path of the interpreter.
    pub interpreter: String,
    /// Major, minor and micro version of the interpreter.
    pub python: (u16, u16, u16),
}

/// A part of an environment that no wheel brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Link { target: String },
    File { text: String },
}

const ACTIVATE: [(&str, &str); 3] = [
    ("bin/activate", include_str!("environment/activate.sh")),
    ("bin/activate.csh", include_str!("environment/activate.csh")),
    ("bin/activate.fish", include_str!("environment/activate.fish")),
];

impl Environment {
    /// An environment at `path` with the interpreter that `target` has.
    #[must_use]
    pub fn of(target: &Target, path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            interpreter: target.interpreter().to_owned(),
            python: target.python(),
        }
    }

    /// `lib/python3.11/site-packages`: where modules lie, relative to the environment.
    #[must_use]
    pub fn site_packages(&self) -> String {
        format!("lib/python{}/site-packages", self.python_minor())
    }

    /// What wheels are installed for.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        Scheme {
            venv: self.path.clone(),
            python_minor: self.python_minor(),
        }
    }

    fn python_minor(&self) -> String {
        format!("{}.{}", self.python.0, self.python.1)
    }

    /// What every environment has: names of the interpreter, and the file that tells it where it is.
    pub(crate) fn parts(&self) -> Vec<(String, Part)> {
        let versioned = format!("python{}", self.python_minor());
        let link = |path: &str, target: &str| {
            let target = target.to_owned();
            (path.to_owned(), Part::Link { target })
        };
        let config = Part::File { text: self.pyvenv() };
        vec![
            link(&format!("bin/{versioned}"), &self.interpreter),
            link("bin/python3", &versioned),
            link("bin/python", &versioned),
            link("lib64", "lib"),
            ("pyvenv.cfg".to_owned(), config),
        ]
    }

    /// For people who work in the environment, a script for each family of shells; a service needs none.
    pub(crate) fn activation(&self) -> impl Iterator<Item = (&'static str, String)> {
        ACTIVATE
            .iter()
            .map(|&(path, text)| (path, text.replace("__VENV__", &single_quoted(&self.path))))
    }

    fn pyvenv(&self) -> String {
        let home = self.interpreter.rsplit_once('/').map_or("/", |(folder, _)| folder);
        let (major, minor, micro) = self.python;
        format!("home = {home}\ninclude-system-site-packages = false\nversion = {major}.{minor}.{micro}\n")
    }
}

/// As sh, csh and fish all read it.
fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(path: &str) -> Environment {
        Environment::of(&"debian12".parse().unwrap(), path)
    }

    #[test]
    fn an_environment_names_its_interpreter() {
        let parts = environment("/v").parts();
        let lines: Vec<_> = parts
            .iter()
            .map(|(path, part)| match part {
                Part::Link { target } => format!("{path} -> {target}"),
                Part::File { text } => format!("{path}: {}", text.replace('\n', "; ")),
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        bin/python3.11 -> /usr/bin/python3.11
        bin/python3 -> python3.11
        bin/python -> python3.11
        lib64 -> lib
        pyvenv.cfg: home = /usr/bin; include-system-site-packages = false; version = 3.11.2; 
        ");
    }

    #[test]
    fn shells_see_the_path_as_one_word() {
        for (_, text) in environment("/it's here").activation() {
            assert!(text.contains("'/it'\\''s here'"), "{text}");
            assert!(!text.contains("__VENV__"), "{text}");
        }
    }
}
