//! Downloading real wheels, beside pip on the same list.

use std::path::PathBuf;

use anyhow::Result;
use xshell::{Shell, cmd};

use super::measure::{self, Cost, Row, measure};
use crate::real::lab::Lab;
use crate::real::{tools, wheels};
use crate::step::{read, step};

const NEEDS: [tools::Need; 2] = [tools::PYTHON_3_11, tools::UV];
const INTERPRETER: &str = "/usr/bin/python3.11";

const PROJECT: &str = r#"[project]
name = "wheels"
[tool.pydeploy]
targets = ["debian12"]
lock = "requirements.txt"
[tool.pydeploy.service]
command = ["gunicorn"]
listen = "127.0.0.1:8000"
"#;

pub(crate) fn run(sh: &Shell, runs: usize) -> Result<()> {
    measure::ready(sh, &NEEDS)?;
    let bench = Bench::new(sh)?;
    let mut rows = ["pydeploy wheelhouse fetch", "pip download --no-deps", "pip download"].map(Row::new);
    for round in 1..=runs {
        step(&format!("round {round} of {runs}"), || {
            rows[0].costs.push(bench.pydeploy()?);
            rows[1].costs.push(bench.pip(&["--no-deps"])?);
            rows[2].costs.push(bench.pip(&[])?);
            Ok(())
        })?;
    }
    println!("\n{}", table(&rows));
    bench.lab.clean()
}

struct Bench<'a> {
    lab: Lab<'a>,
    pip: PathBuf,
}

impl<'a> Bench<'a> {
    /// A project whose lock has the hashes of the wheels on the list.
    fn new(sh: &'a Shell) -> Result<Self> {
        let (lab, list) = (Lab::new(sh, "bench-fetch")?, wheels::list());
        sh.write_file(lab.dir.join("pyproject.toml"), PROJECT)?;
        let lock = lab.dir.join("requirements.txt");
        let compile = cmd!(
            sh,
            "uv pip compile --quiet --generate-hashes --no-deps --only-binary :all: --python {INTERPRETER}"
        );
        read(compile.arg("--output-file").arg(lock).arg(list))?;
        let pip = tools::own_python(sh)?.join("bin/pip");
        Ok(Self { lab, pip })
    }

    /// With nothing in the cache.
    fn pydeploy(&self) -> Result<Cost> {
        let cache = self.lab.dir.join("cache");
        self.lab.sh.remove_path(&cache)?;
        let fetch = self.lab.pydeploy().args(["wheelhouse", "fetch", "--quiet", "--cache"]);
        measure(self.lab.sh, fetch.arg(cache).arg(&self.lab.dir))
    }

    /// With no cache, into an empty folder.
    fn pip(&self, more: &[&str]) -> Result<Cost> {
        let (sh, folder) = (self.lab.sh, self.lab.dir.join("downloaded"));
        sh.remove_path(&folder)?;
        let options = [
            "download",
            "--quiet",
            "--no-cache-dir",
            "--only-binary",
            ":all:",
            "--require-hashes",
        ];
        let download = sh.cmd(&self.pip).args(options).args(more).arg("--dest").arg(folder);
        measure(
            sh,
            download.arg("--requirement").arg(self.lab.dir.join("requirements.txt")),
        )
    }
}

/// Medians, and our time on the wall as a part of each.
fn table(rows: &[Row]) -> String {
    let ours = rows[0].median(|cost| cost.wall);
    let line = |row: &Row| {
        let (wall, cpu) = (row.median(|cost| cost.wall), row.median(|cost| cost.cpu));
        format!("| {} | {wall:.2} | {cpu:.2} | {:.2}× |\n", row.name, ours / wall)
    };
    let lines: String = rows.iter().map(line).collect();
    format!("| | wall s | CPU s | ours ÷ this |\n|---|---|---|---|\n{lines}")
}
