//! Control fields, the copyright file and lintian overrides.

use std::collections::BTreeSet;

use super::depends;
use super::own_control::{self, OwnControl};
use crate::artifact::WriteError;
use crate::config::Dependency;
use crate::deb822::{InvalidField, Paragraph};
use crate::python::WheelFilename;
use crate::release::{Layout, Release, ReleaseTree};

/// The control file.
pub(super) fn paragraph(
    release: &Release,
    facts: &Facts,
    maintainer: &str,
    installed_size: u64,
) -> Result<String, InvalidField> {
    let project = &release.project;
    let own = &facts.own;
    let maintainer = own
        .get("Maintainer")
        .filter(|_| project.maintainer.is_none())
        .unwrap_or(maintainer);
    let mut control = Paragraph::new();
    control.push("Package", project.name.as_str())?;
    control.push("Version", release.version.as_str())?;
    control.push("Architecture", &facts.architecture)?;
    control.push("Maintainer", maintainer)?;
    control.push("Installed-Size", &installed_size.to_string())?;
    push_relations(&mut control, release, facts)?;
    control.push("Section", own.get("Section").unwrap_or("web"))?;
    control.push("Priority", own.get("Priority").unwrap_or("optional"))?;
    for (name, value) in own
        .get("Multi-Arch")
        .map(|value| ("Multi-Arch", value))
        .into_iter()
        .chain(own.user_defined())
    {
        control.push(name, value)?;
    }
    if let Some(homepage) = own.get("Homepage").or(project.homepage.as_deref()) {
        control.push("Homepage", homepage)?;
    }
    match own.get("Description") {
        Some(description) => control.push("Description", description)?,
        None => control.push("Description", &description(release))?,
    }
    Ok(control.to_string())
}

fn push_relations(control: &mut Paragraph, release: &Release, facts: &Facts) -> Result<(), InvalidField> {
    for name in own_control::RELATIONS {
        let value = match name {
            "Depends" => depends(release, facts),
            other => joined(facts.own.relations(other)),
        };
        if !value.is_empty() {
            control.push(name, &value)?;
        }
    }
    Ok(())
}

fn joined(relations: &[Dependency]) -> String {
    let relations: Vec<_> = relations.iter().map(ToString::to_string).collect();
    relations.join(", ")
}

/// What the compiled files of a release and the project's own control file say about the package.
#[derive(Debug)]
pub(super) struct Facts {
    /// `all` when nothing is compiled.
    architecture: String,
    /// The packages of the libraries that are not in the release.
    libraries: Vec<Dependency>,
    own: OwnControl,
}

impl Facts {
    pub(super) fn of(release: &Release, tree: &ReleaseTree, layout: &Layout) -> Result<Self, WriteError> {
        let compiled = release.compiled(tree, layout)?;
        let pure = compiled.is_empty() && release.wheels().iter().all(|wheel| is_pure(wheel.filename()));
        let found = match pure {
            true => "all".to_owned(),
            false => release.target.arch().to_string(),
        };
        let own = OwnControl::load(release)?;
        Ok(Self {
            architecture: own.architecture(release, &found)?,
            libraries: depends::of(release, &compiled)?,
            own,
        })
    }
}

/// The interpreter, what the maintainer scripts call, libraries, and what the project adds; sorted.
fn depends(release: &Release, facts: &Facts) -> String {
    let own = ["adduser"].into_iter().chain(release.target.interpreter_package());
    let found = facts.libraries.iter().chain(&release.project.package.depends);
    let found = found.chain(facts.own.relations("Depends"));
    let all = own.map(str::to_owned).chain(found.map(ToString::to_string));
    let all: BTreeSet<String> = all.collect();
    Vec::from_iter(all).join(", ")
}

fn is_pure(wheel: &WheelFilename) -> bool {
    wheel.tags().all(|tag| tag.platform == "any")
}

fn description(release: &Release) -> String {
    let project = &release.project;
    let summary = if project.summary.is_empty() {
        project.name.as_str()
    } else {
        &project.summary
    };
    // A synopsis is one line without an article and a full stop at its ends (Debian Policy 3.4.1).
    let synopsis = summary.lines().next().unwrap_or_default().trim().trim_end_matches('.');
    let synopsis = ["A ", "An ", "The "]
        .iter()
        .find_map(|article| synopsis.strip_prefix(article))
        .unwrap_or(synopsis);
    format!(
        "{synopsis}\nThe application and the {count} Python distributions that it is locked to, in an\nenvironment of their own in /opt/{name}, which the interpreter of\n{interpreter} runs.",
        count = release.wheels().len(),
        name = project.name,
        interpreter = release
            .target
            .interpreter_package()
            .unwrap_or(release.target.interpreter()),
    )
}

/// Tags that are true by design, each with its reason.
pub(super) fn lintian_overrides(release: &Release) -> String {
    let name = &release.project.name;
    let mut lines = vec![
        "# The application lives below /opt, with its own environment, away from the distribution's files.".to_owned(),
        format!("{name}: dir-or-file-in-opt *"),
        "# dpkg reads zstd since 1.21.18, that is, in every target that gets it; lintian 2.116 does not know."
            .to_owned(),
        format!("{name}: malformed-deb-archive *"),
        "# Scripts of the application run in that environment, whose interpreter is first on the path.".to_owned(),
        format!("{name}: python3-script-but-no-python3-dep *"),
    ];
    if release.wheels().iter().any(|wheel| !is_pure(wheel.filename())) {
        lines.push(
            "# Compiled wheels are installed as they were published: their RECORD holds their hashes.".to_owned(),
        );
        for tag in [
            "unstripped-binary-or-object",
            "embedded-library",
            "library-not-linked-against-libc",
            "hardening-no-relro",
        ] {
            lines.push(format!("{name}: {tag} *"));
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
