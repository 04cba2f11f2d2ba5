//! Debian's own tools take the source package for one of theirs, and what they build of it is our package.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use xshell::cmd;

use super::lab::{Lab, PACKAGE, Site, cache, only_package};
use super::{Check, tools};
use crate::step::{finish, read};

pub(crate) const CHECK: Check = Check {
    name: "source",
    about: "dpkg-buildpackage, without network and without root, makes our package of our source package",
    needs: &[
        tools::Need::Root,
        tools::GIT,
        tools::GNUPG,
        tools::DPKG_DEV,
        tools::DEVSCRIPTS,
        tools::BUILD_ESSENTIAL,
        tools::DPUT,
        tools::LINTIAN,
        tools::PYTHON_3_11,
    ],
    run,
};

/// After the changelog's dates.
const AT: &str = "1795000000";
const SUFFIX: &str = "~bookworm1";
const KEY: &str = "Site <site@example.org>";

/// What lintian may say: the fixture's earlier versions have no revision, and one of these does.
const EXPECTED: &str = "odd-historical-debian-changelog-version";

fn run(lab: &Lab<'_>) -> Result<()> {
    let site = lab.site("site")?;
    let home = keyring(lab)?;
    let _home = lab.sh.push_env("GNUPGHOME", &home);
    let _epoch = lab.sh.push_env("SOURCE_DATE_EPOCH", AT);
    for version in ["1.2.0", "1.2.0-1"] {
        let made = Made::new(lab, &site, version)?;
        made.unpacks_and_is_described_alike(lab)?;
        made.builds_our_package(lab)?;
        made.is_signed(lab, &site)?;
        made.is_reviewed(lab)?;
        made.is_the_same_elsewhere(lab, &site)?;
    }
    Ok(())
}

/// A keyring with a key of its own, whose path is short enough for the socket of an agent.
fn keyring(lab: &Lab<'_>) -> Result<PathBuf> {
    let sh = lab.sh;
    let home = PathBuf::from(read(cmd!(sh, "mktemp --directory"))?.trim());
    let unlocked = ["--batch", "--pinentry-mode", "loopback", "--passphrase", ""];
    let generate = cmd!(sh, "gpg {unlocked...} --quick-generate-key {KEY} ed25519 sign never");
    read(generate.env("GNUPGHOME", &home))?;
    Ok(home)
}

/// A source package, and the package of the same release.
struct Made {
    /// The version, with the end that says for which series it is.
    version: String,
    /// Where both were written.
    dir: PathBuf,
    changes: PathBuf,
}

impl Made {
    fn new(lab: &Lab<'_>, site: &Site<'_>, version: &str) -> Result<Self> {
        let dir = lab.dir.join(version);
        let changes = build(lab, site, version, &dir, &[])?;
        Ok(Self {
            version: format!("{version}{SUFFIX}"),
            dir,
            changes,
        })
    }

    fn base(&self) -> &str {
        self.version.strip_suffix(SUFFIX).unwrap_or(&self.version)
    }

    fn dsc(&self) -> PathBuf {
        self.dir.join(format!("{PACKAGE}_{}.dsc", self.version))
    }

    /// dpkg-genchanges writes the very same upload; dpkg-source has other tarballs, and the same to say about them.
    fn unpacks_and_is_described_alike(&self, lab: &Lab<'_>) -> Result<()> {
        let (sh, dsc, own) = (lab.sh, self.dsc(), lab.dir.join("own"));
        let tree = own.join("tree");
        sh.remove_path(&own)?;
        sh.create_dir(&own)?;
        for file in sh.read_dir(&self.dir)? {
            sh.copy_file(&file, &own)?;
        }
        read(cmd!(sh, "dpkg-source --extract {dsc} {tree}"))?;
        let inside = sh.push_dir(&tree);
        let changes = read(cmd!(sh, "dpkg-genchanges --build=source -sa"))?;
        ensure!(
            changes == sh.read_file(&self.changes)?,
            "dpkg-genchanges writes:\n{changes}"
        );
        drop(inside);
        // It replaces the copy of ours, and looks for tarballs beside the folder where it is run.
        let theirs = own.join(dsc.file_name().unwrap_or_default());
        sh.remove_path(&theirs)?;
        let _beside = sh.push_dir(&own);
        read(cmd!(sh, "dpkg-source --build tree"))?;
        let (ours, theirs) = (sh.read_file(&dsc)?, sh.read_file(theirs)?);
        ensure!(facts(&ours) == facts(&theirs), "dpkg-source writes:\n{theirs}");
        Ok(())
    }

    /// As a builder does: another user, no network, a folder of its own.
    fn builds_our_package(&self, lab: &Lab<'_>) -> Result<()> {
        let sh = lab.sh;
        let place = sh.create_temp_dir()?;
        let (dsc, place) = (self.dsc(), place.path());
        let tree = place.join("tree");
        read(cmd!(sh, "dpkg-source --extract {dsc} {tree}"))?;
        read(cmd!(sh, "chown --recursive nobody: {place}"))?;
        let _inside = sh.push_dir(&tree);
        let nobody = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"];
        let build = cmd!(
            sh,
            "unshare --net setpriv {nobody...} dpkg-buildpackage --build=binary -uc -us"
        );
        read(build.env("HOME", "/nonexistent").env_remove("SOURCE_DATE_EPOCH"))?;
        self.compare(lab, &only_package(sh, place)?)
    }

