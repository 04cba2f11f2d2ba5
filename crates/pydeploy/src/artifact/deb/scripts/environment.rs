//! The file of secrets, which no package holds.

use crate::config::PackageName;

/// Only what is missing is added: what an administrator has set stays.
pub(super) fn postinst(name: &PackageName, generate: &[String]) -> String {
    let file = format!("/etc/{name}/environment");
    let secrets = match generate {
        [] => String::new(),
        names => format!(
            r#"    for variable in {}; do
        if ! grep -q "^$variable=" {file}; then
            echo "$variable='$(tr -dc A-Za-z0-9 </dev/urandom | head -c 50)'" >>{file}
        fi
    done
"#,
            names.join(" ")
        ),
    };
    format!(
        r#"if [ "$1" = configure ]; then
    mkdir -p /etc/{name}
    if [ ! -e {file} ]; then
        install -o root -g {name} -m 0640 /dev/null {file}
    fi
{secrets}fi
"#
    )
}

pub(super) fn postrm(name: &PackageName) -> String {
    format!(
        r#"if [ "$1" = purge ]; then
    rm -f /etc/{name}/environment
    if [ -d /etc/{name} ]; then
        rmdir --ignore-fail-on-non-empty /etc/{name}
    fi
fi
"#
    )
}
