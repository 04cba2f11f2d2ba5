//! The system user that the services run as.

use crate::config::PackageName;

pub(super) fn postinst(name: &PackageName) -> String {
    format!(
        r#"if [ "$1" = configure ] && ! getent passwd {name} >/dev/null; then
    adduser --system --group --quiet --no-create-home --home /var/lib/{name} \
        --gecos "{name} service" {name}
fi
"#
    )
}

pub(super) fn postrm(name: &PackageName) -> String {
    format!(
        r#"if [ "$1" = purge ] && getent passwd {name} >/dev/null && [ -x /usr/sbin/deluser ]; then
    deluser --system --quiet {name} >/dev/null || true
fi
"#
    )
}
