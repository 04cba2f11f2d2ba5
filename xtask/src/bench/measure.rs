//! What a command costs, and tables of it.

use anyhow::{Context as _, Result, ensure};
use xshell::{Cmd, Shell, cmd};

use crate::real::tools::{self, Need};
use crate::step::{finish, last_lines};

/// What one run took, its children included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    /// Seconds.
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
    /// Megabytes of the largest process.
    pub(crate) peak: f64,
}

/// Installs what a comparison needs, where this may be done, and builds the program as users have it.
pub(crate) fn ready(sh: &Shell, needs: &[Need]) -> Result<()> {
    let needs = [needs, &[tools::TIME]].concat();
    if tools::is_root() {
        tools::install_missing(sh, needs.iter())?;
    }
    let missing = tools::missing(&needs);
    ensure!(missing.is_empty(), "the comparison needs {}", missing.join(", "));
    cmd!(sh, "cargo build --release -p pydeploy-cli").quiet().run()?;
    Ok(())
}

/// Runs a command that must succeed, under the shell's own clock: it knows about children's children, and milliseconds.
pub(crate) fn measure(sh: &Shell, cmd: Cmd<'_>) -> Result<Cost> {
    let command = std::process::Command::from(cmd);
    let script = r#"TIMEFORMAT="%R %U %S"; time /usr/bin/time --format %M "$@""#;
    let variables = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let timed = sh.cmd("bash").args(["-c", script, "measure"]).envs(variables);
    let ended = finish(timed.arg(command.get_program()).args(command.get_args()))?;
    ensure!(ended.success(), "{ended}");
    parse(&ended.stderr).with_context(|| format!("no times in {:?}", last_lines(&ended.stderr, 3)))
}

/// The last two lines: kilobytes; then seconds on the wall, in user mode and in the kernel.
fn parse(stderr: &str) -> Option<Cost> {
    let mut lines = stderr.lines().rev();
    let times = lines.next()?.split(' ').map(str::parse::<f64>);
    let kilobytes: f64 = lines.next()?.parse().ok()?;
    match times.collect::<Result<Vec<_>, _>>().ok()?[..] {
        [wall, user, system] => Some(Cost {
            wall,
            cpu: user + system,
            peak: kilobytes / 1024.0,
        }),
        _ => None,
    }
}

/// One thing that was measured several times.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) costs: Vec<Cost>,
    /// Bytes of what was made.
    pub(crate) size: u64,
}

impl Row {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            costs: Vec::new(),
            size: 0,
        }
    }

    pub(super) fn median(&self, of: fn(&Cost) -> f64) -> f64 {
        let mut values: Vec<f64> = self.costs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Medians, and the CPU of the last row as a multiple of each.
pub(crate) fn table(rows: &[Row]) -> String {
    let rival = rows.last().map_or(f64::NAN, |row| row.median(|cost| cost.cpu));
    let head = "| | CPU s | wall s | peak MB | MB made | CPU of the last row ÷ this |\n|---|---|---|---|---|---|\n";
    let mut text = String::from(head);
    for row in rows {
        let (cpu, wall) = (row.median(|cost| cost.cpu), row.median(|cost| cost.wall));
        let (peak, size) = (row.median(|cost| cost.peak), row.size as f64 / 1e6);
        let ratio = rival / cpu;
        text += &format!(
            "| {} | {cpu:.2} | {wall:.2} | {peak:.0} | {size:.1} | {ratio:.1} |\n",
            row.name
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_read() {
        let cost = Cost {
            wall: 1.5,
            cpu: 1.25,
            peak: 2.0,
        };
        assert_eq!(parse("noise\n2048\n1.500 1.000 0.250\n"), Some(cost));
        assert_eq!(parse("noise\n1.500 1.000 0.250\n"), None);
    }

    #[test]
    fn medians_and_ratios_are_shown() {
        let row = |name, cpus: &[f64]| Row {
            costs: cpus
                .iter()
                .map(|&cpu| Cost {
                    wall: cpu,
                    cpu,
                    peak: 3.0,
                })
                .collect(),
            size: 2_000_000,
            ..Row::new(name)
        };
        let table = table(&[row("ours", &[3.0, 1.0, 2.0]), row("theirs", &[8.0])]);
        assert!(
            table.ends_with("| ours | 2.00 | 2.00 | 3 | 2.0 | 4.0 |\n| theirs | 8.00 | 8.00 | 3 | 2.0 | 1.0 |\n"),
            "{table}"
        );
    }
}
