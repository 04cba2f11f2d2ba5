//! Maintainer scripts: what dpkg runs around unpacking and removing (Debian Policy, chapter 6).

use super::bytecode;
use crate::release::Release;

/// Adds the user, the folders, the secrets; enables and starts the units, or restarts the service after an upgrade: the
/// socket stays open meanwhile.
pub(super) fn postinst(release: &Release) -> String {
    let name = &release.project.name;
    let secrets: String = release
        .project
        .environment
        .generate
        .iter()
        .map(|variable| secret(variable))
        .collect();
    format!(
        r#"#!/bin/sh
set -e

add_user() {{
    if ! getent passwd {name} >/dev/null; then
        adduser --system --group --quiet --no-create-home --home /var/lib/{name} \
            --gecos "{name} service" {name}
    fi
}}

add_folders() {{
    if [ ! -d /var/lib/{name} ]; then
        install -d -o {name} -g {name} -m 0750 /var/lib/{name}
    fi
}}

# Only what is missing is added: what an administrator has set stays.
add_secret() {{
    if ! grep -q "^$1=" /etc/{name}/environment; then
        value=$(tr -dc A-Za-z0-9 </dev/urandom | head -c 50)
        echo "$1='$value'" >>/etc/{name}/environment
    fi
}}

add_environment() {{
    mkdir -p /etc/{name}
    if [ ! -e /etc/{name}/environment ]; then
        install -o root -g {name} -m 0640 /dev/null /etc/{name}/environment
    fi
{secrets}}}

enable_unit() {{
    deb-systemd-helper unmask "$1" >/dev/null || true
    if deb-systemd-helper --quiet was-enabled "$1"; then
        deb-systemd-helper enable "$1" >/dev/null || true
    else
        deb-systemd-helper update-state "$1" >/dev/null || true
    fi
}}

start_units() {{
    if [ ! -d /run/systemd/system ]; then
        return
    fi
    systemctl --system daemon-reload >/dev/null || true
    deb-systemd-invoke start {name}.socket >/dev/null || true
    if [ -n "$1" ]; then
        deb-systemd-invoke restart {name}.service >/dev/null || true
    else
        deb-systemd-invoke start {name}.service >/dev/null || true
    fi
}}

case "$1" in
configure)
    add_user
    add_folders
    add_environment
    ;;
esac

case "$1" in
configure | abort-upgrade | abort-deconfigure | abort-remove)
{compile}    enable_unit {name}.socket
    enable_unit {name}.service
    start_units "$2"
    ;;
triggered)
    # The interpreter has changed: a process keeps the old one until it restarts.
    if [ -d /run/systemd/system ]; then
        deb-systemd-invoke try-restart {name}.service >/dev/null || true
    fi
    ;;
esac
"#,
        compile = bytecode::postinst(release),
    )
}

fn secret(variable: &str) -> String {
    format!("    add_secret {variable}\n")
}

/// Stops the units before a removal; an upgrade goes on serving until the new files are there.
pub(super) fn prerm(release: &Release) -> String {
    let name = &release.project.name;
    format!(
        r#"#!/bin/sh
set -e

if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    deb-systemd-invoke stop {name}.service {name}.socket >/dev/null || true
fi

{compiled}"#,
        compiled = bytecode::prerm(release),
    )
}

/// Forgets the units, and on purge the data, the secrets and the user.
pub(super) fn postrm(release: &Release) -> String {
    let name = &release.project.name;
    format!(
        r#"#!/bin/sh
set -e

if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
fi

if [ "$1" = purge ]; then
    if [ -x /usr/bin/deb-systemd-helper ]; then
        deb-systemd-helper purge {name}.service {name}.socket >/dev/null || true
        deb-systemd-helper unmask {name}.service {name}.socket >/dev/null || true
    fi
    rm -f /etc/{name}/environment
    if [ -d /etc/{name} ]; then
        rmdir --ignore-fail-on-non-empty /etc/{name}
    fi
    rm -rf /var/lib/{name}
    if getent passwd {name} >/dev/null && [ -x /usr/sbin/deluser ]; then
        deluser --system --quiet {name} >/dev/null || true
    fi
fi
"#
    )
}

/// The interpreter of the target: when its package changes, the service restarts.
pub(super) fn triggers(release: &Release) -> String {
    format!("interest-noawait {}\n", release.target.interpreter())
}
