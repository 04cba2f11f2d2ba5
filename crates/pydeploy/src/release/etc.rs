//! The files of a project that are laid over `/etc`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::files::{self, ApplicationFile, FilesError};
use super::template::{self, Template};
use super::tree::{Entry, Owner, generated};
use super::{Layout, ReleaseError};
use crate::config::{Files, Project};

/// A file that is laid over `/etc`.
#[derive(Clone, Debug)]
pub(super) struct EtcFile {
    /// Relative to `/etc`.
    pub(super) path: String,
    file: ApplicationFile,
    /// What the file is made of, when it is not that file itself.
    template: Option<Template>,
}

/// Reads those that are templates.
pub(super) fn files(project: &Project) -> Result<Vec<EtcFile>, ReleaseError> {
    let Some(folder) = &project.etc else {
        return Ok(Vec::new());
    };
    let every = Files {
        include: Vec::new(),
        exclude: Vec::new(),
    };
    let files = files::gather(&project.root.join(folder), &every)?;
    let known = variables(project, &Layout::folder(Path::new("/"), Path::new("/")));
    let known = known.into_keys().collect();
    files.into_iter().map(|file| EtcFile::new(file, &known)).collect()
}

impl EtcFile {
    fn new(file: ApplicationFile, known: &BTreeSet<String>) -> Result<Self, ReleaseError> {
        let (path, template) = match file.path.strip_suffix(template::SUFFIX) {
            None => (file.path.clone(), None),
            Some(path) => (path.to_owned(), Some(read_template(&file.source, known)?)),
        };
        Ok(Self { path, file, template })
    }

    /// The file as it is for one place.
    pub(super) fn entry(&self, project: &Project, layout: &Layout) -> Entry {
        match &self.template {
            None => self.file.entry(),
            Some(template) => Entry {
                owner: Owner::Application,
                ..generated(template.fill(&variables(project, layout)), self.file.executable)
            },
        }
    }
}

fn read_template(file: &Path, known: &BTreeSet<String>) -> Result<Template, ReleaseError> {
    let bytes = crate::sys::files::read(file).map_err(FilesError::from)?;
    let parsed = Template::parse(&bytes, known);
    parsed.map_err(|problem| ReleaseError::Template {
        file: file.to_owned(),
        problem,
    })
}

/// What a template can ask for. None of it is another one in the next release: an administrator is asked about changes
/// of these files.
fn variables(project: &Project, layout: &Layout) -> BTreeMap<String, String> {
    let fixed = [
        ("name", project.name.to_string()),
        ("prefix", layout.prefix.clone()),
        ("app", format!("{}/app", layout.prefix)),
        ("static", format!("{}/static", layout.prefix)),
        ("venv", layout.venv()),
        ("etc", layout.etc.clone()),
    ];
    let listening = project.services.iter().filter_map(|service| {
        let name = service.name.as_ref().map(|name| format!(".{name}"));
        Some((
            format!("listen{}", name.unwrap_or_default()),
            service.listen()?.to_string(),
        ))
    });
    let fixed = fixed.map(|(name, value)| (name.to_owned(), value));
    fixed.into_iter().chain(listening).collect()
}
