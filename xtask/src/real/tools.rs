//! The programs that real checks drive, and where they come from.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::step::read;
use crate::target;

/// Something that a check cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// To make device files, change root and bind what belongs to other users.
    Root,
    /// To give processes mounts of their own, and a systemd its control groups; root of a container often may not.
    Mounts,
    /// A program of a Debian package; with a slash, this very path.
    Program { name: &'static str, package: &'static str },
    /// A program of a Python package, kept in a virtual environment of our own.
    Python { name: &'static str },
    /// A module to import, of a Python package in the same virtual environment.
    Module { name: &'static str, package: &'static str },
    /// Several at once.
    All(&'static [Need]),
}

const fn program(name: &'static str, package: &'static str) -> Need {
    Need::Program { name, package }
}

pub(crate) const ADEQUATE: Need = program("adequate", "adequate");
pub(crate) const APT: Need = program("apt-get", "apt");
pub(crate) const BUILD_ESSENTIAL: Need = program("g++", "build-essential");
/// A folder with a Debian in it, and programs run there.
pub(crate) const DEBIAN: Need = Need::All(&[Need::Root, CHROOT, DEBIAN_KEYRING, DEBOOTSTRAP]);
pub(crate) const CHROOT: Need = program("chroot", "coreutils");
pub(crate) const CURL: Need = program("curl", "curl");
pub(crate) const DEBOOTSTRAP: Need = program("debootstrap", "debootstrap");
pub(crate) const DEBIAN_KEYRING: Need = program(super::suite::KEYRING, "debian-archive-keyring");
pub(crate) const DEBHELPER: Need = program("dh", "debhelper");
pub(crate) const DEVSCRIPTS: Need = program("dch", "devscripts");
pub(crate) const DH_VIRTUALENV: Need = program("dh_virtualenv", "dh-virtualenv");
pub(crate) const DPKG: Need = program("dpkg-deb", "dpkg");
pub(crate) const DPKG_DEV: Need = program("dpkg-parsechangelog", "dpkg-dev");
pub(crate) const DPUT: Need = program("dput", "dput");
pub(crate) const DIFFOSCOPE: Need = program("diffoscope", "diffoscope-minimal");
pub(crate) const FAKETIME: Need = program("faketime", "faketime");
pub(crate) const FISH: Need = program("fish", "fish");
pub(crate) const GIT: Need = program("git", "git");
pub(crate) const GNUPG: Need = program("gpg", "gnupg");
pub(crate) const GPGV: Need = program("gpgv", "gpgv");
pub(crate) const IP: Need = program("ip", "iproute2");
pub(crate) const LINTIAN: Need = program("lintian", "lintian");
/// The descriptions that localedef(1) makes locales of.
pub(crate) const LOCALES: Need = program("/usr/share/i18n/locales/tr_TR", "locales");
pub(crate) const NGINX: Need = program("nginx", "nginx-light");
pub(crate) const OPENSSL: Need = program("openssl", "openssl");
pub(crate) const PEX: Need = Need::Python { name: "pex" };
pub(crate) const PIUPARTS: Need = program("piuparts", "piuparts");
pub(crate) const PYTHON: Need = program("python3", "python3");
/// The interpreter of the fixture's first target.
pub(crate) const PYTHON_3_11: Need = program("/usr/bin/python3.11", "python3.11");
pub(crate) const PACKAGING: Need = Need::Module {
    name: "packaging",
    package: "packaging",
};
/// The schema of the list of components, and a validator.
pub(crate) const CYCLONEDX: Need = Need::Module {
    name: "cyclonedx",
    package: "cyclonedx-python-lib[json-validation]",
};
pub(crate) const REDIS: Need = program("redis-server", "redis-server");
pub(crate) const SHIV: Need = Need::Python { name: "shiv" };
pub(crate) const TCSH: Need = program("tcsh", "tcsh");
pub(crate) const TIME: Need = program("/usr/bin/time", "time");
pub(crate) const TAR: Need = program("tar", "tar");
pub(crate) const UNSHARE: Need = program("unshare", "util-linux");
pub(crate) const UNZIP: Need = program("unzip", "unzip");
pub(crate) const UV: Need = Need::Python { name: "uv" };
pub(crate) const XZ: Need = program("xz", "xz-utils");
pub(crate) const ZSTD: Need = program("zstd", "zstd");

impl Need {
    fn is_met(self) -> bool {
        match self {
            Self::Root => is_root(),
            Self::Mounts => may_mount(),
            Self::Program { name, .. } | Self::Python { name } => find(name).is_some(),
            Self::Module { name, .. } => has_module(name),
            Self::All(needs) => needs.iter().all(|need| need.is_met()),
        }
    }

    /// It alone, or each of several.
    fn each(&self) -> &[Need] {
        match self {
            Self::All(needs) => needs,
            one => std::slice::from_ref(one),
        }
    }

    /// What it is and how to come by it.
    fn remedy(self) -> String {
        match self {
            Self::Root => "root".to_owned(),
            Self::Mounts => "root of a machine, or of a container that may mount".to_owned(),
            Self::Program { name, package } => format!("{name}: apt-get install {package}"),
            Self::Python { name } => format!("{name}: pip install {name}"),
            Self::Module { name, package } => format!("{name}: pip install '{package}'"),
            Self::All(needs) => missing(needs).join(", "),
        }
    }
}

pub(crate) fn missing(needs: &[Need]) -> Vec<String> {
    needs
        .iter()
        .filter(|need| !need.is_met())
        .map(|need| need.remedy())
        .collect()
}

/// Installs what it can; what is missing afterwards shows when a check is about to run.
pub(crate) fn install_missing<'a>(sh: &Shell, needs: impl Iterator<Item = &'a Need>) -> Result<()> {
    let missing = needs.flat_map(|need| need.each()).filter(|need| !need.is_met());
    let mut packages = BTreeSet::new();
    let mut python = BTreeSet::new();
    for need in missing {
        match need {
            Need::Root | Need::Mounts | Need::All(_) => {}
            Need::Program { package, .. } => drop(packages.insert(*package)),
            Need::Python { name } => drop(python.insert(*name)),
            Need::Module { package, .. } => drop(python.insert(*package)),
        }
    }
    install_debian(sh, &packages)?;
    python.into_iter().try_for_each(|name| install_python(sh, name))
}