    /// File for file, and every word of the control files.
    fn compare(&self, lab: &Lab<'_>, theirs: &Path) -> Result<()> {
        let (sh, ours) = (lab.sh, only_package(lab.sh, &self.dir)?);
        read(lab.pydeploy().arg("verify").arg(theirs))?;
        let difference = read(lab.pydeploy().args(["diff", "--format", "json"]).arg(&ours).arg(theirs))?;
        ensure!(
            difference.contains("\"files\": []"),
            "the packages differ:\n{difference}"
        );
        let [one, two] = ["ours", "theirs"].map(|name| lab.dir.join(name));
        for (package, place) in [(&ours, &one), (&theirs.to_owned(), &two)] {
            sh.remove_path(place)?;
            read(cmd!(sh, "dpkg-deb --control {package} {place}"))?;
        }
        // A comment of ours holds the digest of our data archive.
        let but = "--ignore-matching-lines=^# data.tar.* has sha256 ";
        read(cmd!(sh, "diff --recursive {but} {one} {two}")).map(drop)
    }

    /// The tools that look at an upload before it is sent find a good signature around the text that is not signed.
    fn is_signed(&self, lab: &Lab<'_>, site: &Site<'_>) -> Result<()> {
        let (sh, dir) = (lab.sh, lab.dir.join("signed"));
        sh.remove_path(&dir)?;
        let changes = build(lab, site, self.base(), &dir, &["--sign", KEY])?;
        let keyring = lab.dir.join("public.gpg");
        let public = ["--batch", "--yes", "--output"];
        read(cmd!(sh, "gpg {public...} {keyring} --export {KEY}"))?;
        read(cmd!(
            sh,
            "dscverify --no-default-keyrings --keyring {keyring} {changes}"
        ))?;
        let dsc = dir.join(self.dsc().file_name().unwrap_or_default());
        let signed = read(cmd!(sh, "gpg --batch --quiet --decrypt {dsc}"))?;
        ensure!(signed == sh.read_file(self.dsc())?, "another text is signed:\n{signed}");
        let (hosts, incoming) = (lab.dir.join("dput.cf"), lab.dir.join("incoming"));
        let host = format!(
            "[local]\nmethod = local\nincoming = {}\nrun_dinstall = 0\n",
            incoming.display()
        );
        sh.create_dir(&incoming)?;
        sh.write_file(&hosts, host)?;
        read(cmd!(sh, "dput --config {hosts} local {changes}"))?;
        for sent in sh.read_dir(&incoming)? {
            let name = sent.file_name().unwrap_or_default();
            read(lab.sh.cmd("cmp").arg(&sent).arg(dir.join(name)))?;
        }
        ensure!(
            incoming.join(changes.file_name().unwrap_or_default()).exists(),
            "the upload was not sent"
        );
        sh.remove_path(&incoming)?;
        Ok(())
    }

    fn is_reviewed(&self, lab: &Lab<'_>) -> Result<()> {
        let changes = &self.changes;
        let ended = finish(cmd!(
            lab.sh,
            "lintian --no-cfg --allow-root --fail-on none --tag-display-limit 0 --display-info {changes}"
        ))?;
        ensure!(ended.success(), "{ended}");
        let unexpected = |line: &&str| !line.starts_with("N: ") && !line.contains(EXPECTED);
        let unexpected: Vec<&str> = ended.stdout.lines().filter(unexpected).collect();
        ensure!(unexpected.is_empty(), "{}", unexpected.join("\n"));
        Ok(())
    }

    fn is_the_same_elsewhere(&self, lab: &Lab<'_>, site: &Site<'_>) -> Result<()> {
        let sh = lab.sh;
        let other = lab.clone_of(site, &format!("a second/{}", self.base()))?;
        let dir = lab.dir.join("another");
        sh.remove_path(&dir)?;
        build(lab, &other, self.base(), &dir, &[])?;
        let (one, two) = (&self.dir, &dir);
        read(cmd!(sh, "diff --recursive {one} {two}")).map(drop)
    }
}

/// Writes package and source package, and returns the `.changes` file.
fn build(lab: &Lab<'_>, site: &Site<'_>, version: &str, dir: &Path, more: &[&str]) -> Result<PathBuf> {
    let series = ["--distribution", "bookworm", "--version-suffix", SUFFIX];
    let fixed = [
        "build",
        "--format",
        "deb,source",
        "--target",
        "debian12",
        "--version",
        version,
    ];
    let build = lab
        .pydeploy()
        .args(fixed)
        .args(series)
        .args(more)
        .arg("--output")
        .arg(dir);
    let said = read(build.arg("--cache").arg(cache()).arg(&site.dir))?;
    let changes = said.lines().find(|line| line.ends_with("_source.changes"));
    changes
        .map(PathBuf::from)
        .with_context(|| format!("no upload was written:\n{said}"))
}

/// The fields of a `.dsc` file, but for the digests of its tarballs.
fn facts(dsc: &str) -> String {
    let end = dsc.find("\nChecksums-Sha1:").unwrap_or(dsc.len());
    dsc[..end].to_owned()
}
