//! The same application packaged by dh-virtualenv from the same wheels.

use std::path::PathBuf;

use anyhow::Result;
use xshell::{Cmd, Shell, cmd};

use super::application::{Application, NAME};
use crate::real::lab::only_package;
use crate::real::tools::{self, Need};
use crate::step::read;

pub(crate) const NEEDS: [Need; 5] = [
    tools::DH_VIRTUALENV,
    tools::DEBHELPER,
    tools::DPKG_DEV,
    tools::PYTHON_3_11,
    tools::GIT,
];

const CONTROL: &str = "Source: magazine
Maintainer: Bench <bench@example.org>
Standards-Version: 4.6.2
Rules-Requires-Root: no

Package: magazine
Architecture: any
Depends: python3.11
Description: Site
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
    pub(crate) fn new(application: &Application<'a>) -> Result<Self> {
        let (sh, folder) = (application.sh, application.folder("dh-virtualenv")?);
        let (from, dir) = (&application.dir, folder.join("site"));
        read(cmd!(sh, "cp --archive {from} {dir}"))?;
        sh.copy_file(&application.requirements, dir.join("requirements.txt"))?;
        sh.write_file(dir.join("debian/control"), CONTROL)?;
        sh.write_file(dir.join("debian/rules"), RULES)?;
        sh.write_file(dir.join("debian/compat"), "13\n")?;
        let parts = ["manage.py", "magazine", "home", "search"];
        let install = parts.map(|part| format!("{part} opt/{NAME}/app\n")).concat();
        sh.write_file(dir.join("debian/install"), install)?;
        let rules = dir.join("debian/rules");
        read(cmd!(sh, "chmod +x {rules}"))?;
        let wheels = application.wheels.clone();
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
