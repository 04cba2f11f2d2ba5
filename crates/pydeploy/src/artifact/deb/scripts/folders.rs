//! The folders of data and logs, there before a service is: migrations come first.

use crate::config::PackageName;

pub(super) fn postinst(name: &PackageName) -> String {
    format!(
        r#"if [ "$1" = configure ]; then
    for folder in /var/lib/{name} /var/log/{name}; do
        if [ ! -d "$folder" ]; then
            install -d -o {name} -g {name} -m 0750 "$folder"
        fi
    done
fi
"#
    )
}

pub(super) fn postrm(name: &PackageName) -> String {
    format!(
        r#"if [ "$1" = purge ]; then
    rm -rf /var/lib/{name} /var/log/{name}
fi
"#
    )
}
