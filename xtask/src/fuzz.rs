//! Fuzzing with cargo-fuzz, from seeds that are real.

use std::path::Path;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::{corpus, target};

const FUZZ: &str = "crates/pydeploy/fuzz";
const TARGETS: [&str; 3] = ["version", "changelog", "deb822"];
/// How much of a file is a seed, in bytes: longer inputs are slower and find no more.
const SEED: usize = 3000;

/// Runs one target, or each in turn, for so long.
pub(crate) fn run(sh: &Shell, name: Option<&str>, seconds: u64) -> Result<()> {
    if let Some(unknown) = name.filter(|name| !TARGETS.contains(name)) {
        bail!("there is no target `{unknown}`; there are: {}", TARGETS.join(", "));
    }
    let wanted = TARGETS.iter().filter(|target| name.is_none_or(|name| name == **target));
    wanted.copied().try_for_each(|target| fuzz(sh, target, seconds))
}

/// What is found is kept in `target/fuzz/found`, and so are the inputs that reach something new.
fn fuzz(sh: &Shell, name: &str, seconds: u64) -> Result<()> {
    let folder = target().join("fuzz");
    let (build, found, inputs) = (folder.join("build"), folder.join("found"), folder.join(name));
    sh.create_dir(&found)?;
    seed(sh, name, &inputs)?;
    let fuzzer = [
        format!("-max_total_time={seconds}"),
        "-max_len=4096".to_owned(),
        "-timeout=5".to_owned(),
        format!("-artifact_prefix={}/{name}-", found.display()),
        "-print_final_stats=1".to_owned(),
    ];
    Ok(cmd!(
        sh,
        "cargo +nightly fuzz run --fuzz-dir {FUZZ} --target-dir {build} {name} {inputs} -- {fuzzer...}"
    )
    .run()?)
}

fn seed(sh: &Shell, name: &str, inputs: &Path) -> Result<()> {
    sh.create_dir(inputs)?;
    let seeds = match name {
        "version" => lines(&sh.read_file("crates/pydeploy/tests/oracle/sorted-versions.txt")?),
        "changelog" => changelogs(sh)?,
        _ => paragraphs(&sh.read_binary_file("/var/lib/dpkg/status")?),
    };
    for (number, seed) in seeds.iter().enumerate() {
        sh.write_file(inputs.join(format!("seed-{number}")), seed)?;
    }
    Ok(())
}

/// Neighbours, a few at a time.
fn lines(text: &str) -> Vec<Vec<u8>> {
    let lines: Vec<&str> = text.split_whitespace().collect();
    lines.chunks(4).map(|some| some.join("\n").into_bytes()).collect()
}

fn changelogs(sh: &Shell) -> Result<Vec<Vec<u8>>> {
    let start = |file| Ok(beginning(&sh.read_binary_file(file)?));
    corpus::changelogs(sh)?.iter().map(start).collect()
}

fn paragraphs(status: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(status);
    text.split("\n\n")
        .map(|paragraph| beginning(paragraph.as_bytes()))
        .collect()
}

fn beginning(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len().min(SEED)].to_vec()
}
