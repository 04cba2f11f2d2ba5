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

/// dpkg removes a folder with the last file in it, unless a package owns it: of `/opt`, which every system has and none
/// owns, nothing would be left.
pub(super) fn postrm(name: &PackageName) -> String {
    format!(
        r#"if [ "$1" = remove ] || [ "$1" = purge ]; then
    if [ ! -d /opt ]; then
        install -d -m 0755 /opt
    fi
fi
if [ "$1" = purge ]; then
    rm -rf /var/lib/{name} /var/log/{name}
fi
"#
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    /// What is left of a system's folders.
    fn after(action: &str, root: &Path) -> Vec<String> {
        let snippet = super::postrm(&"site".parse().unwrap());
        let place = |folder: &str| root.join(folder).display().to_string();
        let script = snippet.replace("/opt", &place("opt")).replace("/var", &place("var"));
        let mut shell = Command::new("sh");
        assert!(
            shell
                .args(["-ec", &script, "postrm", action])
                .status()
                .unwrap()
                .success()
        );
        let folders = ["opt", "var/lib", "var/lib/site", "var/log/site"].into_iter();
        folders
            .filter(|folder| root.join(folder).is_dir())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn what_a_system_has_stays_and_what_a_package_had_goes() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["var/lib/site", "var/log/site"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let data = ["var/lib", "var/lib/site", "var/log/site"];
        assert_eq!(after("upgrade", root.path()), data);
        assert_eq!(
            after("remove", root.path()),
            ["opt"].into_iter().chain(data).collect::<Vec<_>>()
        );
        std::fs::remove_dir(root.path().join("opt")).unwrap();
        assert_eq!(after("purge", root.path()), ["opt", "var/lib"]);
    }
}
