//! The application that is packaged: a site of Wagtail with 78 wheels.

use std::path::{Path, PathBuf};

use anyhow::Result;
use xshell::{Cmd, Shell, cmd};

use crate::real::applications::start_magazine;
use crate::real::lab::{Lab, cache};
use crate::real::tools;
use crate::step::read;

pub(crate) const NAME: &str = "magazine";
pub(crate) const VERSION: &str = "1.0.0~20260101000000+git1111111";

pub(crate) struct Application<'a> {
    pub(crate) sh: &'a Shell,
    pub(crate) lab: &'a Lab<'a>,
    pub(crate) dir: PathBuf,
    /// The same wheels for tools that know folders only, and their versions.
    pub(crate) wheels: PathBuf,
    pub(crate) requirements: PathBuf,
}

impl<'a> Application<'a> {
    pub(crate) fn new(lab: &'a Lab<'a>) -> Result<Self> {
        let (sh, dir) = (lab.sh, start_magazine(lab)?);
        let pins = pins(&sh.read_file(dir.join("pylock.toml"))?);
        let (wheels, requirements) = (lab.dir.join("wheels"), lab.dir.join("requirements.txt"));
        sh.write_file(&requirements, pins.join("\n"))?;
        let pip = tools::own_python(sh)?.join("bin/pip");
        let download = cmd!(
            sh,
            "{pip} download --quiet --no-deps --only-binary=:all: --dest {wheels} {pins...}"
        );
        read(download)?;
        Ok(Self {
            sh,
            lab,
            dir,
            wheels,
            requirements,
        })
    }

    /// A folder for what somebody makes of it.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.lab.dir.join(name);
        self.sh.create_dir(&folder)?;
        Ok(folder)
    }

    /// Builds it in one format, without the network.
    pub(crate) fn build(&self, format: &str, output: &Path, cache: &Path) -> Cmd<'a> {
        let fixed = ["build", "--offline", "--target", "debian12", "--version", VERSION];
        let build = self.lab.pydeploy().args(fixed).args(["--format", format]);
        build
            .arg("--output")
            .arg(output)
            .arg("--cache")
            .arg(cache)
            .arg(&self.dir)
    }

    /// A cache with downloads and nothing else.
    pub(crate) fn downloads(&self, name: &str) -> Result<PathBuf> {
        let copy = self.lab.dir.join(name);
        self.sh.remove_path(&copy)?;
        self.lab.copy_wheels(&copy)?;
        Ok(copy)
    }

    /// Changes one line, another one in each round.
    pub(crate) fn change(&self, round: usize) -> Result<PathBuf> {
        let style = self.dir.join("magazine/static/css/round.css");
        self.sh.write_file(style, format!("/* {round} */\n"))?;
        Ok(cache())
    }
}

/// `NAME==VERSION` for each package of the lock.
fn pins(lock: &str) -> Vec<String> {
    let packages = lock.split("[[packages]]").skip(1);
    let value = |package: &str, key: &str| {
        let line = package
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))?;
        Some(line.trim_matches('"').to_owned())
    };
    packages
        .filter_map(|package| Some(format!("{}=={}", value(package, "name")?, value(package, "version")?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::pins;

    #[test]
    fn a_lock_names_and_pins() {
        let lock = "lock-version = \"1.0\"\n[[packages]]\nname = \"django\"\nversion = \"5.2.1\"\n[[packages]]\nname = \"a\"\n";
        assert_eq!(pins(lock), ["django==5.2.1"]);
    }
}
