//! A static simple index beside wheels, for pip and uv ([simple repository API]).
//!
//! [simple repository API]: https://packaging.python.org/en/latest/specifications/simple-repository-api/

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::check::Waived;
use super::download::digest;
use super::url;
use super::waive::{self, open_wheel};
use crate::config::Waivers;
use crate::digest::Sha256;
use crate::python::{DistributionName, Wheel, WheelError};
use crate::sys::files::{self, At as _, FileError};

/// The folder of the index, beside the wheels.
const FOLDER: &str = "simple";
const PAGE: &str = "index.html";

/// What an index was written of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WrittenIndex {
    /// The version of this form: 1.
    pub schema: u32,
    /// The folder to serve, or to name as `file:` URL.
    pub index: PathBuf,
    /// The distributions.
    pub names: Vec<DistributionName>,
    /// How many wheels they have.
    pub wheels: usize,
    /// What is wrong with them and accepted.
    pub waived: Vec<Waived>,
}

/// An index could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteIndexError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A wheel cannot be used.
    #[error(transparent)]
    Wheel(#[from] WheelError),
    /// There is nothing to write an index of.
    #[error("{} holds no wheel", folder.display())]
    NoWheels {
        /// The folder.
        folder: PathBuf,
    },
}

impl WriteIndexError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Wheel(error) => error.hint(),
            Self::NoWheels { .. } => {
                Some("`pydeploy wheelhouse fetch --output DIR` makes a folder with wheels".to_owned())
            }
        }
    }
}

/// A wheel as a page names it.
#[derive(Debug)]
struct Entry {
    file: String,
    sha256: Sha256,
    requires_python: Option<String>,
    metadata: Vec<u8>,
}

/// Writes an index of the wheels in `folder`: `simple/NAME/index.html` with hashes and Python versions, and the metadata
/// of each wheel as `FILE.metadata` beside it (PEP 658, PEP 714).
///
/// Serve the folder by any web server, or name it as it is: `pip install --index-url file:///srv/wheels/simple`. Links
/// are relative, so the folder can be moved. Pages of names and metadata of wheels that are gone are removed.
///
/// # Errors
///
/// When the folder holds no wheel, or one that is not sound and has no waiver for that; nothing has been written then.
pub fn write_index(folder: &Path, waivers: &Waivers) -> Result<WrittenIndex, WriteIndexError> {
    let mut waived = Vec::new();
    let mut projects: BTreeMap<DistributionName, Vec<Entry>> = BTreeMap::new();
    for path in wheels(folder)? {
        let wheel = open_wheel(&path, waivers)?;
        waived.extend(waive::records(&wheel, None, waivers));
        projects
            .entry(wheel.metadata().name.clone())
            .or_default()
            .push(entry(&wheel)?);
    }
    if projects.is_empty() {
        return Err(WriteIndexError::NoWheels {
            folder: folder.to_owned(),
        });
    }
    let index = folder.join(FOLDER);
    for (name, entries) in &projects {
        for entry in entries {
            write(&metadata_path(folder, &entry.file), &entry.metadata)?;
        }
        write(
            &index.join(name.as_str()).join(PAGE),
            project_page(name, entries).as_bytes(),
        )?;
    }
    write(&index.join(PAGE), root_page(projects.keys()).as_bytes())?;
    remove_stale(folder, &projects)?;
    Ok(WrittenIndex {
        schema: 1,
        index,
        wheels: projects.values().map(Vec::len).sum(),
        names: projects.into_keys().collect(),
        waived,
    })
}

/// The wheels in a folder.
pub(super) fn wheels(folder: &Path) -> Result<BTreeSet<PathBuf>, FileError> {
    let mut wheels = BTreeSet::new();
    for entry in fs::read_dir(folder).at("list", folder)? {
        let path = entry.at("list", folder)?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            wheels.insert(path);
        }
    }
    Ok(wheels)
}

fn entry(wheel: &Wheel) -> Result<Entry, WriteIndexError> {
    let (_, sha256) = digest(wheel.path())?;
    let is_metadata = |member: &str| {
        let file = member.split_once('/');
        file.is_some_and(|(folder, file)| folder.ends_with(".dist-info") && file == "METADATA")
    };
    let number = wheel.members().position(is_metadata);
    Ok(Entry {
        file: wheel.filename().to_string(),
        sha256,
        requires_python: wheel.metadata().requires_python.clone(),
        metadata: number.map(|number| wheel.read(number)).transpose()?.unwrap_or_default(),
    })
}

fn metadata_path(folder: &Path, file: &str) -> PathBuf {
    folder.join(format!("{file}.metadata"))
}

/// A file that is right stays as it is.
fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    match files::read_if_exists(path)? {
        Some(there) if there == bytes => Ok(()),
        _ => files::write_atomic(path, bytes, 0o644),
    }
}

fn root_page<'a>(names: impl Iterator<Item = &'a DistributionName>) -> String {
    let links = names.map(|name| format!("<a href=\"{name}/\">{name}</a><br>\n"));
    page("Simple index", &links.collect::<String>())
}

fn project_page(name: &DistributionName, entries: &[Entry]) -> String {
    let links: String = entries.iter().map(link).collect();
    page(&format!("Links for {name}"), &links)
}

fn link(entry: &Entry) -> String {
    let (href, file) = (url::encoded(&entry.file), escaped(&entry.file));
    let metadata = format!("sha256={}", Sha256::of(&entry.metadata));
    let mut attributes = String::new();
    if let Some(requires) = &entry.requires_python {
        // Writing to a string does not fail.
        let _ = write!(attributes, " data-requires-python=\"{}\"", escaped(requires));
    }
    // The second name is the one that tools knew before PEP 714.
    for name in ["data-core-metadata", "data-dist-info-metadata"] {
        let _ = write!(attributes, " {name}=\"{metadata}\"");
    }
    format!(
        "<a href=\"../../{href}#sha256={}\"{attributes}>{file}</a><br>\n",
        entry.sha256
    )
}

