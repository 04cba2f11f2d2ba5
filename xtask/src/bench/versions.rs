//! Versions and changelogs beside other libraries and dpkg's tools: how many times their time ours is.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use xshell::{Cmd, Shell, cmd};

use super::measure::{measure, ready};
use crate::corpus;
use crate::real::lab::Lab;
use crate::real::tools::{self, Need};
use crate::step::{read, step};
use crate::target;

const NEEDS: [Need; 3] = [tools::DPKG_DEV, tools::GIT, PYTHON_APT];
const PYTHON_APT: Need = Need::Program {
    name: "/usr/lib/python3/dist-packages/apt/__init__.py",
    package: "python3-apt",
};

/// What is measured, against what, and how much of its time ours may be.
const ROWS: [(&str, &str, &str, f64); 16] = [
    (
        "compare random",
        "compare two parsed versions, any two",
        "debversion",
        0.5,
    ),
    ("compare sorted", "… neighbours in order", "debversion", 0.5),
    ("compare history", "… neighbours in a changelog", "debversion", 0.5),
    ("wrong", "orders of neighbours that are wrong", "debversion", 0.0),
    ("key random", "compare by `sort_key`, any two", "`str::cmp`", 1.5),
    ("key sorted", "… neighbours in order", "`str::cmp`", 1.5),
    ("key history", "… neighbours in a changelog", "`str::cmp`", 1.5),
    (
        "sort debversion",
        "parse and sort 1,000,000 versions",
        "debversion",
        0.15,
    ),
    ("sort apt", "parse and sort 1,000,000 versions", "python-apt", 0.15),
    ("parse", "parse a version", "debversion", 0.08),
    ("changelogs", "parse whole changelogs", "debian-changelog", 0.05),
    (
        "fields",
        "… and read the fields of each entry",
        "debian-changelog",
        0.05,
    ),
    ("all", "parse whole changelogs", "`dpkg-parsechangelog --all`", 0.005),
    (
        "next",
        "`pydeploy version next`",
        "`dpkg-parsechangelog -SVersion`",
        0.25,
    ),
    (
        "head",
        "`pydeploy version next` without git",
        "`dpkg-parsechangelog -SVersion`",
        0.25,
    ),
    ("start", "`pydeploy --version`", "`dpkg-parsechangelog -SVersion`", 0.25),
];

/// Seconds of ours and theirs, by the names of the rows.
type Times = BTreeMap<String, (f64, f64)>;

pub(crate) fn run(sh: &Shell, runs: usize) -> Result<()> {
    ready(sh, &NEEDS)?;
    let mut times = step("libraries", || libraries(sh, runs))?;
    step("processes", || processes(sh, runs, &mut times))?;
    println!("\n{}", table(&times));
    Ok(())
}

/// The changelogs of source packages: long ones.
fn sources(sh: &Shell) -> Result<Vec<String>> {
    let mut files = corpus::changelogs(sh)?;
    files.retain(|file| file.parent().is_some_and(|folder| folder.ends_with("source")));
    Ok(files.iter().map(|file| file.display().to_string()).collect())
}

fn libraries(sh: &Shell, runs: usize) -> Result<Times> {
    let (build, versions, changelogs) = (target().join("peers"), corpus::versions(sh)?, sources(sh)?);
    read(cmd!(
        sh,
        "cargo build --release --locked --manifest-path xtask/peers/Cargo.toml --target-dir {build}"
    ))?;
    let (peers, runs) = (build.join("release/peers"), runs.to_string());
    let said = read(cmd!(sh, "{peers} {runs} {versions} {changelogs...}"))?;
    said.lines().map(row).collect()
}

/// `NAME<TAB>OURS<TAB>THEIRS`.
fn row(line: &str) -> Result<(String, (f64, f64))> {
    let [name, ours, theirs] = line.split('\t').collect::<Vec<_>>()[..] else {
        bail!("not a name and two times: {line:?}");
    };
    Ok((name.to_owned(), (ours.parse()?, theirs.parse()?)))
}

