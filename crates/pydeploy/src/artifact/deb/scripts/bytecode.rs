//! What Python has written beside the sources, when it was run as root.

use crate::config::PackageName;

pub(super) fn prerm(name: &PackageName) -> String {
    format!(
        r#"if [ "$1" = remove ] || [ "$1" = upgrade ]; then
    find /opt/{name} -depth -type d -name __pycache__ -exec rm -rf {{}} + 2>/dev/null || true
fi
"#
    )
}
