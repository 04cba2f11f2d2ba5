//! `debian/control`, `debian/rules` and what lintian is told about both.

use super::names::Names;
use crate::deb822::{InvalidField, Paragraph};
use crate::release::Release;

/// The edition of Debian Policy that was followed.
const POLICY: &str = "4.6.2";

/// Fields that `dpkg-gencontrol` takes from elsewhere, or from the paragraph of the source.
const NOT_OF_BINARY: [&str; 6] = [
    "Version",
    "Maintainer",
    "Installed-Size",
    "Section",
    "Priority",
    "Homepage",
];

/// Fields that `dpkg-gencontrol` copies; others have to be marked as meant for the binary package.
const KNOWN: [&str; 21] = [
    "Package",
    "Architecture",
    "Pre-Depends",
    "Depends",
    "Recommends",
    "Suggests",
    "Enhances",
    "Conflicts",
    "Breaks",
    "Replaces",
    "Provides",
    "Built-Using",
    "Static-Built-Using",
    "Multi-Arch",
    "Essential",
    "Protected",
    "Package-Type",
    "Tag",
    "Task",
    "Bugs",
    "Description",
];

/// The paragraph of the source, whose values go into the `.dsc` too.
pub(super) fn source(release: &Release, maintainer: &str, binary: &Paragraph) -> Result<Paragraph, InvalidField> {
    let mut source = Paragraph::new();
    source.push("Source", release.project.name.as_str())?;
    source.push("Section", binary.get("Section").unwrap_or("web"))?;
    source.push("Priority", binary.get("Priority").unwrap_or("optional"))?;
    source.push("Maintainer", maintainer)?;
    let interpreter = release.target.interpreter_package().unwrap_or("python3");
    source.push("Build-Depends", &format!("{interpreter}:any"))?;
    source.push("Standards-Version", POLICY)?;
    if let Some(homepage) = binary.get("Homepage") {
        source.push("Homepage", homepage)?;
    }
    source.push("Rules-Requires-Root", "no")?;
    Ok(source)
}

/// The paragraph of the binary package, from the control file of the package that pydeploy itself would write.
pub(super) fn binary(control: &Paragraph) -> Result<Paragraph, InvalidField> {
    let mut binary = Paragraph::new();
    let is = |name: &str, names: &[&str]| names.iter().any(|other| other.eq_ignore_ascii_case(name));
    for (name, value) in control.fields().filter(|(name, _)| !is(name, &NOT_OF_BINARY)) {
        // A variable that is none: `dpkg-gencontrol` would replace it by nothing (deb-substvars(5)).
        let value = value.replace("${", "${}{");
        match is(name, &KNOWN) {
            true => binary.push(name, &value)?,
            false => binary.push(&format!("XB-{name}"), &value)?,
        }
    }
    Ok(binary)
}

/// What `debian/rules` is made for.
pub(super) struct Rules<'a> {
    pub(super) package: &'a str,
    /// That of the binary package.
    pub(super) architecture: &'a str,
    /// In KiB: `dpkg-gencontrol` would count the control files too.
    pub(super) installed_size: &'a str,
    /// Path of the Python that runs the program.
    pub(super) interpreter: &'a str,
}

/// `debian/rules`.
///
/// Nothing of debhelper: it would strip, compress and rewrite files of wheels, whose RECORD holds their digests, and it
/// fails on libraries that wheels bring along. Builders of Ubuntu do so inside `dpkg-deb`, unless they are told not to.
pub(super) fn rules(rules: &Rules<'_>) -> String {
    let Rules {
        package,
        architecture,
        installed_size,
        interpreter,
    } = rules;
    let (ours, other) = match *architecture {
        "all" => ("binary-indep", "binary-arch"),
        _ => ("binary-arch", "binary-indep"),
    };
    format!(
        "#!/usr/bin/make -f\n\
         # Every file of the package lies in the wheels, in app or in debian, and is installed as it is there:\n\
         # debian/pydeploy/plan.jsonl says which goes where, and has the digest of each.\n\
         \n\
         include /usr/share/dpkg/pkg-info.mk\n\
         \n\
         TREE := debian/{package}\n\
         \n\
         # Nothing may change a file: its digest would no longer be right.\n\
         export NO_PKG_MANGLE := 1\n\
         \n\
         clean:\n\
         \trm -rf $(TREE) debian/files\n\
         \n\
         build build-arch build-indep {other}:\n\
         \n\
         binary: binary-arch binary-indep\n\
         \n\
         {ours}:\n\
         \trm -rf $(TREE)\n\
         \t{interpreter} -B debian/pydeploy/assemble.py $(TREE) $(DEB_VERSION)\n\
         \tdpkg-gencontrol -p{package} -P$(TREE) -VInstalled-Size={installed_size}\n\
         \tdpkg-deb --root-owner-group --build $(TREE) ..\n\
         \n\
         .PHONY: clean build build-arch build-indep binary binary-arch binary-indep\n"
    )
}

/// What is so by design, each with its reason.
pub(super) fn lintian_overrides(names: &Names, binary: &Paragraph) -> String {
    let package = &names.package;
    let mut lines = vec![
        "# debian/copyright is that of the package: it names files by where they are installed.".to_owned(),
        format!("{package} source: superfluous-file-pattern *"),
        "# debhelper would change files whose digests are known: debian/rules says more.".to_owned(),
        format!("{package} source: no-dh-sequencer *"),
    ];
    if !names.is_native() {
        lines.push(
            "# There is nothing to watch: every version is made by pydeploy, from the project itself.".to_owned(),
        );
        lines.push(format!("{package} source: debian-watch-file-is-missing *"));
        lines.push("# Wheels bring their licences along, and debian/copyright says where each lies.".to_owned());
        lines.push(format!("{package} source: add-component-copyright *"));
    }
    if binary.get("Depends").is_some_and(|depends| depends.contains("libc6")) {
        lines.push("# Nothing is compiled here: what was, in a wheel, says which C library it needs.".to_owned());
        lines.push(format!("{package} source: package-depends-on-hardcoded-libc *"));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deb822;

    #[test]
    fn fields_survive_dpkg_gencontrol() {
        let control = "Package: site\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@example.org>\n\
                       Installed-Size: 5\nDepends: adduser\nSection: web\nPython-Version: 3.11\n\
                       Description: costs ${price}, or $5\n and ${more}\n";
        let binary = binary(&deb822::parse_one(control.as_bytes()).unwrap()).unwrap();
        // With these, dpkg-gencontrol writes the fields that went in.
        insta::assert_snapshot!(binary.to_string(), @"
        Package: site
        Architecture: all
        Depends: adduser
        XB-Python-Version: 3.11
        Description: costs ${}{price}, or $5
         and ${}{more}
        ");
    }

    #[test]
    fn rules_build_for_the_architecture_that_the_package_has() {
        let rules = |architecture| {
            rules(&Rules {
                package: "site",
                architecture,
                installed_size: "5",
                interpreter: "/usr/bin/python3.11",
            })
        };
        let (all, amd64) = (rules("all"), rules("amd64"));
        assert!(
            all.contains("build-indep binary-arch:\n") && all.contains("\nbinary-indep:\n\trm"),
            "{all}"
        );
        assert!(
            amd64.contains("build-indep binary-indep:\n") && amd64.contains("\nbinary-arch:\n\trm"),
            "{amd64}"
        );
    }
}
