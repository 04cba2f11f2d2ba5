//! Installing real wheels, beside uv and pip on the same ones.

use std::path::{Path, PathBuf};

use anyhow::Result;
use xshell::{Cmd, Shell, cmd};

use super::measure::{self, Cost, Row, measure};
use crate::real::lab::Lab;
use crate::real::{tools, wheels};
use crate::step::{read, step};

/// How many of the wheels: about 200 MB unpacked.
const COUNT: usize = 62;
const INTERPRETER: &str = "/usr/bin/python3.11";
const NEEDS: [tools::Need; 2] = [tools::PYTHON_3_11, tools::UV];

pub(crate) fn run(sh: &Shell, runs: usize) -> Result<()> {
    measure::ready(sh, &NEEDS)?;
    let bench = Bench::new(sh)?;
    let names = [
        "pydeploy, nothing unpacked",
        "pydeploy, nothing unpacked, `--copy`",
        "uv, nothing unpacked",
        "uv, nothing unpacked, then `sync -f`",
        "pydeploy, unpacked before",
        "uv, unpacked before",
        "uv, unpacked before, then `sync -f`",
        "`python -m venv` and pip",
    ];
    let mut rows = names.map(Row::new);
    for round in 1..=runs {
        step(&format!("round {round} of {runs}"), || {
            rows.iter_mut().enumerate().try_for_each(|(number, row)| {
                row.costs.push(bench.measure(round, number)?);
                Ok(())
            })
        })?;
    }
    println!("\n{}", table(&rows));
    bench.lab.clean()
}

struct Bench<'a> {
    lab: Lab<'a>,
    wheels: Vec<PathBuf>,
    requirements: PathBuf,
}

impl<'a> Bench<'a> {
    fn new(sh: &'a Shell) -> Result<Self> {
        let lab = Lab::new(sh, "bench-install")?;
        let mut wheels = wheels::download(sh)?;
        wheels.truncate(COUNT);
        let requirements = lab.dir.join("requirements.txt");
        let lines = wheels.iter().filter_map(|wheel| requirement(wheel));
        sh.write_file(&requirements, lines.collect::<String>())?;
        Ok(Self {
            lab,
            wheels,
            requirements,
        })
    }

    /// One row once, into a folder that is new, with everything written that was written before.
    ///
    /// Nothing is removed before the last run: for minutes after many folders were removed, ext4 looks at each of their
    /// places again for every new folder, and what that costs depends on which row came before.
    fn measure(&self, round: usize, row: usize) -> Result<Cost> {
        let run = self.lab.dir.join(format!("{round}-{row}"));
        self.lab.sh.create_dir(&run)?;
        let (venv, own) = (run.join("venv"), run.join("cache"));
        let warm = |name: &str| self.lab.dir.join(name);
        if (round, row) == (1, 4) {
            self.fill(&warm("cache"), &warm("uv"), &run.join("filled"))?;
        }
        read(cmd!(self.lab.sh, "sync"))?;
        match row {
            0 => measure(self.lab.sh, self.pydeploy(&venv, &own)),
            1 => measure(self.lab.sh, self.pydeploy(&venv, &own).arg("--copy")),
            2 => measure(self.lab.sh, self.uv(&venv, &own, "")),
            3 => measure(self.lab.sh, self.uv(&venv, &own, r#" && sync -f "$2""#)),
            4 => measure(self.lab.sh, self.pydeploy(&venv, &warm("cache"))),
            5 => measure(self.lab.sh, self.uv(&venv, &warm("uv"), "")),
            6 => measure(self.lab.sh, self.uv(&venv, &warm("uv"), r#" && sync -f "$2""#)),
            _ => measure(self.lab.sh, self.pip(&venv)),
        }
    }

    /// Fills what "unpacked before" starts from.
    fn fill(&self, cache: &Path, uv: &Path, venvs: &Path) -> Result<()> {
        self.lab.sh.create_dir(venvs)?;
        read(self.pydeploy(&venvs.join("pydeploy"), cache))?;
        read(self.uv(&venvs.join("uv"), uv, "")).map(drop)
    }

    fn pydeploy(&self, venv: &Path, cache: &Path) -> Cmd<'a> {
        let command = self.lab.pydeploy().args(["venv", "--quiet", "--target", "debian12"]);
        let command = command.arg("--cache").arg(cache);
        command.arg(venv).args(&self.wheels)
    }

    fn uv(&self, venv: &Path, cache: &Path, then: &str) -> Cmd<'a> {
        let script = format!(
            r#"uv venv --quiet --python "$1" "$2" && uv pip install --quiet --offline --no-deps --no-index \
                --find-links "$3" --python "$2/bin/python" --requirement "$4"{then}"#
        );
        let command = self.lab.sh.cmd("sh").args(["-c", &script, "uv", INTERPRETER]);
        let command = command.arg(venv).arg(self.folder()).arg(&self.requirements);
        command.env("UV_CACHE_DIR", cache)
    }

    fn pip(&self, venv: &Path) -> Cmd<'a> {
        let script = r#""$1" -m venv "$2" && "$2/bin/pip" install --quiet --no-deps --no-index --find-links "$3" \
            --disable-pip-version-check --requirement "$4""#;
        let command = self.lab.sh.cmd("sh").args(["-c", script, "pip", INTERPRETER]);
        command.arg(venv).arg(self.folder()).arg(&self.requirements)
    }

    fn folder(&self) -> &Path {
        self.wheels
            .first()
            .and_then(|wheel| wheel.parent())
            .unwrap_or(Path::new("."))
    }
}

/// `NAME==VERSION`, from the name of a file.
fn requirement(wheel: &Path) -> Option<String> {
    let name = wheel.file_name()?.to_str()?;
    let mut parts = name.split('-');
    Some(format!("{}=={}\n", parts.next()?, parts.next()?))
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from("| | wall s | CPU s | peak MB |\n|---|---|---|---|\n");
    for row in rows {
        let (wall, cpu) = (row.median(|cost| cost.wall), row.median(|cost| cost.cpu));
        let peak = row.median(|cost| cost.peak);
        text += &format!("| {} | {wall:.2} | {cpu:.2} | {peak:.0} |\n", row.name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_shown() {
        let cost = Cost {
            wall: 1.5,
            cpu: 1.25,
            peak: 2.0,
        };
        let row = Row {
            costs: vec![cost, Cost { wall: 0.5, ..cost }, Cost { wall: 9.0, ..cost }],
            ..Row::new("ours")
        };
        assert!(table(&[row]).ends_with("| ours | 1.50 | 1.25 | 2 |\n"));
    }

    #[test]
    fn a_wheel_names_what_it_is() {
        let wheel = Path::new("/w/pydicom-1.1.0-1-py2.py3-none-any.whl");
        assert_eq!(requirement(wheel).as_deref(), Some("pydicom==1.1.0\n"));
    }
}
