//! Where a check works: a folder of its own, and copies of the fixture in fresh git repositories.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use xshell::{Cmd, Shell, cmd};

use super::http;
use super::tools;
use crate::step::{Ended, finish, read};
use crate::{root, target};

/// The project that is packaged and deployed, and its package.
const FIXTURE: &str = "fixtures/projects/guestbook";
pub(crate) const PACKAGE: &str = "guestbook";
/// What the Debian folder runs.
const TARGET: &str = "debian12";

/// A line of the site that a change may touch.
const GREETING: (&str, &str) = ("guestbook/templates/guestbook/base.html", "Thank you for stopping by.");

/// A check's own folder; empty at the start, kept when the check fails.
pub(crate) struct Lab<'a> {
    pub(crate) sh: &'a Shell,
    pub(crate) dir: PathBuf,
}

impl<'a> Lab<'a> {
    pub(crate) fn new(sh: &'a Shell, name: &str) -> Result<Self> {
        let dir = target().join("real").join(name);
        sh.remove_path(&dir)?;
        sh.create_dir(&dir)?;
        sh.set_var("PATH", tools::path());
        Ok(Self { sh, dir })
    }

    /// What passed needs no second look.
    pub(crate) fn clean(&self) -> Result<()> {
        Ok(self.sh.remove_path(&self.dir)?)
    }

    /// The program under test.
    pub(crate) fn program(&self) -> PathBuf {
        target().join("release/pydeploy")
    }

    pub(crate) fn pydeploy(&self) -> Cmd<'a> {
        self.sh.cmd(self.program())
    }

    /// A copy of the fixture, committed to a repository of its own.
    pub(crate) fn site(&self, name: &str) -> Result<Site<'_>> {
        let site = Site {
            lab: self,
            dir: self.dir.join(name),
        };
        let (fixture, copy) = (root().join(FIXTURE), &site.dir);
        self.sh.create_dir(copy)?;
        // What an earlier run left beside the project would be a head start.
        let script = r#"tar -C "$1" --exclude=./.pydeploy -cf - . | tar -C "$2" -xf -"#;
        read(cmd!(self.sh, "sh -c {script} copy {fixture} {copy}"))?;
        read(cmd!(self.sh, "git init --quiet {copy}"))?;
        site.commit("Start")?;
        Ok(site)
    }

    /// The same commit in another folder.
    pub(crate) fn clone_of(&self, site: &Site<'_>, name: &str) -> Result<Site<'_>> {
        let (from, dir) = (&site.dir, self.dir.join(name));
        read(cmd!(self.sh, "git clone --quiet {from} {dir}"))?;
        Ok(Site { lab: self, dir })
    }

    /// Copies the shared cache's downloads, and nothing that was computed from them.
    pub(crate) fn copy_wheels(&self, copy: &Path) -> Result<()> {
        let (sh, from) = (self.sh, cache());
        sh.create_dir(&from)?;
        read(cmd!(sh, "cp --archive {from} {copy}"))?;
        read(cmd!(sh, "find {copy} -type f -not -name *.whl -delete")).map(drop)
    }

    /// The package of an unchanged site.
    pub(crate) fn package(&self, version: &str) -> Result<PathBuf> {
        self.site("site")?.build(version)
    }
}

/// Downloads are shared by all checks.
pub(crate) fn cache() -> PathBuf {
    target().join("real/cache")
}

/// A project under test.
pub(crate) struct Site<'a> {
    lab: &'a Lab<'a>,
    pub(crate) dir: PathBuf,
}

