//! A hundred real wheels: installed by us, and by uv, and compared.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

use super::lab::Lab;
use super::{Check, tools};
use crate::step::{finish, read};
use crate::{root, target};

pub(crate) const CHECK: Check = Check {
    name: "wheels",
    about: "real wheels are installed as uv installs them, pip finds nothing broken, and shells can use the environment",
    needs: &[tools::PYTHON_3_11, tools::UV, tools::FISH, tools::TCSH],
    run,
};

const INTERPRETER: &str = "/usr/bin/python3.11";
const SOURCES: &str = "xtask/src/real";

/// What has to be importable whatever else is not.
const IMPORTS: &str = "import cryptography.x509, django, google.cloud.storage, google.protobuf, greenlet, lxml.etree, \
    numpy, PIL.Image, psycopg, zope.interface, mrbob";

/// Whether there are thousands of compiled modules, and how many of them are not unchecked and hash-based.
const COMPILED: &str = "import glob, sys
files = glob.glob(sys.argv[1] + '/**/*.pyc', recursive=True)
print(len(files) > 5000, sum(open(file, 'rb').read(8)[4:] != b'\\1\\0\\0\\0' for file in files))";

fn run(lab: &Lab<'_>) -> Result<()> {
    let wheels = download(lab.sh)?;
    ensure!(wheels.len() >= 60, "only {} wheels", wheels.len());
    let (ours, theirs) = (lab.dir.join("ours"), lab.dir.join("theirs"));
    install_with_uv(lab.sh, &wheels, &theirs)?;
    // Unpacked anew and compiled; from the store; with files of its own.
    for more in [&["--compile"][..], &["--compile"], &["--copy"]] {
        lab.sh.remove_path(&ours)?;
        install(lab, &wheels, &ours, more)?;
        compare(lab.sh, &ours, &theirs)?;
        let compiled = read(cmd!(lab.sh, "{INTERPRETER} -c {COMPILED} {ours}"))?;
        let expected = if *more == ["--compile"] { "True 0" } else { "False 0" };
        ensure!(compiled.trim() == expected, "{more:?}: {compiled}");
    }
    killed(lab, &wheels, &ours, &theirs)?;
    smoke(lab.sh, &ours, &theirs)?;
    activate(lab, &ours)?;
    tags(lab)?;
    probe(lab)
}

/// The list of the wheels, a pinned requirement a line.
pub(crate) fn list() -> PathBuf {
    root().join(SOURCES).join("wheels.txt")
}

/// The wheels that `wheels.txt` names, from the index when they are asked for the first time.
pub(crate) fn download(sh: &Shell) -> Result<Vec<PathBuf>> {
    let (folder, list) = (target().join("real/wheels60"), list());
    let wanted = sh.read_file(&list)?.lines().count();
    if !folder.exists() || sh.read_dir(&folder)?.len() != wanted {
        let pip = tools::own_python(sh)?.join("bin/pip");
        read(cmd!(
            sh,
            "{pip} download --quiet --no-deps --only-binary=:all: --dest {folder} --requirement {list}"
        ))?;
    }
    let mut wheels = sh.read_dir(&folder)?;
    ensure!(wheels.len() == wanted, "{wanted} wheels wanted, {} there", wheels.len());
    wheels.sort();
    Ok(wheels)
}

fn install(lab: &Lab<'_>, wheels: &[PathBuf], venv: &Path, more: &[&str]) -> Result<()> {
    let cache = lab.dir.join("cache");
    let command = lab.pydeploy().args(["venv", "--target", "debian12"]).args(more);
    read(command.arg("--cache").arg(cache).arg(venv).args(wheels)).map(drop)
}

fn install_with_uv(sh: &Shell, wheels: &[PathBuf], venv: &Path) -> Result<()> {
    let _cache = sh.push_env("UV_CACHE_DIR", venv.with_extension("cache"));
    read(cmd!(sh, "uv venv --quiet --python {INTERPRETER} {venv}"))?;
    let python = venv.join("bin/python");
    let install = cmd!(
        sh,
        "uv pip install --quiet --offline --no-index --no-deps --python {python}"
    );
    read(install.args(wheels)).map(drop)
}

fn compare(sh: &Shell, ours: &Path, theirs: &Path) -> Result<()> {
    let script = root().join(SOURCES).join("wheels.py");
    read(cmd!(sh, "{INTERPRETER} {script} {ours} {theirs}")).map(drop)
}

