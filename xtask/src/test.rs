//! The tests: those of cargo, then the real checks.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use crate::corpus;
use crate::real::tools::{self, Need};
use crate::real::{self, Check, Lab};
use crate::step::{finish, step};
use crate::target;

/// What cargo's tests ask for when they may not skip.
const ORACLES: [Need; 14] = [
    tools::PYTHON,
    tools::PYTHON_3_11,
    tools::DPKG,
    tools::DPKG_DEV,
    tools::DEVSCRIPTS,
    tools::APT,
    tools::GNUPG,
    tools::GPGV,
    tools::GIT,
    tools::UV,
    tools::PACKAGING,
    tools::CYCLONEDX,
    tools::XZ,
    tools::ZSTD,
];

pub(crate) fn run(sh: &Shell, real: bool, names: &[String]) -> Result<ExitCode> {
    let checks = real::select(names)?;
    let mut tally = Tally::default();
    let ran = everything(sh, real, names.is_empty(), &checks, &mut tally);
    if let Err(error) = ran {
        tally.fail(&error);
    }
    Ok(tally.report(real))
}

fn everything(sh: &Shell, real: bool, all: bool, checks: &[&'static Check], tally: &mut Tally) -> Result<()> {
    if real {
        step("install what is missing", || install(sh, all, checks))?;
    }
    step("build", || build(sh))?;
    if all {
        cargo_tests(sh, real, tally);
    }
    for check in checks {
        tally.add(sh, check);
    }
    Ok(())
}

fn install(sh: &Shell, all: bool, checks: &[&Check]) -> Result<()> {
    let oracles = if all { ORACLES.as_slice() } else { &[] };
    let needs = checks.iter().flat_map(|check| check.needs).chain(oracles);
    tools::install_missing(sh, needs)
}

fn build(sh: &Shell) -> Result<()> {
    // Cargo's own progress is the only one there is during the longest step.
    cmd!(sh, "cargo build --workspace").quiet().run()?;
    cmd!(sh, "cargo build --release -p pydeploy-cli").quiet().run()?;
    Ok(())
}

fn cargo_tests(sh: &Shell, real: bool, tally: &mut Tally) {
    let mut tests = cmd!(sh, "cargo test --quiet --workspace --all-features --no-fail-fast").env("PATH", tools::path());
    let modules = [
        (tools::PACKAGING, "PYDEPLOY_ORACLE_PACKAGING"),
        (tools::CYCLONEDX, "PYDEPLOY_ORACLE_CYCLONEDX"),
    ];
    for (need, variable) in modules {
        if tools::missing(&[need]).is_empty() {
            tests = tests.env(variable, tools::python());
        }
    }
    if real {
        match step("wheels to compare", || oracle_wheels(sh)) {
            Ok(folder) => tests = tests.env("PYDEPLOY_ORACLE", "1").env("PYDEPLOY_ORACLE_WHEELS", folder),
            Err(error) => tally.fail(&error),
        }
        match step("changelogs to compare", || oracle_changelogs(sh)) {
            Ok(folder) => tests = tests.env("PYDEPLOY_ORACLE_CHANGELOGS", folder),
            Err(error) => tally.fail(&error),
        }
        tests = tests.env("PYDEPLOY_ORACLE_PYTHON", "/usr/bin/python3.11");
    }
    let outcome = step("cargo test", || {
        let ended = finish(tests)?;
        tally.passed += counted(&ended.stdout, "passed");
        tally.failed += counted(&ended.stdout, "failed");
        if !ended.success() {
            bail!("{ended}");
        }
        Ok(())
    });
    if let Err(error) = outcome {
        tally.failed = tally.failed.max(1);
        println!("\n{error:#}\n");
    }
}

/// A folder with the changelogs of source packages that have long histories.
fn oracle_changelogs(sh: &Shell) -> Result<PathBuf> {
    corpus::changelogs(sh)?;
    Ok(target().join("real/corpus/source"))
}

/// A folder with the guestbook's wheels, for the comparison with what another installer makes of them.
fn oracle_wheels(sh: &Shell) -> Result<PathBuf> {
    let folder = sh.current_dir().join("target/real/wheels");
    let listed = cmd!(
        sh,
        "target/release/pydeploy wheelhouse fetch fixtures/projects/guestbook --target debian12"
    );
    let listed = listed.quiet().read()?;
    sh.remove_path(&folder)?;
    sh.create_dir(&folder)?;
    for wheel in listed.lines() {
        sh.copy_file(wheel, &folder)?;
    }
    Ok(folder)
}

/// The sum of `N passed` in the lines `test result: ok. N passed; M failed; …`.
fn counted(output: &str, word: &str) -> usize {
    let results = output.lines().filter(|line| line.starts_with("test result:"));
    let parts = results.flat_map(|line| line.split([';', '.']));
    let counts = parts.filter_map(|part| part.trim().strip_suffix(word)?.trim().parse::<usize>().ok());
    counts.sum()
}

/// How it went so far.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    not_run: Vec<String>,
}

impl Tally {
    fn add(&mut self, sh: &Shell, check: &'static Check) {
        let missing = tools::missing(check.needs);
        if !missing.is_empty() {
            self.not_run
                .push(format!("not run: {} (needs {})", check.name, missing.join(", ")));
            return;
        }
        let outcome = step(check.name, || {
            let lab = Lab::new(sh, check.name)?;
            (check.run)(&lab).with_context(|| check.about)?;
            lab.clean()
        });
        match outcome {
            Ok(()) => self.passed += 1,
            Err(error) => self.fail(&error),
        }
    }

    fn fail(&mut self, error: &anyhow::Error) {
        self.failed += 1;
        println!("\n{error:#}\n");
    }

    /// The last line is for programs.
    fn report(mut self, real: bool) -> ExitCode {
        self.not_run.iter().for_each(|line| println!("{line}"));
        let skipped = self.not_run.len();
        if real {
            self.failed += skipped;
        }
        let tail = if real || skipped == 0 {
            String::new()
        } else {
            format!(", {skipped} skipped")
        };
        println!("{} passed, {} failed{tail}", self.passed, self.failed);
        if self.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn results_are_summed() {
        let output = "test result: ok. 12 passed; 0 failed; 1 ignored; finished in 0.01s\n\
                      test result: FAILED. 3 passed; 2 failed; 0 ignored; finished in 0.2s\n";
        assert_eq!((counted(output, "passed"), counted(output, "failed")), (15, 2));
    }
}
