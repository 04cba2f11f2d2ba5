//! Debian's own test of installing and purging finds nothing to say.

use anyhow::{Result, ensure};
use xshell::cmd;

use super::lab::Lab;
use super::suite::BOOKWORM;
use super::{Check, tools};
use crate::step::{Ended, finish};

pub(crate) const CHECK: Check = Check {
    name: "piuparts",
    about: "piuparts finds no file, link, process or diversion that comes, goes or changes with the package's life",
    needs: &[tools::DEBIAN, tools::ADEQUATE, tools::GIT, tools::PIUPARTS],
    run,
};

const VERSION: &str = "1.2.0~20260101000000+git1111111";

/// What is tried beside installing and purging: again after a purge, again after a removal, and what adequate(1) says
/// of the installed files is an error. The upgrade test wants an older version in Debian's archive; the checks `install`
/// and `releases` upgrade.
const TRIED: [&str; 4] = [
    "--install-purge-install",
    "--install-remove-install",
    "--fail-if-inadequate",
    "--no-upgrade-test",
];

/// The interpreter is installed with the package and removed before it is purged.
fn run(lab: &Lab<'_>) -> Result<()> {
    let (package, chroot) = (lab.package(VERSION)?, BOOKWORM.without_interpreter(lab)?);
    let (suite, dir) = (BOOKWORM.name, &lab.dir);
    let place = ["--keep-sources-list", "--no-eatmydata", "--distribution", suite];
    let ended = finish(
        cmd!(
            lab.sh,
            "piuparts --existing-chroot {chroot} {place...} {TRIED...} {package}"
        )
        .env("TMPDIR", dir),
    )?;
    ensure!(
        ended.success() && findings(&ended).is_empty(),
        "{}\n{ended}",
        findings(&ended).join("\n")
    );
    Ok(())
}

/// `MINUTES.SECONDS LEVEL: …`
fn findings(ended: &Ended) -> Vec<&str> {
    let said = ended.stdout.lines().chain(ended.stderr.lines());
    said.filter(|line| {
        [" ERROR: ", " WARNING: ", " CRITICAL: "]
            .iter()
            .any(|level| line.contains(level))
    })
    .collect()
}
