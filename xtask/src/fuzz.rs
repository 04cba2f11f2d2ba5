//! Fuzzing with cargo-fuzz, from seeds that are real.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use crate::step::read;
use crate::{corpus, target};

const FUZZ: &str = "crates/pydeploy/fuzz";
const TARGETS: [&str; 9] = [
    "version",
    "changelog",
    "deb822",
    "ar",
    "tar",
    "zip",
    "xz",
    "zstd",
    "manifest",
];
/// How much of a text is a seed, in bytes: longer inputs are slower and find no more.
const SEED: usize = 3000;
/// The longest input: archives are longer than texts.
const LONGEST: usize = 4096;
const LONGEST_ARCHIVE: usize = 32 << 10;

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
    let longest = match name {
        "version" | "changelog" | "deb822" => LONGEST,
        _ => LONGEST_ARCHIVE,
    };
    let fuzzer = [
        format!("-max_total_time={seconds}"),
        format!("-max_len={longest}"),
        "-timeout=5".to_owned(),
        format!("-artifact_prefix={}/{name}-", found.display()),
        "-print_final_stats=1".to_owned(),
    ];
    let run = cmd!(
        sh,
        "cargo +nightly fuzz run --fuzz-dir {FUZZ} --target-dir {build} {name} {inputs} -- {fuzzer...}"
    );
    // libdeflate compiles one table into two objects, which is what the sanitizer takes it for.
    Ok(run.env("ASAN_OPTIONS", "detect_odr_violation=0").run()?)
}

fn seed(sh: &Shell, name: &str, inputs: &Path) -> Result<()> {
    sh.create_dir(inputs)?;
    let seeds = match name {
        "version" => lines(&sh.read_file("crates/pydeploy/tests/oracle/sorted-versions.txt")?),
        "changelog" => changelogs(sh)?,
        "ar" | "tar" | "zip" | "xz" | "zstd" | "manifest" => parts(sh, name)?,
        _ => paragraphs(&sh.read_binary_file("/var/lib/dpkg/status")?),
    };
    for (number, seed) in seeds.iter().enumerate() {
        sh.write_file(inputs.join(format!("seed-{number}")), seed)?;
    }
    Ok(())
}

/// What a target reads of the smallest package, archive and bundle.
fn parts(sh: &Shell, name: &str) -> Result<Vec<Vec<u8>>> {
    let out = artifacts(sh)?;
    let (deb, zip, bundle) = (
        out.join("site_1.0_all.deb"),
        out.join("site_1.0_debian12.zip"),
        out.join("site_1.0_debian12.tar.zst"),
    );
    let output = |command: xshell::Cmd<'_>| Ok::<_, anyhow::Error>(command.quiet().output()?.stdout);
    let member = |name: &str| output(cmd!(sh, "ar p {deb} {name}"));
    let plan = "import sys, zipfile; sys.stdout.write(zipfile.ZipFile(sys.argv[1]).read('manifest.json').decode())";
    Ok(match name {
        "ar" => vec![sh.read_binary_file(&deb)?],
        "tar" => vec![
            output(cmd!(sh, "dpkg-deb --ctrl-tarfile {deb}"))?,
            output(cmd!(sh, "dpkg-deb --fsys-tarfile {deb}"))?,
        ],
        "zip" => vec![sh.read_binary_file(&zip)?],
        "xz" => vec![member("control.tar.xz")?],
        "zstd" => vec![member("data.tar.zst")?, sh.read_binary_file(&bundle)?],
        _ => vec![
            output(cmd!(sh, "tar --zstd -xOf {bundle} ./manifest.json"))?,
            output(cmd!(sh, "python3 -c {plan} {zip}"))?,
        ],
    })
}

/// Builds a project without wheels in every format.
fn artifacts(sh: &Shell) -> Result<PathBuf> {
    let (project, out) = (target().join("fuzz/site"), target().join("fuzz/site/out"));
    for (name, text) in PROJECT {
        sh.write_file(project.join(name), text)?;
    }
    cmd!(sh, "cargo build --quiet --package pydeploy-cli").quiet().run()?;
    let pydeploy = target().join("debug/pydeploy");
    let build = cmd!(
        sh,
        "{pydeploy} build --offline --version 1.0 --format deb,zip,bundle --output {out} {project}"
    );
    read(build.env("SOURCE_DATE_EPOCH", "1476025815")).context("the artifacts that are seeds")?;
    Ok(out)
}

const PROJECT: [(&str, &str); 4] = [
    (
        "pyproject.toml",
        "[project]\nname = \"site\"\ndescription = \"A site.\"\n[tool.pydeploy]\ntargets = [\"debian12\"]\n\
         include = [\"*.py\"]\nservice.command = [\"python\", \"app.py\"]\n",
    ),
    ("app.py", "print('hello')\n"),
    (
        "pylock.toml",
        "lock-version = \"1.0\"\ncreated-by = \"hand\"\npackages = []\n",
    ),
    (
        "debian/changelog",
        "site (1.0) unstable; urgency=medium\n\n  * First.\n\n\
         \x20-- Ada Example <ada@example.org>  Sun, 09 Oct 2016 15:10:15 +0000\n",
    ),
];

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
