//! dpkg reads the package, and every file is what the package says.

use anyhow::{Result, ensure};
use xshell::cmd;

use super::lab::{Lab, PACKAGE};
use super::{Check, tools};
use crate::root;
use crate::step::read;

pub(crate) const CHECK: Check = Check {
    name: "deb-tools",
    about: "dpkg-deb reads the package; md5sums and manifest agree with its files",
    needs: &[tools::DPKG, tools::GIT, tools::PYTHON],
    run,
};

const VERSION: &str = "1.2.0~20260101000000+git1111111";

fn run(lab: &Lab<'_>) -> Result<()> {
    let package = lab.package(VERSION)?;
    let (sh, tree) = (lab.sh, lab.dir.join("tree"));
    let control = read(cmd!(sh, "dpkg-deb --info {package}"))?;
    for field in [format!("Package: {PACKAGE}"), format!("Version: {VERSION}")] {
        ensure!(
            control.contains(&field),
            "no `{field}` in the control fields:\n{control}"
        );
    }
    let listing = read(cmd!(sh, "dpkg-deb --contents {package}"))?;
    for path in [
        "./opt/guestbook/venv/bin/python3.11",
        "./lib/systemd/system/guestbook.socket",
    ] {
        ensure!(listing.contains(path), "no {path} in the package:\n{listing}");
    }
    read(cmd!(sh, "dpkg-deb --extract {package} {tree}"))?;
    read(cmd!(sh, "dpkg-deb --control {package} {tree}/DEBIAN"))?;
    sums(lab, &tree)
}

fn sums(lab: &Lab<'_>, tree: &std::path::Path) -> Result<()> {
    let sh = lab.sh;
    let _inside = sh.push_dir(tree);
    read(cmd!(sh, "md5sum --check --strict --quiet DEBIAN/md5sums"))?;
    let manifest = root().join("xtask/src/real/manifest.py");
    let said = read(cmd!(sh, "python3 {manifest} opt/{PACKAGE}/manifest.json"))?;
    println!("       {}", said.trim());
    Ok(())
}
