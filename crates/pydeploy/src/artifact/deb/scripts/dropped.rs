//! Init scripts that a new version no longer has.
//!
//! dpkg keeps a configuration file that no longer comes with a package. With an init script that is worse than untidy: it
//! goes on starting what the package has no more, and where systemd runs, so does the unit that it makes of the script. So
//! the script goes as every packager lets one go, by `rm_conffile` of `dpkg-maintscript-helper(1)`: one that nobody has
//! changed is removed, one that was changed becomes `NAME.dpkg-bak` until a purge, and an upgrade that fails brings it
//! back. `dh_installdeb(1)` wants to be told the name and the version for that; here dpkg's own list says what there was.

use crate::config::PackageName;

/// Stops what has only its script to stop it, and moves the script away; what systemd runs is systemd's to stop.
pub(super) fn preinst(name: &PackageName, kept: &[String]) -> String {
    let kept = match kept {
        [] => String::new(),
        scripts => format!("\n        {}) continue ;;", scripts.join(" | ")),
    };
    format!(
        r#"if [ "$1" != abort-upgrade ] && [ -n "$2" ]; then
    for script in $(dpkg-query --show --showformat='${{Conffiles}}\n' {name} 2>/dev/null |
        sed -n 's,^ /etc/init\.d/\([^ ]*\) .*,\1,p'); do
        case "$script" in{kept}
        {name} | {name}-*) ;;
        *) continue ;;
        esac
        if [ -z "${{DPKG_ROOT:-}}" ] && [ ! -d /run/systemd/system ] && [ -x "/etc/init.d/$script" ]; then
            invoke-rc.d "$script" stop || exit 1
        fi
        dpkg-maintscript-helper rm_conffile "/etc/init.d/$script" -- "$@"
    done
fi
"#
    )
}

/// Without the script, its links start nothing.
pub(super) fn postinst(name: &PackageName) -> String {
    format!(
        r#"if [ "$1" = configure ]; then
    for file in {files}; do
        case "$file" in
        *.dpkg-remove | *.dpkg-backup) ;;
        *) continue ;;
        esac
        script=$(basename "${{file%.dpkg-*}}")
        dpkg-maintscript-helper rm_conffile "/etc/init.d/$script" -- "$@"
        update-rc.d "$script" remove >/dev/null
    done
fi
"#,
        files = moved(name)
    )
}

/// At a purge, nobody knows any more whose a file was: a script of this package names its command.
pub(super) fn postrm(name: &PackageName) -> String {
    format!(
        r#"case "$1" in
abort-install | abort-upgrade | purge)
    for file in {files}; do
        case "$file" in
        *.dpkg-remove | *.dpkg-backup | *.dpkg-bak) ;;
        *) continue ;;
        esac
        if [ "$1" != purge ] || grep -qF '/usr/bin/{name}-run ' "$file"; then
            dpkg-maintscript-helper rm_conffile "/etc/init.d/$(basename "${{file%.dpkg-*}}")" -- "$@"
        fi
    done
    ;;
esac
"#,
        files = moved(name)
    )
}

/// Where the helper puts what it moves away.
fn moved(name: &PackageName) -> String {
    let folder = r#""${DPKG_ROOT:-}"/etc/init.d"#;
    format!("{folder}/{name}.dpkg-* {folder}/{name}-*.dpkg-*")
}

pub(super) fn lintian_overrides(name: &PackageName) -> String {
    format!(
        "# Generated for each version, as dh_installdeb(1) would from a list of versions that nobody has to keep here.\n\
         {name}: maintainer-script-should-not-use-dpkg-maintscript-helper *\n"
    )
}
