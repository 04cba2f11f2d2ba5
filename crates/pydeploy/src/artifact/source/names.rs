//! What the files of a source package are called.

use crate::digest::Sha256;
use crate::release::Release;

/// Names without a version's epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) package: String,
    /// Without epoch.
    version: String,
    /// Without epoch and revision; the same as the version when it has none.
    upstream: String,
    /// The folder of the wheels.
    pub(super) wheels: String,
}

impl Names {
    /// `wheels` are the digests of the wheels with their names.
    pub(super) fn of(release: &Release, wheels: &[(String, Sha256)]) -> Self {
        let mut names = Self {
            package: release.project.name.to_string(),
            version: release.version.without_epoch().to_owned(),
            upstream: release.version.upstream().to_owned(),
            wheels: "wheels".to_owned(),
        };
        if !names.is_native() {
            names.wheels = format!("wheels-{}", digest(wheels));
        }
        names
    }

    pub(super) fn is_native(&self) -> bool {
        self.version == self.upstream
    }

    pub(super) fn format(&self) -> &'static str {
        match self.is_native() {
            true => "3.0 (native)",
            false => "3.0 (quilt)",
        }
    }

    /// The folder that the source package unpacks to.
    pub(super) fn folder(&self) -> String {
        format!("{}-{}", self.package, self.upstream)
    }

    pub(super) fn native(&self) -> String {
        format!("{}_{}.tar.gz", self.package, self.version)
    }

    pub(super) fn application(&self) -> String {
        format!("{}_{}.orig.tar.gz", self.package, self.upstream)
    }

    /// The name of a component becomes that of the folder that it is unpacked to.
    pub(super) fn component(&self) -> String {
        format!("{}_{}.orig-{}.tar.gz", self.package, self.upstream, self.wheels)
    }

    pub(super) fn debian(&self) -> String {
        format!("{}_{}.debian.tar.gz", self.package, self.version)
    }

    pub(super) fn dsc(&self) -> String {
        format!("{}_{}.dsc", self.package, self.version)
    }

    pub(super) fn changes(&self) -> String {
        format!("{}_{}_source.changes", self.package, self.version)
    }
}

/// The first digits of a digest over all wheels: enough to tell the wheels of one version from each other.
fn digest(wheels: &[(String, Sha256)]) -> String {
    let lines: String = wheels
        .iter()
        .map(|(file, sha256)| format!("{sha256}  {file}\n"))
        .collect();
    let mut digest = Sha256::of(lines.as_bytes()).to_string();
    digest.truncate(12);
    digest
}
