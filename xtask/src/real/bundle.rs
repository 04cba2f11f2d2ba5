//! tar unpacks the bundle, its interpreter runs the site, and a change on the host is found.

use anyhow::{Result, ensure};
use xshell::cmd;

use super::lab::{Lab, PACKAGE, cache};
use super::{Check, tools};
use crate::step::{finish, read};

pub(crate) const CHECK: Check = Check {
    name: "bundle",
    about: "tar and zstd unpack the bundle, manage.py check runs from it, and verify finds what changes",
    needs: &[tools::GIT, tools::PYTHON_3_11, tools::TAR, tools::ZSTD],
    run,
};

const VERSION: &str = "1.2.0~20260101000000+git1111111";

fn run(lab: &Lab<'_>) -> Result<()> {
    let (sh, site) = (lab.sh, lab.site("site")?);
    let (prefix, out, cache) = (lab.dir.join("srv").join(PACKAGE), lab.dir.join("out"), cache());
    let fixed = ["--format", "deb,bundle", "--target", "debian12", "--version", VERSION];
    let build = lab.pydeploy().arg("build").args(fixed).arg("--prefix").arg(&prefix);
    let built = read(build.arg("--output").arg(&out).arg("--cache").arg(cache).arg(&site.dir))?;
    let artifacts: Vec<&str> = built.lines().collect();
    ensure!(artifacts.len() == 2, "a package and a bundle were expected:\n{built}");
    let (package, bundle) = (artifacts[0], artifacts[1]);
    for artifact in &artifacts {
        read(lab.pydeploy().args(["verify", artifact]))?;
    }
    sh.create_dir(&prefix)?;
    read(cmd!(sh, "tar --zstd -xf {bundle} -C {prefix}"))?;
    read(lab.pydeploy().arg("verify").arg(&prefix))?;
    checks(lab, &prefix)?;
    read(lab.pydeploy().arg("verify").arg(&prefix))?;
    let difference = read(lab.pydeploy().arg("diff").arg(package).arg(&prefix))?;
    ensure!(
        !difference.contains("site-packages/django/"),
        "the wheels differ:\n{difference}"
    );
    changes(lab, &prefix)
}

/// Django starts from the unpacked folder and finds nothing wrong; it leaves its bytecode there.
fn checks(lab: &Lab<'_>, prefix: &std::path::Path) -> Result<()> {
    let (python, manage) = (prefix.join("venv/bin/python"), prefix.join("app/manage.py"));
    let check = cmd!(lab.sh, "{python} {manage} check")
        .env("SECRET_KEY", "for this check only")
        .env_remove("PYTHONDONTWRITEBYTECODE");
    let check = check
        .env("PYDEPLOY_STATE", lab.dir.join("state"))
        .env("PYDEPLOY_STATIC", prefix.join("static"));
    let said = read(check)?;
    ensure!(said.contains("no issues"), "manage.py check said:\n{said}");
    let cached = read(cmd!(lab.sh, "find {prefix} -name *.pyc"))?;
    ensure!(
        !cached.is_empty(),
        "the interpreter wrote no bytecode: what verify leaves out was not there"
    );
    Ok(())
}

fn changes(lab: &Lab<'_>, prefix: &std::path::Path) -> Result<()> {
    lab.sh.write_file(prefix.join("app/left.py"), "")?;
    lab.sh.remove_path(prefix.join("app/manage.py"))?;
    let ended = finish(lab.pydeploy().arg("verify").arg(prefix))?;
    let found = ["left.py: extra", "manage.py: missing", "2 findings"];
    let all = found.iter().all(|finding| ended.stdout.contains(finding));
    ensure!(ended.code == Some(4) && all, "{ended}");
    Ok(())
}
