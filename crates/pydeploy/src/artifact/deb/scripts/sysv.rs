//! Init scripts, as debhelper's own snippets treat them (`dh_installinit(1)`). Where systemd runs, its unit of the same
//! name is what starts and stops.

use super::INSTALLED;
use crate::config::PackageName;

/// A removal made the script one that cannot be run.
pub(super) fn preinst(script: &str) -> String {
    format!(
        r#"if [ "$1" = install ] && [ -n "$2" ] && [ -e /etc/init.d/{script} ]; then
    chmod +x /etc/init.d/{script} >/dev/null || true
fi
"#
    )
}

pub(super) fn postinst(script: &str) -> String {
    format!(
        r#"if [ -z "${{DPKG_ROOT:-}}" ] && [ -x /etc/init.d/{script} ]; then
    case "$1" in
    {INSTALLED})
        update-rc.d {script} defaults >/dev/null
        if [ -n "$2" ]; then
            invoke-rc.d --skip-systemd-native {script} restart || exit 1
        else
            invoke-rc.d --skip-systemd-native {script} start || exit 1
        fi
        ;;
    triggered)
        invoke-rc.d --skip-systemd-native {script} try-restart || true
        ;;
    esac
fi
"#
    )
}

pub(super) fn prerm(script: &str) -> String {
    format!(
        r#"if [ "$1" = remove ] && [ -z "${{DPKG_ROOT:-}}" ] && [ -x /etc/init.d/{script} ]; then
    invoke-rc.d --skip-systemd-native {script} stop || exit 1
fi
"#
    )
}

pub(super) fn postrm(script: &str) -> String {
    format!(
        r#"if [ "$1" = remove ] && [ -x /etc/init.d/{script} ]; then
    chmod -x /etc/init.d/{script} >/dev/null || true
fi
if [ "$1" = purge ] && [ -z "${{DPKG_ROOT:-}}" ]; then
    update-rc.d {script} remove >/dev/null
fi
"#
    )
}

pub(super) fn lintian_overrides(name: &PackageName) -> String {
    format!(
        "# The package that knows the option is essential, and new enough, in every target.\n\
         {name}: skip-systemd-native-flag-missing-pre-depends *\n"
    )
}
