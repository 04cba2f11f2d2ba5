//! A disk that fills during a build: an error that says so, and nothing under the final name.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

use super::lab::{Lab, Site, cache};
use super::{Check, tools};
use crate::step::{Ended, finish, read};

pub(crate) const CHECK: Check = Check {
    name: "disk-full",
    about: "a build onto a disk that fills fails with a hint and leaves no file, in every format and at any size",
    needs: &[
        tools::GIT,
        tools::Need::Root,
        tools::Need::Program {
            name: "mount",
            package: "mount",
        },
    ],
    run,
};

/// Of a disk in kibibytes: an archive's first bytes find room, then more and more of it.
const SIZES: [u32; 4] = [4, 64, 1024, 4096];

fn run(lab: &Lab<'_>) -> Result<()> {
    let site = lab.site("site")?;
    let fits = build(lab, &site, "deb,zip,bundle", &lab.dir.join("out"))?;
    ensure!(fits.success(), "{fits}");
    for format in ["deb", "zip", "bundle"] {
        for size in SIZES {
            let disk = Disk::mount(lab.sh, &lab.dir.join("disk"), size)?;
            let ended = build(lab, &site, format, &disk.dir)?;
            ensure!(ended.code == Some(1), "{format}, {size} KiB: {ended}");
            ensure!(
                ended.stderr.contains("hint: free some space"),
                "{format}, {size} KiB: {ended}"
            );
            let (sh, dir) = (lab.sh, &disk.dir);
            let left = read(cmd!(sh, "find {dir} -mindepth 1"))?;
            ensure!(left.is_empty(), "{format}, {size} KiB: {left}");
        }
    }
    Ok(())
}

fn build(lab: &Lab<'_>, site: &Site<'_>, format: &str, out: &Path) -> Result<Ended> {
    let fixed = [
        "build",
        "--target",
        "debian12",
        "--version",
        "1.2.0",
        "--format",
        format,
    ];
    let build = lab.pydeploy().args(fixed).arg("--output").arg(out);
    finish(build.arg("--cache").arg(cache()).arg(&site.dir))
}

/// A small disk in memory; gone when dropped.
struct Disk<'a> {
    sh: &'a Shell,
    dir: PathBuf,
}

impl<'a> Disk<'a> {
    fn mount(sh: &'a Shell, dir: &Path, size: u32) -> Result<Self> {
        sh.create_dir(dir)?;
        let options = format!("size={size}k");
        read(cmd!(sh, "mount -t tmpfs -o {options} pydeploy-test {dir}"))?;
        let dir = dir.to_owned();
        Ok(Self { sh, dir })
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let dir = &self.dir;
        drop(read(cmd!(self.sh, "umount {dir}")));
    }
}
