//! Versions and changelogs beside other libraries: `peers RUNS VERSIONS CHANGELOG…` writes lines of a name, our seconds
//! and theirs, with tabs between.

mod changelogs;
mod clock;
mod input;
mod versions;

use anyhow::{Context as _, Result};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let runs = args.next().context("how many runs?")?.parse()?;
    let versions = std::fs::read_to_string(args.next().context("which versions?")?)?;
    let changelogs = args.map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    versions::compare(runs, &versions, &changelogs)?;
    versions::sort(runs, &versions)?;
    changelogs::parse(runs, &changelogs);
    Ok(())
}

/// Says how long something took us and them.
fn report(name: &str, (ours, theirs): (f64, f64)) {
    println!("{name}\t{ours:e}\t{theirs:e}");
}
