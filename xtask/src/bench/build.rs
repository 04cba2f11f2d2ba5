//! Building the fixture's package, beside dh-virtualenv on the same wheels.

use std::path::Path;

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

use super::dh_virtualenv::{self, Rival};
use super::measure::{Row, measure, table};
use crate::real::lab::{Lab, Site, cache, only_package};
use crate::real::tools;
use crate::step::{read, step};

const VERSION: &str = "1.2.0~20260101000000+git1111111";

pub(crate) fn run(sh: &Shell, runs: usize) -> Result<()> {
    install(sh)?;
    cmd!(sh, "cargo build --release -p pydeploy-cli").quiet().run()?;
    let lab = Lab::new(sh, "bench")?;
    let site = lab.site("site")?;
    let rival = step("prepare", || {
        site.build(VERSION)?;
        Rival::new(&lab)
    })?;
    let mut rows = [
        "pydeploy, wheels in the cache",
        "pydeploy, one line changed",
        "dh-virtualenv",
    ]
    .map(Row::new);
    for round in 1..=runs {
        step(&format!("round {round} of {runs}"), || {
            from_wheels(&lab, &site, &mut rows[0])?;
            changed_line(&lab, &site, round, &mut rows[1])?;
            beside(sh, &rival, &mut rows[2])
        })?;
    }
    let unpacked = step("unpack", || unpack(&lab, &rival, runs))?;
    println!("\n{}\n{}", table(&rows), table(&unpacked));
    lab.clean()
}

fn install(sh: &Shell) -> Result<()> {
    if tools::is_root() {
        tools::install_missing(sh, dh_virtualenv::NEEDS.iter())?;
    }
    let missing = tools::missing(&dh_virtualenv::NEEDS);
    ensure!(missing.is_empty(), "the comparison needs {}", missing.join(", "));
    Ok(())
}

/// Nothing but downloads is in the cache.
fn from_wheels(lab: &Lab<'_>, site: &Site<'_>, row: &mut Row) -> Result<()> {
    let (sh, wheels) = (lab.sh, lab.dir.join("cache"));
    sh.remove_path(&wheels)?;
    lab.copy_wheels(&wheels)?;
    build(lab, site, &wheels, row)
}

/// Everything is in the cache but one file of the application.
fn changed_line(lab: &Lab<'_>, site: &Site<'_>, round: usize, row: &mut Row) -> Result<()> {
    site.write("guestbook/static/guestbook/round.css", &format!("/* {round} */\n"))?;
    site.commit("A line")?;
    build(lab, site, &cache(), row)
}

fn build(lab: &Lab<'_>, site: &Site<'_>, cache: &Path, row: &mut Row) -> Result<()> {
    let (sh, output) = (lab.sh, lab.dir.join("output"));
    sh.remove_path(&output)?;
    let args = site.build_args(VERSION, &output, cache);
    row.costs.push(measure(sh, lab.pydeploy().args(args).arg("--offline"))?);
    row.size = only_package(sh, &output)?.metadata()?.len();
    Ok(())
}

fn beside(sh: &Shell, rival: &Rival<'_>, row: &mut Row) -> Result<()> {
    row.costs.push(measure(sh, rival.command())?);
    row.size = rival.package()?.metadata()?.len();
    // What the page cache has to write should not slow down whoever is next.
    read(cmd!(sh, "sync")).map(drop)
}

/// What it costs the host.
fn unpack(lab: &Lab<'_>, rival: &Rival<'_>, runs: usize) -> Result<[Row; 2]> {
    let (sh, to) = (lab.sh, lab.dir.join("unpacked"));
    let mut rows = ["`dpkg-deb -x` of pydeploy's", "`dpkg-deb -x` of dh-virtualenv's"].map(Row::new);
    let packages = [only_package(sh, &lab.dir.join("output"))?, rival.package()?];
    for _ in 0..runs {
        for (row, package) in rows.iter_mut().zip(&packages) {
            sh.remove_path(&to)?;
            row.costs.push(measure(sh, cmd!(sh, "dpkg-deb -x {package} {to}"))?);
            row.size = package.metadata()?.len();
        }
    }
    Ok(rows)
}