impl Site<'_> {
    /// Commits everything.
    pub(crate) fn commit(&self, message: &str) -> Result<()> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message])
    }

    /// Takes the last commit back with a new one.
    pub(crate) fn revert(&self) -> Result<()> {
        self.git(&["revert", "--no-edit", "HEAD"])
    }

    fn git(&self, args: &[&str]) -> Result<()> {
        let (sh, dir) = (self.lab.sh, &self.dir);
        let identity = [
            "-c",
            "user.name=Site",
            "-c",
            "user.email=site@example.org",
            "-c",
            "commit.gpgSign=false",
        ];
        read(cmd!(sh, "git -C {dir} {identity...} {args...}")).map(drop)
    }

    pub(crate) fn write(&self, file: &str, text: &str) -> Result<()> {
        Ok(self.lab.sh.write_file(self.dir.join(file), text)?)
    }

    pub(crate) fn replace(&self, file: &str, from: &str, to: &str) -> Result<()> {
        let text = self.lab.sh.read_file(self.dir.join(file))?;
        ensure!(text.contains(from), "{file} of the fixture does not hold {from:?}");
        self.write(file, &text.replace(from, to))
    }

    /// Changes one line that every page shows.
    pub(crate) fn greet(&self, greeting: &str) -> Result<()> {
        self.replace(GREETING.0, GREETING.1, greeting)?;
        self.commit("Another greeting")
    }

    /// A package with the version given.
    pub(crate) fn build(&self, version: &str) -> Result<PathBuf> {
        self.build_for(TARGET, version)
    }

    pub(crate) fn build_for(&self, target: &str, version: &str) -> Result<PathBuf> {
        let output = self.dir.with_extension(format!("{target}.{version}.out"));
        let build = ["build", "--format", "deb", "--target", target, "--version", version];
        let build = self.lab.pydeploy().args(build).arg("--output").arg(&output);
        read(build.arg("--cache").arg(cache()).arg(&self.dir))?;
        only_package(self.lab.sh, &output)
    }

    /// Ships to a host of its own, which answers at `address`.
    pub(crate) fn ship(&self, address: &str, more: &[&str]) -> Result<Ended> {
        let command = self
            .lab
            .pydeploy()
            .args(["ship", "--target", TARGET, "--listen", address])
            .args(more);
        finish(command.arg("--cache").arg(cache()).arg(&self.dir))
    }

    /// Ships and returns the version that was shipped.
    pub(crate) fn shipped(&self, address: &str, more: &[&str]) -> Result<String> {
        let ended = self.ship(address, more)?;
        ensure!(ended.success(), "{ended}");
        let mut said = ended.stdout.lines();
        let version = said.find(|line| line.starts_with(|c: char| c.is_ascii_digit()) && !line.contains(' '));
        version
            .map(str::to_owned)
            .with_context(|| format!("no version in what ship said:\n{ended}"))
    }

    /// A command about the local host.
    pub(crate) fn on_host(&self, verb: &str, more: &[&str]) -> Result<String> {
        read(self.lab.pydeploy().arg(verb).args(more).arg(&self.dir))
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.dir.join(".pydeploy")
    }

    /// Stops the site when dropped, however the check ends.
    pub(crate) fn stop_at_the_end(&self) -> Stop<'_> {
        Stop(self)
    }
}

/// Stops a site that `ship` started.
pub(crate) struct Stop<'a>(&'a Site<'a>);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        // Already stopped is as good.
        drop(self.0.on_host("stop", &[]));
    }
}

/// The only package in a folder.
pub(crate) fn only_package(sh: &Shell, dir: &Path) -> Result<PathBuf> {
    let mut files = sh.read_dir(dir)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "deb"));
    ensure!(
        files.len() == 1,
        "one package was expected in {}: {files:?}",
        dir.display()
    );
    Ok(files.remove(0))
}

/// Waits until the site says that it runs from `version`.
pub(crate) fn answers_with(address: &str, version: &str) -> Result<()> {
    let answer = http::wait_for(address, "/-/release")?;
    ensure!(
        answer.body.trim() == version,
        "{version} was expected to answer: {:?}",
        answer.body
    );
    let page = http::get(address, "/")?;
    ensure!(
        page.status == 200 && page.body.contains(version),
        "the page does not show {version}:\n{}",
        page.body
    );
    Ok(())
}