fn page(title: &str, links: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"pypi:repository-version\" content=\"1.0\">\n<title>{title}</title>\n</head>\n\
         <body>\n<h1>{title}</h1>\n{links}</body>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Removes the pages of names that are gone, and the metadata of wheels that are.
fn remove_stale(folder: &Path, projects: &BTreeMap<DistributionName, Vec<Entry>>) -> Result<(), FileError> {
    let index = folder.join(FOLDER);
    for entry in fs::read_dir(&index).at("list", &index)?.flatten() {
        let page = entry.path().join(PAGE);
        let known = projects.keys().any(|name| entry.file_name() == name.as_str());
        if !known && page.is_file() {
            fs::remove_file(&page).at("remove", &page)?;
            // Whatever else lies there is not of this index.
            drop(fs::remove_dir(entry.path()));
        }
    }
    let files: BTreeSet<_> = projects.values().flatten().map(|entry| entry.file.as_str()).collect();
    for entry in fs::read_dir(folder).at("list", folder)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let wheel = name.strip_suffix(".metadata").filter(|wheel| wheel.ends_with(".whl"));
        if wheel.is_some_and(|wheel| !files.contains(wheel)) {
            fs::remove_file(entry.path()).at("remove", &entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Silent;
    use crate::python::testing::WheelBuilder;
    use crate::wheelhouse::{FetchOptions, Pinned, fetch};

    fn tree(dir: &Path) -> BTreeMap<String, String> {
        let files = [
            "simple/index.html",
            "simple/zope-demo/index.html",
            "zope_demo-1.0-py3-none-any.whl.metadata",
        ];
        let read = |file: &str| (file.to_owned(), fs::read_to_string(dir.join(file)).unwrap_or_default());
        files.map(read).into()
    }

    #[test]
    fn pages_hold_what_installers_look_for() {
        let dir = tempfile::tempdir().unwrap();
        let mut builder = WheelBuilder::named("zope_demo", "1.0");
        builder.metadata += "Requires-Python: >=3.8,<4\n";
        let sha256 = Sha256::of(&fs::read(builder.write(dir.path())).unwrap());
        let written = write_index(dir.path(), &Waivers::default()).unwrap();
        assert_eq!((written.wheels, written.names[0].as_str()), (1, "zope-demo"));
        let tree = tree(dir.path());
        assert!(tree["simple/index.html"].contains("<a href=\"zope-demo/\">zope-demo</a>"));
        let metadata = &tree["zope_demo-1.0-py3-none-any.whl.metadata"];
        assert_eq!(*metadata, builder.metadata);
        let digest = Sha256::of(metadata.as_bytes());
        let link = format!(
            "<a href=\"../../zope_demo-1.0-py3-none-any.whl#sha256={sha256}\" data-requires-python=\"&gt;=3.8,&lt;4\" \
             data-core-metadata=\"sha256={digest}\" data-dist-info-metadata=\"sha256={digest}\">\
             zope_demo-1.0-py3-none-any.whl</a><br>\n"
        );
        let page = &tree["simple/zope-demo/index.html"];
        assert!(page.contains(&link), "{page}");
    }

    #[test]
    fn what_is_gone_leaves_the_index() {
        let dir = tempfile::tempdir().unwrap();
        let one = WheelBuilder::named("one", "1.0").write(dir.path());
        WheelBuilder::named("two", "1.0+local").write(dir.path());
        fs::create_dir_all(dir.path().join("simple/mine")).unwrap();
        write_index(dir.path(), &Waivers::default()).unwrap();
        fs::remove_file(one).unwrap();
        let written = write_index(dir.path(), &Waivers::default()).unwrap();
        assert_eq!(written.names.len(), 1);
        let mut names: Vec<_> = fs::read_dir(dir.path().join("simple"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["index.html", "mine", "two"]);
        assert!(!dir.path().join("one-1.0-py3-none-any.whl.metadata").exists());
        let page = fs::read_to_string(dir.path().join("simple/two/index.html")).unwrap();
        assert!(page.contains("../../two-1.0%2Blocal-py3-none-any.whl#"), "{page}");
    }

    #[test]
    fn bad_wheels_and_empty_folders_are_refused_before_anything_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let refusal = write_index(dir.path(), &Waivers::default()).unwrap_err().to_string();
        assert!(refusal.ends_with("holds no wheel"));
        WheelBuilder::named("one", "1.0").write(dir.path());
        WheelBuilder::named("two", "1.0").write_bytes(dir.path(), b"PK");
        let refusal = write_index(dir.path(), &Waivers::default()).unwrap_err().to_string();
        assert!(refusal.contains("two-1.0-py3-none-any.whl: it is not a zip archive"));
        assert!(!dir.path().join("simple").exists());
    }

    #[test]
    fn fetch_reads_what_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let builder = WheelBuilder::named("demo", "1.0+x");
        let bytes = fs::read(builder.write(dir.path())).unwrap();
        let index = write_index(dir.path(), &Waivers::default()).unwrap().index;
        let mut options = FetchOptions::new(&dir.path().join("cache"), "/".as_ref());
        options.index_url = Some(format!("file://{}", index.display()).parse().unwrap());
        let pin = Pinned {
            name: "demo".parse().unwrap(),
            version: "1.0+x".parse().unwrap(),
            filename: builder.file.parse().unwrap(),
            url: None,
            path: None,
            index: None,
            size: None,
            sha256: Sha256::of(&bytes),
        };
        assert_eq!(fetch(&[pin], &options, &mut Silent).unwrap().downloaded, 1);
    }
}
