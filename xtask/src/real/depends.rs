//! The libraries of a hundred real wheels are those that Debian's own tool finds.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use xshell::cmd;

use super::lab::{Lab, only_package};
use super::{Check, tools, wheels};
use crate::step::read;

pub(crate) const CHECK: Check = Check {
    name: "depends",
    about: "a package of real wheels depends on the libraries that dpkg-shlibdeps finds, in the same versions",
    needs: &[tools::DPKG, tools::DPKG_DEV, tools::PYTHON, tools::PYTHON_3_11],
    run,
};

const PROJECT: &str = "[project]\nname = \"site\"\n[tool.pydeploy]\ntargets = [\"debian12\"]\ninclude = [\"*.py\"]\n\
    maintainer = \"Site Developers <site@example.org>\"\nservice.command = [\"gunicorn\"]\n";
const CHANGELOG: &str = "site (1.0) UNRELEASED; urgency=medium\n\n  * Start.\n\n -- Site Developers <site@example.org>  \
    Thu, 01 Oct 2026 10:00:00 +0000\n";
const CONTROL: &str = "Source: site\n\nPackage: site\nArchitecture: any\n";

/// Package and version.
type Packages = BTreeMap<String, Option<String>>;

fn run(lab: &Lab<'_>) -> Result<()> {
    let package = build(lab)?;
    let ours = packages(&read(cmd!(lab.sh, "dpkg-deb --field {package} Depends"))?);
    let theirs = packages(&shlibdeps(lab, &package)?);
    for (name, version) in &theirs {
        let found = ours.get(name).with_context(|| format!("{name} is missing: {ours:?}"))?;
        // Where symbols have no versions, ours has none: dpkg knows in which one each symbol came.
        ensure!(
            found.is_none() || found == version,
            "{name}: {found:?}, and dpkg-shlibdeps says {version:?}"
        );
    }
    for name in ours
        .keys()
        .filter(|name| !["adduser", "python3.11"].contains(&name.as_str()))
    {
        ensure!(theirs.contains_key(name), "{name} is too much: {theirs:?}");
    }
    let versions = ours.values().flatten().count();
    ensure!(versions > 3, "{ours:?}");
    println!("       {ours:?}");
    Ok(())
}

fn build(lab: &Lab<'_>) -> Result<PathBuf> {
    let (sh, site, output) = (lab.sh, lab.dir.join("site"), lab.dir.join("output"));
    sh.write_file(site.join("pyproject.toml"), PROJECT)?;
    sh.write_file(site.join("app.py"), "")?;
    sh.write_file(site.join("debian/changelog"), CHANGELOG)?;
    sh.write_file(site.join("pylock.toml"), lock(lab)?)?;
    let cache = lab.dir.join("cache");
    let build = ["build", "--format", "deb", "--version", "1.0", "--offline"];
    read(lab.pydeploy().args(build).args([
        "--cache".as_ref(),
        cache.as_os_str(),
        "--output".as_ref(),
        output.as_os_str(),
        site.as_os_str(),
    ]))?;
    only_package(sh, &output)
}

fn lock(lab: &Lab<'_>) -> Result<String> {
    let mut lock = "lock-version = \"1.0\"\ncreated-by = \"a check\"\n".to_owned();
    let wheels = wheels::download(lab.sh)?;
    for line in read(cmd!(lab.sh, "sha256sum {wheels...}"))?.lines() {
        let (sha256, path) = line.split_once("  ").context(line.to_owned())?;
        let file = path.rsplit('/').next().unwrap_or(path);
        let mut parts = file.split('-');
        let name = parts.next().unwrap_or_default().replace(['_', '.'], "-").to_lowercase();
        let version = parts.next().unwrap_or_default();
        lock += &format!(
            "[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\n\
             wheels = [{{ name = \"{file}\", path = \"{path}\", hashes.sha256 = \"{sha256}\" }}]\n"
        );
    }
    Ok(lock)
}

/// What dpkg-shlibdeps says, with the folders of the wheels' own libraries named: it does not know `$ORIGIN` here.
fn shlibdeps(lab: &Lab<'_>, package: &Path) -> Result<String> {
    let (sh, tree, project) = (lab.sh, lab.dir.join("tree"), lab.dir.join("shlibdeps"));
    read(cmd!(sh, "dpkg-deb --extract {package} {tree}"))?;
    sh.write_file(project.join("debian/control"), CONTROL)?;
    let own = read(cmd!(sh, "find {tree} -type d -name *.libs"))?;
    let own: Vec<_> = own.lines().map(|folder| format!("-l{folder}")).collect();
    let files = read(cmd!(sh, "find {tree} -type f -size +1k"))?;
    let files = files.lines().filter(|file| is_elf(file));
    let files: Vec<_> = files.map(|file| format!("-e{file}")).collect();
    let _inside = sh.push_dir(project);
    let said = read(cmd!(sh, "dpkg-shlibdeps -O --ignore-missing-info {own...} {files...}"))?;
    let depends = said.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    Ok(depends.context(said.clone())?.to_owned())
}

fn is_elf(file: &str) -> bool {
    fs::read(file).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"))
}

fn packages(field: &str) -> Packages {
    let relation = |text: &str| match text.trim().split_once(" (>= ") {
        None => (text.trim().to_owned(), None),
        Some((name, version)) => (name.to_owned(), Some(version.trim_end_matches(')').to_owned())),
    };
    field.trim().split(',').map(relation).collect()
}
