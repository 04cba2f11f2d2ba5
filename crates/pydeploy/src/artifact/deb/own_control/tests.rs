use std::fs;

use super::OwnControl;
use crate::artifact::testing::{demo, package, release};
use crate::release::Release;

const CONTROL: &str = "\
# A comment.
Source: site
Section: net
Maintainer: Other <other@example.org>
Build-Depends: debhelper

Package: site
Architecture: any
Pre-Depends: ${misc:Pre-Depends}
# Another one.
Depends: ${misc:Depends}, ${shlibs:Depends},
 ${python3:Depends}, postgresql-client (>=15) | mariadb-client,
 libx1 [i386], liby1 [amd64]
Recommends: nginx
Provides: book (= ${binary:Version})
XB-Team: site
XS-Source-Only: yes
Description: a site of our own
 With more about it.
 .
 And more.
";

fn with(control: &str, check: impl FnOnce(Release, &std::path::Path)) {
    let dir = tempfile::tempdir().unwrap();
    let release = release(dir.path(), "1.0", &[demo()]);
    fs::create_dir_all(dir.path().join("project/debian")).unwrap();
    fs::write(dir.path().join("project/debian/control"), control).unwrap();
    check(release, dir.path());
}

#[test]
fn its_fields_are_those_of_the_package() {
    with(CONTROL, |release, dir| {
        let deb = crate::artifact::deb::Deb::open(&package(&release, dir)).unwrap();
        let fields: Vec<_> = deb
            .control()
            .fields()
            .filter(|field| field.0 != "Installed-Size")
            .collect();
        let expect = [
            ("Package", "site"),
            ("Version", "1.0"),
            ("Architecture", "amd64"),
            ("Maintainer", "Other <other@example.org>"),
            (
                "Depends",
                "adduser, liby1, postgresql-client (>= 15) | mariadb-client, python3.11",
            ),
            ("Recommends", "nginx"),
            ("Provides", "book (= 1.0)"),
            ("Section", "net"),
            ("Priority", "optional"),
            ("Team", "site"),
            ("Description", "a site of our own\nWith more about it.\n\nAnd more."),
        ];
        assert_eq!(fields, expect);
    });
}

#[test]
fn what_cannot_be_honoured_is_named_with_its_line() {
    let own = |more: &str| format!("Package: site\nArchitecture: all\n{more}\n");
    for (control, expect) in [
        (
            own("Depends: a1,\n b1, ${perl:Depends}"),
            "4: the variable `${perl:Depends}` is not known",
        ),
        (own("# x\nSuggests: a1 (> 2)"), "4: `a1 (> 2)` is no relation"),
        (own("Conflicts: a1 | b1"), "3: `a1 | b1` has alternatives"),
        (
            own("Provides: a1 (>= 1)"),
            "3: `a1 (>= 1)` has a version that is not exact",
        ),
        (own("Essential: yes"), "3: `Essential: yes` is not for an application"),
        (own("Multi-Arch: same"), "3: `Multi-Arch: same` is not for"),
        (own("Colour: red"), "3: the field `Colour` is not known"),
        (own("#\nPriority optional"), "4: unexpected line without a colon"),
        (
            own("").replace("site", "book"),
            "1: there is no paragraph with `Package: site`",
        ),
        (
            own("").replace("all", "armhf"),
            "2: `Architecture: armhf`, and the target is amd64",
        ),
    ] {
        with(&control, |release, dir| {
            let loaded = OwnControl::load(&release);
            let error = loaded.and_then(|own| own.architecture(&release, "all")).unwrap_err();
            let file = dir.join("project/debian/control");
            let message = error.to_string().replace(&format!("{}:", file.display()), "");
            assert!(message.starts_with(expect), "{control}: {message}");
            assert!(error.hint().is_some());
        });
    }
}

#[test]
fn compiled_files_are_for_one_architecture() {
    with("Package: site\nArchitecture: all\n", |release, _| {
        let own = OwnControl::load(&release).unwrap();
        assert_eq!(own.architecture(&release, "all").unwrap(), "all");
        let error = own.architecture(&release, "amd64").unwrap_err().to_string();
        assert!(
            error.ends_with("control:2: `Architecture: all`, and the release holds files that are compiled for amd64")
        );
    });
}
