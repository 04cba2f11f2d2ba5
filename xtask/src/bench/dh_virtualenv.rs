//! The same application packaged by dh-virtualenv from the same wheels.

use std::path::{Path, PathBuf};

use anyhow::Result;
use xshell::{Cmd, Shell, cmd};

use crate::real::lab::{Lab, PACKAGE, only_package};
use crate::real::tools::{self, Need};
use crate::step::read;

pub(crate) const NEEDS: [Need; 5] = [
    tools::DH_VIRTUALENV,
    tools::DEBHELPER,
    tools::DPKG_DEV,
    tools::PYTHON_3_11,
    tools::GIT,
];

const CONTROL: &str = "Source: guestbook
Maintainer: Bench <bench@example.org>
Standards-Version: 4.6.2
Rules-Requires-Root: no

Package: guestbook
Architecture: any
Depends: python3.11
Description: Guestbook
 Packaged by dh-virtualenv, for comparison.
";

/// Steps that do not understand wheels are left out, to dh-virtualenv's advantage.
const RULES: &str = "#!/usr/bin/make -f
export DH_VIRTUALENV_INSTALL_ROOT = /opt
%:
\tdh $@ --with python-virtualenv --buildsystem=none
override_dh_virtualenv:
\tdh_virtualenv --builtin-venv --python /usr/bin/python3.11 --skip-install --requirements requirements.txt
override_dh_strip override_dh_dwz override_dh_makeshlibs override_dh_shlibdeps:
";

/// A source package ready to be built again and again.
pub(crate) struct Rival<'a> {
    sh: &'a Shell,
    dir: PathBuf,
    wheels: PathBuf,
}

impl<'a> Rival<'a> {
    pub(crate) fn new(lab: &Lab<'a>) -> Result<Self> {
        let (sh, dir) = (lab.sh, lab.site("dh-virtualenv/site")?.dir);
        let pins = pins(&sh.read_file(dir.join("pylock.toml"))?);
        let wheels = lab.dir.join("wheels");
        download(sh, &pins, &wheels)?;
        sh.write_file(dir.join("requirements.txt"), pins.join("\n"))?;
        sh.write_file(dir.join("debian/control"), CONTROL)?;
        sh.write_file(dir.join("debian/rules"), RULES)?;
        sh.write_file(dir.join("debian/compat"), "13\n")?;
        sh.write_file(
            dir.join("debian/install"),
            format!("manage.py opt/{PACKAGE}/app\nguestbook opt/{PACKAGE}/app\n"),
        )?;
        let rules = dir.join("debian/rules");
        read(cmd!(sh, "chmod +x {rules}"))?;
        Ok(Self { sh, dir, wheels })
    }

    pub(crate) fn command(&self) -> Cmd<'a> {
        let script = r#"cd "$1" && exec dpkg-buildpackage --build=binary --no-sign --no-check-builddeps"#;
        let build = self.sh.cmd("sh").args(["-c", script, "build"]).arg(&self.dir);
        build.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", &self.wheels)
    }

    pub(crate) fn package(&self) -> Result<PathBuf> {
        only_package(self.sh, self.dir.parent().unwrap_or(&self.dir))
    }
}

fn download(sh: &Shell, pins: &[String], wheels: &Path) -> Result<()> {
    let pip = tools::own_python(sh)?.join("bin/pip");
    read(cmd!(
        sh,
        "{pip} download --quiet --no-deps --only-binary=:all: --dest {wheels} {pins...}"
    ))
    .map(drop)
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
