//! The same project gives the same bytes, wherever and whenever it is built.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use xshell::{Cmd, cmd};

use super::lab::{Lab, Site, cache};
use super::{Check, tools};
use crate::step::{finish, read};

pub(crate) const CHECK: Check = Check {
    name: "reproducible",
    about: "two folders, days, umasks, time zones and languages: the same artifacts, or diffoscope says why not",
    needs: &[
        tools::DIFFOSCOPE,
        tools::DPKG_DEV,
        tools::FAKETIME,
        tools::GIT,
        tools::LOCALES,
        tools::UNZIP,
        tools::ZSTD,
    ],
    run,
};

const VERSION: &str = "1.2.0~20260101000000+git1111111";
const FORMATS: &str = "deb,zip,bundle,source";
/// The ends of the names of what is built.
const ARTIFACTS: [&str; 6] = [".deb", ".zip", ".tar.zst", ".tar.gz", ".dsc", "_source.changes"];

/// Runs the rest of its arguments as another user at another time might.
const LATER: &str = r#"umask 077; exec faketime "+2 days" "$@""#;
/// The language whose letters have most often surprised programs, and a time zone on the other side of the world.
const LANGUAGE: &str = "tr_TR";
const ZONE: &str = "Pacific/Kiritimati";

const GREETING: &str = "Good to see you.";

fn run(lab: &Lab<'_>) -> Result<()> {
    let first = lab.site("first")?;
    let second = lab.clone_of(&first, "a-second/with a longer name")?;
    let _epoch = lab.sh.push_env("SOURCE_DATE_EPOCH", "1767225600");
    let one = built(lab, build(lab.pydeploy(), &first, "one", lab, &cache()), "one")?;
    let fresh = lab.dir.join("cache");
    lab.copy_wheels(&fresh)?;
    let two = built(lab, build(elsewhere(lab)?, &second, "two", lab, &fresh), "two")?;
    for (one, two) in one.iter().zip(&two) {
        let (names, report) = (
            format!("{} and {}", one.display(), two.display()),
            difference(lab, one, two)?,
        );
        ensure!(report.is_none(), "{names} differ:\n{}", report.unwrap_or_default());
        ensure!(
            std::fs::read(one)? == std::fs::read(two)?,
            "{names} differ, and diffoscope is silent"
        );
    }
    is_told(lab, &first, &one)
}

/// What is another is named: silence about the same means something.
fn is_told(lab: &Lab<'_>, site: &Site<'_>, one: &[PathBuf]) -> Result<()> {
    site.greet(GREETING)?;
    let three = built(lab, build(lab.pydeploy(), site, "three", lab, &cache()), "three")?;
    for (one, three) in one.iter().zip(&three) {
        let report = difference(lab, one, three)?.with_context(|| format!("{} is the same", one.display()))?;
        ensure!(
            report.contains(GREETING),
            "diffoscope does not name the reason:\n{report}"
        );
    }
    Ok(())
}

/// Where nothing is as it was the first time.
fn elsewhere<'a>(lab: &Lab<'a>) -> Result<Cmd<'a>> {
    let (sh, locales) = (lab.sh, lab.dir.join("locales"));
    let (name, place) = (format!("{LANGUAGE}.UTF-8"), locales.join(format!("{LANGUAGE}.UTF-8")));
    sh.create_dir(&locales)?;
    read(cmd!(sh, "localedef --inputfile {LANGUAGE} --charmap UTF-8 {place}"))?;
    let shell = sh.cmd("sh").args(["-c", LATER, "later"]).arg(lab.program());
    Ok(shell.env("LOCPATH", locales).env("LC_ALL", name).env("TZ", ZONE))
}

fn build<'a>(program: Cmd<'a>, site: &Site<'_>, out: &str, lab: &Lab<'_>, cache: &Path) -> Cmd<'a> {
    let fixed = [
        "build",
        "--format",
        FORMATS,
        "--target",
        "debian12",
        "--version",
        VERSION,
    ];
    let fixed = program.args(fixed).args(["--prefix", "/srv/guestbook", "--output"]);
    fixed.arg(lab.dir.join(out)).arg("--cache").arg(cache).arg(&site.dir)
}

/// What a build wrote, in the order of [`ARTIFACTS`].
fn built(lab: &Lab<'_>, build: Cmd<'_>, out: &str) -> Result<Vec<PathBuf>> {
    read(build)?;
    let files = lab.sh.read_dir(lab.dir.join(out))?;
    ensure!(files.len() == ARTIFACTS.len(), "{files:?}");
    let file = |end: &&str| {
        let found = files.iter().find(|file| file.to_string_lossy().ends_with(end));
        found.cloned().with_context(|| format!("no {end}: {files:?}"))
    };
    ARTIFACTS.iter().map(file).collect()
}

/// What diffoscope says, if anything.
fn difference(lab: &Lab<'_>, one: &Path, two: &Path) -> Result<Option<String>> {
    let (one, two) = (without_first_line(lab, one)?, without_first_line(lab, two)?);
    let limits = ["--max-text-report-size", "20000"];
    let ended = finish(cmd!(
        lab.sh,
        "diffoscope --no-progress --text - {limits...} {one} {two}"
    ))?;
    match ended.code {
        Some(0) => {
            ensure!(ended.stdout.is_empty(), "{ended}");
            Ok(None)
        }
        Some(1) => Ok(Some(ended.stdout)),
        _ => bail!("{ended}"),
    }
}

/// A zip archive is one to diffoscope without the line before it.
fn without_first_line(lab: &Lab<'_>, file: &Path) -> Result<PathBuf> {
    if file.extension().is_none_or(|extension| extension != "zip") {
        return Ok(file.to_owned());
    }
    let bytes = std::fs::read(file)?;
    let end = bytes
        .windows(4)
        .position(|four| four == b"PK\x03\x04")
        .context("no archive")?;
    let folder = file.parent().and_then(Path::file_name).unwrap_or_default();
    let copy = lab.dir.join(folder).with_extension("zip");
    lab.sh.write_file(&copy, &bytes[end..])?;
    Ok(copy)
}
