//! Control fields, the copyright file and lintian overrides.

use std::collections::BTreeSet;

use super::depends;
use super::write::WriteDebError;
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
    let mut control = Paragraph::new();
    control.push("Package", project.name.as_str())?;
    control.push("Version", release.version.as_str())?;
    control.push("Architecture", &facts.architecture)?;
    control.push("Maintainer", maintainer)?;
    control.push("Installed-Size", &installed_size.to_string())?;
    control.push("Depends", &depends(release, facts))?;
    control.push("Section", "web")?;
    control.push("Priority", "optional")?;
    if let Some(homepage) = &project.homepage {
        control.push("Homepage", homepage)?;
    }
    control.push("Description", &description(release))?;
    Ok(control.to_string())
}

/// What the compiled files of a release say about its package.
#[derive(Debug)]
pub(super) struct Facts {
    /// `all` when nothing is compiled.
    architecture: String,
    /// The packages of the libraries that are not in the release.
    libraries: Vec<Dependency>,
}

impl Facts {
    pub(super) fn of(release: &Release, tree: &ReleaseTree, layout: &Layout) -> Result<Self, WriteDebError> {
        let compiled = release.compiled(tree, layout)?;
        let pure = compiled.is_empty() && release.wheels().iter().all(|wheel| is_pure(wheel.filename()));
        Ok(Self {
            architecture: match pure {
                true => "all".to_owned(),
                false => release.target.arch().to_string(),
            },
            libraries: depends::of(release, &compiled)?,
        })
    }
}

/// The interpreter, what the maintainer scripts call, libraries, and what the project adds; sorted.
fn depends(release: &Release, facts: &Facts) -> String {
    let own = ["adduser"].into_iter().chain(release.target.interpreter_package());
    let found = facts.libraries.iter().chain(&release.project.package.depends);
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

/// `debian/copyright` of a project that has none: what is inside and where its licence lies.
pub(super) fn copyright(release: &Release) -> String {
    let name = &release.project.name;
    let mut text = format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
         Upstream-Name: {name}\n\
         \n\
         Files: *\n\
         Copyright: the authors of {name}\n\
         License: see-the-application\n \
         The application's own licence is that of its authors.\n"
    );
    for wheel in release.wheels() {
        let folder = format!(
            "/opt/{name}/venv/lib/python{}/site-packages/{}",
            release.target.python_minor(),
            dist_info(wheel.filename())
        );
        text.push_str(&format!(
            "\n# {} {}: its licence lies in {folder}\n",
            wheel.filename().name(),
            wheel.filename().version()
        ));
    }
    text
}

/// `NAME-VERSION.dist-info`, spelled as in the file's name.
fn dist_info(wheel: &WheelFilename) -> String {
    let mut parts = wheel.as_str().split('-');
    format!(
        "{}-{}.dist-info",
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default()
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
