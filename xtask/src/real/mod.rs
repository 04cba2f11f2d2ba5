//! Checks with real tools: each drives the built program and asks dpkg, apt, lintian or the running site.

pub(crate) mod applications;
mod apt;
mod bundle;
mod confined;
mod deb_tools;
mod debian;
mod depends;
mod disk_full;
mod http;
mod install;
pub(crate) mod lab;
mod libraries;
mod life;
mod lintian;
mod machine;
mod nginx;
mod piuparts;
mod releases;
mod reproducible;
mod service;
mod services;
mod ship;
mod source;
mod suite;
pub(crate) mod tools;
mod triggers;
pub(crate) mod wheels;
mod zip;

use anyhow::{Result, bail};

pub(crate) use lab::Lab;
use tools::Need;

/// One thing that must hold on a real machine.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    /// The claim, as a sentence.
    pub(crate) about: &'static str,
    pub(crate) needs: &'static [Need],
    pub(crate) run: fn(&Lab<'_>) -> Result<()>,
}

/// In the order in which they run: what is cheap and explains later failures comes first.
const CHECKS: &[&Check] = &[
    &wheels::CHECK,
    &deb_tools::CHECK,
    &depends::CHECK,
    &bundle::CHECK,
    &zip::CHECK,
    &libraries::CHECK,
    &source::CHECK,
    &disk_full::CHECK,
    &nginx::CHECK,
    &reproducible::CHECK,
    &lintian::CHECK,
    &ship::CHECK,
    &install::CHECK,
    &releases::CHECK,
    &piuparts::CHECK,
    &triggers::CHECK,
    &services::CHECK,
    &apt::CHECK,
    &applications::CHECK,
    &confined::CHECK,
];

/// The checks with these names, or all.
pub(crate) fn select(names: &[String]) -> Result<Vec<&'static Check>> {
    if let Some(unknown) = names
        .iter()
        .find(|name| !CHECKS.iter().any(|check| check.name == **name))
    {
        let known = CHECKS.iter().map(|check| check.name).collect::<Vec<_>>().join(", ");
        bail!("there is no check `{unknown}`; there are: {known}");
    }
    let wanted = |check: &&&Check| names.is_empty() || names.iter().any(|name| name == check.name);
    Ok(CHECKS.iter().filter(wanted).copied().collect())
}
