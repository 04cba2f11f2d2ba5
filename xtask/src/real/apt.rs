//! apt installs and upgrades the package from the repository that `ship` writes.

use anyhow::{Result, ensure};

use super::debian::Debian;
use super::http::{self, Server};
use super::lab::{Lab, PACKAGE};
use super::{Check, tools};

pub(crate) const CHECK: Check = Check {
    name: "apt",
    about: "apt trusts the repository by its key, installs a snapshot and upgrades to the next",
    needs: &[
        tools::DEBIAN,
        tools::GIT,
        tools::GNUPG,
        tools::PYTHON,
        tools::PYTHON_3_11,
    ],
    run,
};

const KEY: &str = "/etc/apt/keyrings/guestbook.asc";

fn run(lab: &Lab<'_>) -> Result<()> {
    let site = lab.site("site")?;
    let (_stop, address) = (site.stop_at_the_end(), http::free_address()?);
    let older = site.shipped(&address, &[])?;
    let public = site.state().join("repository/public");
    let server = Server::start(&public, &lab.dir.join("server.log"))?;
    let debian = Debian::fresh(lab)?;
    debian.copy_in(&public.join("key.asc"), KEY)?;
    lab.sh.write_file(
        debian.path("/etc/apt/sources.list.d/guestbook.sources"),
        sources(&server.address),
    )?;
    lab.sh.remove_path(debian.path("/etc/apt/sources.list"))?;

    apt(&debian, &["update"])?;
    apt(&debian, &["install", "--target-release", "development", PACKAGE])?;
    has(&debian, &older)?;
    site.greet("Good to see you.")?;
    let newer = site.shipped(&address, &["--offline"])?;
    apt(&debian, &["update"])?;
    apt(&debian, &["upgrade"])?;
    has(&debian, &newer)
}

fn sources(address: &str) -> String {
    format!("Types: deb\nURIs: http://{address}/\nSuites: development\nComponents: main\nSigned-By: {KEY}\n")
}

/// A repository that cannot be reached or verified is an error here, not a warning.
fn apt(debian: &Debian<'_>, args: &[&str]) -> Result<()> {
    let strict = [
        "apt-get",
        "--yes",
        "--no-install-recommends",
        "-o",
        "APT::Update::Error-Mode=any",
    ];
    let ended = debian.finish(&[&strict, args].concat())?;
    ensure!(ended.success() && !ended.stderr.contains("W: "), "{ended}");
    Ok(())
}

fn has(debian: &Debian<'_>, version: &str) -> Result<()> {
    let installed = debian.installed(PACKAGE)?;
    ensure!(
        installed == format!("installed {version}"),
        "{version} was expected, dpkg says {installed}"
    );
    Ok(())
}
