//! Building every format of an application with 78 wheels, beside dh-virtualenv, pex and shiv on the same wheels.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use xshell::{Cmd, Shell, cmd};

use super::application::Application;
use super::dh_virtualenv::{self, Rival};
use super::measure::{Row, measure, table};
use crate::real::lab::{Lab, cache, only_package};
use crate::real::tools::{self, Need};
use crate::step::{read, step};

const INTERPRETER: &str = "/usr/bin/python3.11";
const NEEDS: [Need; 3] = [tools::PEX, tools::SHIV, tools::UV];

/// The rows, in the order in which they are measured; everything is compared with the last.
const ROWS: [&str; 7] = [
    "pydeploy `.deb`, wheels in the cache",
    "pydeploy `.deb`, one line changed",
    "pydeploy `.zip`",
    "pydeploy bundle",
    "pex, nothing cached",
    "shiv, `--reproducible`",
    "dh-virtualenv",
];

pub(crate) fn run(sh: &Shell, runs: usize) -> Result<()> {
    install(sh)?;
    cmd!(sh, "cargo build --release -p pydeploy-cli").quiet().run()?;
    let lab = Lab::new(sh, "bench")?;
    let (application, rival) = step("prepare", || {
        let application = Application::new(&lab)?;
        let rival = Rival::new(&application)?;
        let out = application.folder("first")?;
        read(application.build("deb", &out, &cache()))?;
        Ok((application, rival))
    })?;
    let bench = Bench { application, rival };
    let mut rows = ROWS.map(Row::new);
    for round in 1..=runs {
        for (number, row) in rows.iter_mut().enumerate() {
            step(&format!("round {round} of {runs}: {}", row.name), || {
                bench.measure(round, number, row)
            })?;
        }
    }
    let unpacked = step("unpack", || bench.unpack(runs))?;
    println!("\n{}\n{}", table(&rows), table(&unpacked));
    lab.clean()
}

fn install(sh: &Shell) -> Result<()> {
    let needs = [&NEEDS[..], &dh_virtualenv::NEEDS[..]].concat();
    if tools::is_root() {
        tools::install_missing(sh, needs.iter())?;
    }
    let missing = tools::missing(&needs);
    ensure!(missing.is_empty(), "the comparison needs {}", missing.join(", "));
    Ok(())
}

struct Bench<'a> {
    application: Application<'a>,
    rival: Rival<'a>,
}

impl<'a> Bench<'a> {
    fn measure(&self, round: usize, number: usize, row: &mut Row) -> Result<()> {
        let (sh, output) = (self.application.sh, self.application.lab.dir.join("output"));
        if number == 6 {
            row.costs.push(measure(sh, self.rival.command())?);
            row.size = self.rival.package()?.metadata()?.len();
            // What the page cache has to write should not slow down whoever is next.
            return read(cmd!(sh, "sync")).map(drop);
        }
        sh.remove_path(&output)?;
        sh.create_dir(&output)?;
        let command = match number {
            0 => self
                .application
                .build("deb", &output, &self.application.downloads("cold")?),
            1 => self.application.build("deb", &output, &self.application.change(round)?),
            2 => self
                .application
                .build("zip", &output, &self.application.downloads("cold")?),
            3 => self
                .application
                .build("bundle", &output, &self.application.downloads("cold")?),
            4 => self.pex(&output)?,
            _ => self.shiv(&output),
        };
        row.costs.push(measure(sh, command)?);
        row.size = only_file(sh, &output)?;
        Ok(())
    }

    fn pex(&self, output: &Path) -> Result<Cmd<'a>> {
        let Application {
            sh,
            lab,
            dir,
            wheels,
            requirements,
        } = &self.application;
        let root = lab.dir.join("pex-root");
        sh.remove_path(&root)?;
        let pex = sh
            .cmd("pex")
            .args(["--python", INTERPRETER, "--no-pypi", "--find-links"])
            .arg(wheels);
        let pex = pex
            .arg("--requirement")
            .arg(requirements)
            .arg("--sources-directory")
            .arg(dir);
        Ok(pex
            .arg("--output-file")
            .arg(output.join("site.pex"))
            .env("PEX_ROOT", root))
    }

    fn shiv(&self, output: &Path) -> Cmd<'a> {
        let Application {
            sh,
            wheels,
            requirements,
            ..
        } = &self.application;
        let shiv = sh
            .cmd("shiv")
            .args(["--reproducible", "--python", INTERPRETER, "--output-file"]);
        let shiv = shiv
            .arg(output.join("site.pyz"))
            .args(["--no-index", "--no-deps", "--find-links"]);
        shiv.arg(wheels).arg("--requirement").arg(requirements)
    }

    /// What it costs the host. In memory: on ext4, folders that were removed minutes ago make new ones slow.
    fn unpack(&self, runs: usize) -> Result<[Row; 2]> {
        let (sh, to) = (self.application.sh, Path::new("/dev/shm/pydeploy-unpacked"));
        let mut rows = ["`dpkg-deb -x` of pydeploy's", "`dpkg-deb -x` of dh-virtualenv's"].map(Row::new);
        let first = self.application.lab.dir.join("first");
        let packages = [only_package(sh, &first)?, self.rival.package()?];
        for _ in 0..runs.max(3) {
            for (row, package) in rows.iter_mut().zip(&packages) {
                sh.remove_path(to)?;
                row.costs.push(measure(sh, cmd!(sh, "dpkg-deb -x {package} {to}"))?);
                row.size = package.metadata()?.len();
            }
        }
        sh.remove_path(to)?;
        Ok(rows)
    }
}

fn only_file(sh: &Shell, folder: &Path) -> Result<u64> {
    let file = sh.read_dir(folder)?.into_iter().next().context("nothing was written")?;
    Ok(file.metadata()?.len())
}