/// Killed at any point, the same command makes what it would have made, and clears up.
fn killed(lab: &Lab<'_>, wheels: &[PathBuf], ours: &Path, theirs: &Path) -> Result<()> {
    let sh = lab.sh;
    for cache in [lab.dir.join("killed"), lab.dir.join("cache")] {
        for seconds in ["0.1", "0.3", "0.7", "1.5", "3"] {
            sh.remove_path(ours)?;
            let command = sh.cmd("timeout").args(["--signal", "KILL", seconds]).arg(lab.program());
            let command = command.args(["venv", "--target", "debian12", "--cache"]).arg(&cache);
            let ended = finish(command.arg(ours).args(wheels))?;
            ensure!(
                ended.success() || !ours.exists(),
                "killed after {seconds} s, and there is an environment"
            );
        }
        sh.remove_path(ours)?;
        let command = lab
            .pydeploy()
            .args(["venv", "--target", "debian12", "--cache"])
            .arg(&cache);
        read(command.arg(ours).args(wheels))?;
        compare(sh, ours, theirs)?;
        nothing_left(sh, &lab.dir, ".ours.staged-")?;
        nothing_left(sh, &cache.join("staging"), ".")?;
    }
    Ok(())
}

fn nothing_left(sh: &Shell, folder: &Path, prefix: &str) -> Result<()> {
    for path in sh.read_dir(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        ensure!(!name.starts_with(prefix), "{} was left behind", path.display());
    }
    Ok(())
}

/// What can be imported in one can be in the other; nothing is missing; programs start.
fn smoke(sh: &Shell, ours: &Path, theirs: &Path) -> Result<()> {
    let script = root().join(SOURCES).join("imports.py");
    let imported = |venv: &Path| read(sh.cmd(venv.join("bin/python")).arg("-B").arg(&script));
    let (here, there) = (imported(ours)?, imported(theirs)?);
    ensure!(here == there, "imports differ:\n{here}\nand with uv:\n{there}");
    let python = ours.join("bin/python");
    read(cmd!(sh, "{python} -B -c {IMPORTS}"))?;
    let said = read(cmd!(sh, "{python} -B -m pip check"))?;
    ensure!(said.contains("No broken requirements found"), "{said}");
    for (program, args) in [
        ("django-admin", "--version"),
        ("gunicorn", "--version"),
        ("celery", "--version"),
        ("jp.py", "--help"),
        ("uwsgi", "--version"),
    ] {
        read(sh.cmd(ours.join("bin").join(program)).arg(args))?;
    }
    Ok(())
}

/// Each shell gets the environment's interpreter, and its own back.
fn activate(lab: &Lab<'_>, venv: &Path) -> Result<()> {
    let own = venv.join("bin/python").display().to_string();
    for (shell, script, which) in [
        ("sh", ". VENV/bin/activate", "command -v python"),
        ("bash", "set -eu; source VENV/bin/activate", "command -v python"),
        ("fish", "source VENV/bin/activate.fish", "command -v python"),
        ("tcsh", "source VENV/bin/activate.csh", "which python"),
    ] {
        let lines = format!("{script}\n{which}\necho $VIRTUAL_ENV\ndeactivate\n{which}\n");
        let file = lab.dir.join(format!("activate.{shell}"));
        lab.sh
            .write_file(&file, lines.replace("VENV", &venv.display().to_string()))?;
        let said = finish(lab.sh.cmd(shell).arg(&file))?.stdout;
        let found: Vec<_> = said.lines().collect();
        let venv = venv.display().to_string();
        ensure!(
            found.first() == Some(&&*own) && found.get(1) == Some(&&*venv) && found.get(2) != Some(&&*own),
            "{shell}: {said}"
        );
    }
    Ok(())
}

/// The tags of Debian's interpreter are what its pip says, in its order.
fn tags(lab: &Lab<'_>) -> Result<()> {
    let python = tools::own_python(lab.sh)?.join("bin/python");
    let code = "from pip._internal.utils.compatibility_tags import get_supported as s; print(*s(), sep='\\n')";
    let theirs = read(cmd!(lab.sh, "{python} -c {code}"))?;
    let ours = read(lab.pydeploy().args(["target", "show", "debian12", "--tags"]))?;
    let differ = ours.lines().zip(theirs.lines()).find(|(ours, theirs)| ours != theirs);
    ensure!(
        differ.is_none() && ours.lines().count() == theirs.lines().count(),
        "tags differ: {differ:?}"
    );
    Ok(())
}

/// Asked here and through a shell on the other side of ssh, the interpreter describes itself as the built-in target.
fn probe(lab: &Lab<'_>) -> Result<()> {
    let sh = lab.sh;
    let ssh = lab.dir.join("bin/ssh");
    // What ssh does with the words after the host: a shell gets them as one line.
    sh.write_file(&ssh, "#!/bin/sh\n[ \"$1\" = me@there ] && shift && exec sh -c \"$*\"\n")?;
    read(cmd!(sh, "chmod +x {ssh}"))?;
    let path = std::env::join_paths([lab.dir.join("bin"), "/usr/bin".into(), "/bin".into()])?;
    let built_in = read(lab.pydeploy().args(["target", "show", "debian12"]))?;
    for more in [&[][..], &["--to", "me@there"]] {
        let command = lab.pydeploy().args(["target", "probe", "--python", INTERPRETER]);
        let probed = read(command.args(more).env("PATH", &path))?;
        ensure!(probed == built_in, "{probed}");
    }
    Ok(())
}
