//! What a command costs, and tables of it.

use anyhow::{Context as _, Result};
use xshell::{Cmd, Shell};

use crate::step::{finish, last_lines};

/// Seconds that one run took, its children included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
}

/// Runs a command that must succeed, under the shell's own clock: it knows about children's children.
pub(crate) fn measure(sh: &Shell, cmd: Cmd<'_>) -> Result<Cost> {
    let command = std::process::Command::from(cmd);
    let timed = sh
        .cmd("bash")
        .args(["-c", r#"TIMEFORMAT="%R %U %S"; time "$@""#, "measure"]);
    let variables = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let ended = finish(
        timed
            .envs(variables)
            .arg(command.get_program())
            .args(command.get_args()),
    )?;
    anyhow::ensure!(ended.success(), "{ended}");
    parse(&ended.stderr).with_context(|| format!("no times in {:?}", last_lines(&ended.stderr, 3)))
}

/// The last line: seconds on the wall, in user mode and in the kernel.
fn parse(stderr: &str) -> Option<Cost> {
    let words = stderr.lines().last()?.split(' ');
    let times: Vec<f64> = words.map(str::parse).collect::<Result<_, _>>().ok()?;
    match times[..] {
        [wall, user, system] => Some(Cost {
            wall,
            cpu: user + system,
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
    let mut text = String::from("| | CPU s | wall s | MB | CPU of the last row ÷ this |\n|---|---|---|---|---|\n");
    for row in rows {
        let (cpu, wall) = (row.median(|cost| cost.cpu), row.median(|cost| cost.wall));
        let size = row.size as f64 / 1e6;
        text += &format!(
            "| {} | {cpu:.2} | {wall:.2} | {size:.1} | {:.1} |\n",
            row.name,
            rival / cpu
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_the_shell_is_read() {
        let cost = parse("noise\n1.500 1.000 0.250\n");
        assert_eq!(cost, Some(Cost { wall: 1.5, cpu: 1.25 }));
        assert_eq!(parse("noise\n"), None);
    }

    #[test]
    fn medians_and_ratios_are_shown() {
        let row = |name, cpus: &[f64]| Row {
            costs: cpus.iter().map(|&cpu| Cost { wall: cpu, cpu }).collect(),
            size: 2_000_000,
            ..Row::new(name)
        };
        let table = table(&[row("ours", &[3.0, 1.0, 2.0]), row("theirs", &[8.0])]);
        assert!(
            table.ends_with("| ours | 2.00 | 2.00 | 2.0 | 4.0 |\n| theirs | 8.00 | 8.00 | 2.0 | 1.0 |\n"),
            "{table}"
        );
    }
}