fn processes(sh: &Shell, runs: usize, times: &mut Times) -> Result<()> {
    let lab = Lab::new(sh, "bench")?;
    let site = lab.site("site")?.dir;
    let pydeploy = lab.program();
    let hash = "1233451abcd0123456789abcdef0123456789abc";
    let head = || {
        median(sh, runs, || {
            inside(sh, &site, cmd!(sh, "dpkg-parsechangelog -SVersion"))
        })
    };
    let ours = |args: &[&str]| median(sh, runs, || inside(sh, &site, cmd!(sh, "{pydeploy} {args...}")));
    let given = ["version", "next", "--date", "2016-10-09T15:00:15Z", "--commit", hash];
    for (name, args) in [("next", &given[..2]), ("head", &given), ("start", &["--version"])] {
        times.insert(name.to_owned(), (ours(args)?, head()?));
    }
    let all = sources(sh)?.into_iter().map(|file| {
        let dpkg = || cmd!(sh, "dpkg-parsechangelog --all --format rfc822 --file {file}");
        median(sh, runs, || inside(sh, &site, dpkg()))
    });
    let all: f64 = all.sum::<Result<f64>>()?;
    let (ours, _) = times.get("changelogs").context("the libraries were not measured")?;
    times.insert("all".to_owned(), (*ours, all));
    lab.clean()
}

/// How often a process runs in one measurement, as the shell's clock counts milliseconds.
const REPEATED: usize = 20;

/// Runs a command again and again in a folder.
fn inside<'a>(sh: &'a Shell, folder: &Path, command: Cmd<'_>) -> Cmd<'a> {
    let command = std::process::Command::from(command);
    let script =
        r#"cd "$1" && shift && n=$1 && shift && for ((i = 0; i < n; i++)); do "$@" >/dev/null 2>&1 || exit; done"#;
    let repeat = sh.cmd("bash").args(["-c", script, "repeat"]).arg(folder);
    repeat
        .arg(REPEATED.to_string())
        .arg(command.get_program())
        .args(command.get_args())
}

/// Seconds on the processor that one run takes.
fn median<'a>(sh: &'a Shell, runs: usize, command: impl Fn() -> Cmd<'a>) -> Result<f64> {
    let times = (0..runs).map(|_| Ok(measure(sh, command())?.cpu / REPEATED as f64));
    let mut times = times.collect::<Result<Vec<f64>>>()?;
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().context("no runs")
}

fn table(times: &Times) -> String {
    let mut text = String::from("| what | against | target | measured | |\n|---|---|---|---|---|\n");
    for (name, what, against, most) in ROWS {
        let Some((ours, theirs)) = times.get(name) else {
            continue;
        };
        let (target, measured, met) = match name {
            "wrong" => ("0".to_owned(), format!("{ours} (theirs: {theirs})"), *ours == 0.0),
            _ => (
                format!("≤ {most}×"),
                format!("{:.3}×", ours / theirs),
                ours / theirs <= most,
            ),
        };
        let verdict = if met { "met" } else { "missed" };
        text += &format!("| {what} | {against} | {target} | {measured} | {verdict} |\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_held_against_their_targets() {
        let lines = ["parse\t1e-9\t4e-9", "wrong\t0e0\t7e0", "key random\t1e0\t1e0"];
        let times = lines.map(|line| row(line).expect("a row")).into_iter().collect();
        let table = table(&times);
        assert!(table.contains("| debversion | 0 | 0 (theirs: 7) | met |"), "{table}");
        assert!(table.contains("| `str::cmp` | ≤ 1.5× | 1.000× | met |"), "{table}");
        assert!(
            table.ends_with("| parse a version | debversion | ≤ 0.08× | 0.250× | missed |\n"),
            "{table}"
        );
        assert!(row("nothing").is_err());
    }
}
