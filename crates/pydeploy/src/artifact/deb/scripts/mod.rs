//! Maintainer scripts: what dpkg runs around unpacking and removing ([Debian Policy, chapter 6]).
//!
//! Each script is put together from snippets, one for each concern, in the order of what they need: the user before the
//! folders, the folders before the units. A snippet says itself when it has anything to do; none ends the script.
//!
//! | called | and then |
//! |---|---|
//! | `preinst install`, `postrm abort-install` | nothing |
//! | `preinst upgrade` | what the new version lacks, or has elsewhere, is stopped: only the old one can say what that is |
//! | `prerm upgrade`, `failed-upgrade`, `deconfigure` | nothing is stopped: the old version serves until the new one is there |
//! | `postinst configure` | user, folders, secrets; units are enabled and started, or restarted after an upgrade |
//! | `postinst abort-upgrade`, `abort-remove`, `abort-deconfigure` | the same for the units: what was stopped runs again |
//! | `postinst triggered` | what runs is restarted, with the new interpreter |
//! | `prerm remove` | units are stopped |
//! | `postrm remove`, `purge` | units are forgotten; data, logs, secrets and user go with a purge |
//! | `postrm abort-upgrade` | init scripts that the new version lacks are put back |
//! | `postrm upgrade`, `failed-upgrade`, `disappear` | nothing |
//!
//! [Debian Policy, chapter 6]: https://www.debian.org/doc/debian-policy/ch-maintainerscripts.html

mod account;
mod dropped;
mod environment;
mod folders;
mod own;
mod systemd;
mod sysv;
#[cfg(test)]
mod tests;

pub use own::{OwnScriptError, OwnScripts};

use super::bytecode;
use super::init_script;
use super::units::Unit;
use crate::release::Release;

/// The interpreter of the target: when its package changes, the services restart.
pub(super) fn triggers(release: &Release) -> String {
    format!("interest-noawait {}\n", release.target.interpreter())
}

/// The scripts of a package by name, each whole.
pub(super) fn scripts(release: &Release, units: &[Unit], own: &OwnScripts) -> Vec<(&'static str, String)> {
    let name = &release.project.name;
    let scripts: Vec<_> = init_script::services(release)
        .map(|service| service.unit(name))
        .collect();
    let sysv = |snippet: fn(&str) -> String| scripts.iter().map(|script| snippet(script)).collect();
    let snippets = [
        (
            "preinst",
            vec![
                systemd::preinst(release, units),
                dropped::preinst(name, &scripts),
                sysv(sysv::preinst),
            ],
        ),
        (
            "postinst",
            vec![
                account::postinst(name),
                folders::postinst(name),
                environment::postinst(name, &release.project.environment.generate),
                bytecode::postinst(release),
                dropped::postinst(name),
                systemd::postinst(units),
                sysv(sysv::postinst),
            ],
        ),
        (
            "prerm",
            vec![systemd::prerm(units), sysv(sysv::prerm), bytecode::prerm(release)],
        ),
        (
            "postrm",
            vec![
                systemd::postrm(units),
                sysv(sysv::postrm),
                dropped::postrm(name),
                environment::postrm(name),
                folders::postrm(name),
                account::postrm(name),
            ],
        ),
    ];
    snippets
        .into_iter()
        .map(|(script, snippets)| (script, own.around(script, &joined(&snippets))))
        .collect()
}

/// What Debian's reviewer says of the scripts, and why it is right here.
pub(super) fn lintian_overrides(release: &Release) -> String {
    let name = &release.project.name;
    let sysv = init_script::services(release).next();
    dropped::lintian_overrides(name) + &sysv.map_or_else(String::new, |_| sysv::lintian_overrides(name))
}

fn joined(snippets: &[String]) -> String {
    let present = snippets.iter().filter(|snippet| !snippet.is_empty());
    let texts: Vec<_> = present.map(String::as_str).collect();
    texts.join("\n")
}

/// Actions of `postinst` after which the package is installed.
const INSTALLED: &str = "configure | abort-upgrade | abort-deconfigure | abort-remove";
