//! Units, as debhelper's own snippets treat them (`dh_installsystemd(1)`, `deb-systemd-helper(1p)`): what an administrator
//! has disabled or masked stays so, and nothing is started that is not enabled.
//!
//! What they do not do is looked after here: sockets stay open during an upgrade, and a unit that a new version no longer
//! has does not run on.

use super::super::units::{self, Kind, Unit};
use super::INSTALLED;
use crate::release::Release;

/// The units of an installed package, in what `dpkg-query --listfiles` prints; what a project lays over `/etc` is its own
/// affair.
const INSTALLED_UNITS: &str = r"s,^\(/usr\)\?/lib/systemd/system/\([^/]*\.\(service\|socket\|timer\)\)$,\2,p";
/// The units of a removed package, in its own `postrm`.
const REMOVED_UNITS: &str = r"s,^ *deb-systemd-helper purge \(.*\) >/dev/null.*,\1,p";

/// Before the files of a new version are there. Afterwards nobody knows the units that it has no more: their files go, and
/// so does the script that would forget them.
pub(super) fn preinst(release: &Release, units: &[Unit]) -> String {
    let name = &release.project.name;
    let folder = units::folder(&release.target);
    let kept: Vec<_> = units.iter().map(|unit| unit.name.as_str()).collect();
    let kept = kept.join(" | ");
    let moved: String = units.iter().filter_map(|unit| moved(unit, folder)).collect();
    format!(
        r#"units=
if [ "$1" = upgrade ]; then
    units=$(dpkg-query --listfiles {name} 2>/dev/null | sed -n '{INSTALLED_UNITS}')
elif [ "$1" = install ] && [ -n "$2" ]; then
    units=$(sed -n '{REMOVED_UNITS}' "$(dpkg-query --control-path {name} postrm 2>/dev/null)" 2>/dev/null || true)
fi
for unit in $units; do
    case "$unit" in
    {kept}) continue ;;
    esac
    if [ -z "${{DPKG_ROOT:-}}" ] && [ -d /run/systemd/system ]; then
        deb-systemd-invoke stop "$unit" >/dev/null || true
    fi
    deb-systemd-helper purge "$unit" >/dev/null || true
    rm -f "/var/lib/systemd/timers/stamp-$unit"
done
{moved}"#
    )
}

/// An open socket does not move when its file says another place.
fn moved(unit: &Unit, folder: &str) -> Option<String> {
    let Kind::Socket(address) = unit.kind else { return None };
    let service = unit.name.replace(".socket", ".service");
    let socket = &unit.name;
    Some(format!(
        r#"if [ "$1" = upgrade ] && [ -z "${{DPKG_ROOT:-}}" ] && [ -d /run/systemd/system ] &&
    [ -e /{folder}/{socket} ] && ! grep -qxF 'ListenStream={address}' /{folder}/{socket}; then
    deb-systemd-invoke stop {service} {socket} >/dev/null || true
fi
"#
    ))
}

pub(super) fn postinst(units: &[Unit]) -> String {
    let all = names(units, |kind| kind != Kind::Scheduled);
    let first = names(units, |kind| matches!(kind, Kind::Socket(_) | Kind::Timer));
    let services = names(units, |kind| kind == Kind::Service);
    let start = match first.as_str() {
        "" => String::new(),
        first => format!("\n        deb-systemd-invoke start {first} >/dev/null || true"),
    };
    let (restart, triggered) = match services.as_str() {
        "" => (String::new(), String::new()),
        services => (restart(services), triggered(services)),
    };
    format!(
        r#"case "$1" in
{INSTALLED})
    for unit in {all}; do
        deb-systemd-helper unmask "$unit" >/dev/null || true
        if deb-systemd-helper --quiet was-enabled "$unit"; then
            deb-systemd-helper enable "$unit" >/dev/null || true
        else
            deb-systemd-helper update-state "$unit" >/dev/null || true
        fi
    done
    if [ -z "${{DPKG_ROOT:-}}" ] && [ -d /run/systemd/system ]; then
        systemctl --system daemon-reload >/dev/null || true{start}{restart}
    fi
    ;;
{triggered}esac
"#
    )
}

/// An upgrade names the version before, a first installation none.
fn restart(services: &str) -> String {
    format!(
        r#"
        if [ -n "$2" ]; then
            deb-systemd-invoke restart {services} >/dev/null || true
        else
            deb-systemd-invoke start {services} >/dev/null || true
        fi"#
    )
}

fn triggered(services: &str) -> String {
    format!(
        r#"triggered)
    # The interpreter has changed: a process keeps the old one until it restarts.
    if [ -z "${{DPKG_ROOT:-}}" ] && [ -d /run/systemd/system ]; then
        deb-systemd-invoke try-restart {services} >/dev/null || true
    fi
    ;;
"#
    )
}

/// An upgrade goes on serving until the new files are there. What starts others stops first, or it would start them.
pub(super) fn prerm(units: &[Unit]) -> String {
    let (mut first, mut then): (Vec<_>, Vec<_>) = units.iter().partition(|unit| unit.kind == Kind::Timer);
    first.append(&mut then);
    let all = first.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>();
    format!(
        r#"if [ "$1" = remove ] && [ -z "${{DPKG_ROOT:-}}" ] && [ -d /run/systemd/system ]; then
    deb-systemd-invoke stop {} >/dev/null || true
fi
"#,
        all.join(" ")
    )
}

pub(super) fn postrm(units: &[Unit]) -> String {
    let all = names(units, |kind| kind != Kind::Scheduled);
    let timers = units.iter().filter(|unit| unit.kind == Kind::Timer);
    // When it ran last, so that systemd knows what it has missed.
    let stamps: String = timers
        .map(|timer| format!("    rm -f /var/lib/systemd/timers/stamp-{}\n", timer.name))
        .collect();
    format!(
        r#"if [ "$1" = remove ] && [ -z "${{DPKG_ROOT:-}}" ] && [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
fi
if [ "$1" = purge ]; then
    if [ -x /usr/bin/deb-systemd-helper ]; then
        deb-systemd-helper purge {all} >/dev/null || true
        deb-systemd-helper unmask {all} >/dev/null || true
    fi
{stamps}fi
"#
    )
}

fn names(units: &[Unit], wanted: impl Fn(Kind) -> bool) -> String {
    let names = units.iter().filter(|unit| wanted(unit.kind));
    names.map(|unit| unit.name.as_str()).collect::<Vec<_>>().join(" ")
}
