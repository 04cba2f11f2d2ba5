//! A project's own maintainer scripts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::PackageName;
use crate::sys::files::{self, FileError};

/// The names of the scripts, in the order in which dpkg calls them.
pub(super) const NAMES: [&str; 4] = ["preinst", "postinst", "prerm", "postrm"];
/// What stands for the generated part.
const TOKEN: &str = "#DEBHELPER#";
const SHELLS: [&str; 3] = ["sh", "dash", "bash"];

/// A project's own maintainer scripts: `debian/PACKAGE.postinst` or `debian/postinst`, and so on, the first of the two if
/// both are there.
///
/// Such a script is what the package has, with the line `#DEBHELPER#` in it replaced by what is generated, as debhelper
/// does it (`dh_installdeb(1)`). It is written for `sh`, `dash` or `bash` and stops at the first error (`set -e`), since the
/// generated part counts on that.
///
/// ```
/// use pydeploy::artifact::deb::OwnScripts;
///
/// let dir = std::env::temp_dir().join("pydeploy-own-scripts");
/// std::fs::create_dir_all(&dir)?;
/// std::fs::write(dir.join("postinst"), "#!/bin/sh\nset -e\necho hello\n")?;
/// let error = OwnScripts::load(&dir, &"site".parse()?).unwrap_err();
/// assert!(error.to_string().ends_with("postinst: there is no line `#DEBHELPER#`"));
///
/// std::fs::write(dir.join("postinst"), "#!/bin/sh\nset -e\n#DEBHELPER#\necho hello\n")?;
/// OwnScripts::load(&dir, &"site".parse()?)?;
/// # std::fs::remove_dir_all(&dir)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnScripts(BTreeMap<&'static str, OwnScript>);

/// A script in two parts: what comes before the generated one, and what comes after it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnScript {
    before: String,
    after: String,
}

/// A project's own maintainer script cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OwnScriptError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not what can be put together with the generated part.
    #[error("{}: {problem}", file.display())]
    Unusable {
        /// The script.
        file: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
}

impl OwnScriptError {
    /// What would be right.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Unusable { .. } => Some("begin it with `#!/bin/sh`, `set -e`, `#DEBHELPER#`, a line each".to_owned()),
        }
    }
}

impl OwnScripts {
    /// Reads what there is in a project's `debian` folder.
    ///
    /// # Errors
    ///
    /// When a script cannot be read, is not UTF-8 text, is for another interpreter, goes on after errors, or has no line
    /// `#DEBHELPER#` or several.
    pub fn load(debian: &Path, package: &PackageName) -> Result<Self, OwnScriptError> {
        let mut scripts = BTreeMap::new();
        for name in NAMES {
            for file in [debian.join(format!("{package}.{name}")), debian.join(name)] {
                if let Some(bytes) = files::read_if_exists(&file)? {
                    let script = parse(bytes).map_err(|problem| OwnScriptError::Unusable { file, problem })?;
                    scripts.insert(name, script);
                    break;
                }
            }
        }
        Ok(Self(scripts))
    }

    /// The whole of a script around its generated part.
    pub(super) fn around(&self, name: &str, generated: &str) -> String {
        match self.0.get(name) {
            Some(own) => format!("{}{generated}{}", own.before, own.after),
            None => format!("#!/bin/sh\nset -e\n\n{generated}"),
        }
    }
}

fn parse(bytes: Vec<u8>) -> Result<OwnScript, &'static str> {
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text")?;
    let first = text.lines().next().unwrap_or_default();
    let interpreter = first.strip_prefix("#!").map(str::trim).unwrap_or_default();
    let mut words = interpreter.split_whitespace();
    let shell = words
        .next()
        .and_then(|path| path.rsplit('/').next())
        .unwrap_or_default();
    if !SHELLS.contains(&shell) {
        return Err("its first line does not name sh, dash or bash");
    }
    let stops = |words: &str| words.split_whitespace().any(is_option_e);
    let sets = |line: &str| line.trim().strip_prefix("set ").is_some_and(stops);
    if !stops(interpreter) && !text.lines().any(sets) {
        return Err("it goes on after an error: there is no `set -e`");
    }
    divide(&text)
}

/// `-e`, `-eu`, …
fn is_option_e(word: &str) -> bool {
    let letters = word.strip_prefix('-').unwrap_or_default();
    letters.contains('e') && letters.bytes().all(|b| b.is_ascii_lowercase())
}

fn divide(text: &str) -> Result<OwnScript, &'static str> {
    let mut lines = text.split_inclusive('\n');
    let before: String = lines.by_ref().take_while(|line| line.trim() != TOKEN).collect();
    let after: String = lines.collect();
    if before.len() == text.len() {
        return Err("there is no line `#DEBHELPER#`");
    }
    if after.lines().any(|line| line.trim() == TOKEN) {
        return Err("there are several lines `#DEBHELPER#`");
    }
    Ok(OwnScript { before, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_part_takes_the_place_of_the_token() {
        let dir = tempfile::tempdir().unwrap();
        let own = "#!/bin/bash -eu\n# mine\n\n  #DEBHELPER#  \n\necho done\n";
        std::fs::write(dir.path().join("site.postinst"), own).unwrap();
        std::fs::write(dir.path().join("postinst"), "the other one is taken").unwrap();
        let scripts = OwnScripts::load(dir.path(), &"site".parse().unwrap()).unwrap();
        assert_eq!(
            scripts.around("postinst", "generated\n"),
            "#!/bin/bash -eu\n# mine\n\ngenerated\n\necho done\n"
        );
        assert_eq!(
            scripts.around("prerm", "generated\n"),
            "#!/bin/sh\nset -e\n\ngenerated\n"
        );
    }

    #[test]
    fn what_could_not_be_put_together_is_refused() {
        for (text, says) in [
            ("", "its first line does not name sh, dash or bash"),
            (
                "#!/usr/bin/perl\n#DEBHELPER#\n",
                "its first line does not name sh, dash or bash",
            ),
            (
                "#!/bin/sh\n#DEBHELPER#\n",
                "it goes on after an error: there is no `set -e`",
            ),
            (
                "#!/bin/sh -u\nset -x\n#DEBHELPER#\n",
                "it goes on after an error: there is no `set -e`",
            ),
            ("#!/bin/sh\nset -e\n# #DEBHELPER#\n", "there is no line `#DEBHELPER#`"),
            (
                "#!/bin/sh\nset -e\n#DEBHELPER#\n#DEBHELPER#",
                "there are several lines `#DEBHELPER#`",
            ),
        ] {
            assert_eq!(parse(text.into()), Err(says), "{text}");
        }
        assert_eq!(parse(b"#!/bin/sh\n\xff".to_vec()), Err("it is not UTF-8 text"));
        parse(b"#!/bin/sh\nset -eux\n#DEBHELPER#".to_vec()).unwrap();
    }
}