fn install_debian(sh: &Shell, packages: &BTreeSet<&str>) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    if !is_root() {
        bail!(
            "only root can: apt-get install {}",
            Vec::from_iter(packages.iter().copied()).join(" ")
        );
    }
    let _quiet = sh.push_env("DEBIAN_FRONTEND", "noninteractive");
    read(cmd!(sh, "apt-get update"))?;
    read(cmd!(sh, "apt-get install -y --no-install-recommends {packages...}"))?;
    Ok(())
}

/// Whether the system's Python can make a virtual environment; Debian has that in a package of its own.
fn ensurepip(sh: &Shell) -> bool {
    read(cmd!(sh, "/usr/bin/python3 -c 'import ensurepip'")).is_ok()
}

fn install_python(sh: &Shell, name: &str) -> Result<()> {
    let pip = own_python(sh)?.join("bin/pip");
    read(cmd!(sh, "{pip} install --quiet {name}")).map(drop)
}

/// A virtual environment of our own, made when it is first asked for.
pub(crate) fn own_python(sh: &Shell) -> Result<PathBuf> {
    let venv = venv();
    if !venv.join("bin/pip").exists() {
        if !ensurepip(sh) {
            install_debian(sh, &BTreeSet::from(["python3-venv"]))?;
        }
        read(cmd!(sh, "/usr/bin/python3 -m venv {venv}"))?;
    }
    Ok(venv)
}

/// The interpreter that finds our own modules.
pub(crate) fn python() -> PathBuf {
    venv().join("bin/python")
}

/// Whether our own virtual environment holds a module; its library lies in a folder named after Python's version.
fn has_module(name: &str) -> bool {
    let libraries = std::fs::read_dir(venv().join("lib")).into_iter().flatten().flatten();
    libraries
        .map(|library| library.path().join("site-packages").join(name))
        .any(|module| module.is_dir())
}

fn venv() -> PathBuf {
    target().join("real/venv")
}

/// The search path with our own virtual environment behind everything that is installed.
pub(crate) fn path() -> OsString {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let own = ["/usr/sbin".into(), "/sbin".into(), venv().join("bin")];
    let folders = std::env::split_paths(&inherited).chain(own);
    std::env::join_paths(folders).unwrap_or(inherited)
}

fn find(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Path::new(name).exists().then(|| name.into());
    }
    std::env::split_paths(&path())
        .map(|dir| dir.join(name))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Whether a folder of control groups can be mounted where nobody else sees it.
fn may_mount() -> bool {
    let script = "mount --make-rprivate / && mount -t tmpfs tmpfs /mnt && mount -t cgroup2 none /mnt";
    let mut unshare = std::process::Command::new("unshare");
    let tried = unshare.args(["--mount", "--pid", "--fork", "--cgroup", "sh", "-c", script]);
    tried.output().is_ok_and(|ended| ended.status.success())
}

pub(crate) fn is_root() -> bool {
    Path::new("/proc/self")
        .metadata()
        .is_ok_and(|process| process.uid() == 0)
}
