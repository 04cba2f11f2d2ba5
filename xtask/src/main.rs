//! What continuous integration runs is what a developer runs.

mod bench;
mod check;
mod corpus;
mod fuzz;
mod generate;
mod layers;
mod real;
mod step;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use xshell::Shell;

mod flags {
    #![allow(unused, reason = "the macro also writes constructors that are for libraries")]

    xflags::xflags! {
        /// Checks, tests and measurements of the workspace.
        cmd xtask {
            /// Formatting, lints, every feature alone, documentation, generated files and layers.
            cmd check {}
            /// Which module may use which.
            cmd layers {}
            /// Write docs/cli.md and the manual page from the command line's own help.
            cmd generate {
                /// Only compare: a difference is shown and is a failure.
                optional --check
            }
            /// Everything that this machine can run, then what it could not.
            cmd test {
                /// Install what is missing (as root) and accept no gap.
                optional --real
                /// Only these real checks, and no cargo tests.
                repeated name: String
            }
            /// Fetch real changelogs, once, and list their files.
            cmd corpus {}
            /// Fuzz a reader with cargo-fuzz on the nightly compiler, or each: `version`, `changelog`, `deb822`, `ar`, `tar`,
            /// `zip`, `xz`, `zstd`, `manifest`.
            cmd fuzz {
                optional target: String
                /// How long each, 600 unless told.
                optional --seconds seconds: u64
            }
            /// Measurements beside other tools: `build`, `fetch`, `install`, `versions`.
            cmd bench {
                /// What to measure.
                required what: String
                /// How often; the median counts.
                optional --runs runs: usize
            }
        }
    }
}

fn main() -> ExitCode {
    run(flags::Xtask::from_env_or_exit()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(flags: flags::Xtask) -> anyhow::Result<ExitCode> {
    let sh = Shell::new()?;
    sh.change_dir(root());
    match flags.subcommand {
        flags::XtaskCmd::Check(_) => check::run(&sh)?,
        flags::XtaskCmd::Layers(_) => layers::run(&sh)?,
        flags::XtaskCmd::Generate(generate) => generate::run(&sh, generate.check)?,
        flags::XtaskCmd::Test(test) => return test::run(&sh, test.real, &test.name),
        flags::XtaskCmd::Corpus(_) => corpus::changelogs(&sh)?
            .iter()
            .for_each(|file| println!("{}", file.display())),
        flags::XtaskCmd::Fuzz(fuzz) => fuzz::run(&sh, fuzz.target.as_deref(), fuzz.seconds.unwrap_or(600))?,
        flags::XtaskCmd::Bench(bench) => bench::run(&sh, &bench.what, bench.runs.unwrap_or(5))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The workspace's folder.
fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// Where cargo builds.
fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}
