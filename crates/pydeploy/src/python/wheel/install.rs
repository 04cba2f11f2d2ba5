//! The plan of an installation: which file goes where, with which bytes.

use std::collections::{BTreeMap, BTreeSet};

use super::Wheel;
use super::entry_points::{self, is_interpreter};
use super::error::{MemberProblem, WheelProblem};
use super::launcher;
use super::member::{Member, refused};
use super::record::{self, is_record};
use crate::digest::Sha256;

/// The environment that wheels are installed into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// The absolute path at which the environment will be used, `/opt/site/venv`.
    pub venv: String,
    /// Major and minor version of its interpreter, `3.11`.
    pub python_minor: String,
}

/// A file that installing a wheel puts into an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its path in the environment: `lib/python3.11/site-packages/x.py` or `bin/gunicorn`.
    pub path: String,
    /// Where its bytes come from.
    pub content: InstalledContent,
    /// Whether it can be run.
    pub executable: bool,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its bytes.
    pub sha256: Sha256,
}

/// Where the bytes of an installed file come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstalledContent {
    /// The member of the wheel with this number: [`Wheel::read`].
    Member(usize),
    /// Made while planning.
    Inline(Vec<u8>),
}

impl Scheme {
    fn site_packages(&self) -> String {
        format!("lib/python{}/site-packages", self.python_minor)
    }

    fn headers(&self, distribution: &str) -> String {
        format!("include/site/python{}/{distribution}", self.python_minor)
    }
}

pub(super) fn plan(
    wheel: &Wheel,
    scheme: &Scheme,
    left_out: &BTreeSet<String>,
) -> Result<Vec<Installed>, WheelProblem> {
    let mut plan = Plan {
        wheel,
        scheme,
        files: BTreeMap::new(),
    };
    for (number, member) in wheel.archive.members().iter().enumerate() {
        plan.place(number, member)?;
    }
    plan.add_launchers()?;
    plan.add_inline(plan.dist_info("INSTALLER"), b"pydeploy\n".to_vec(), false)?;
    plan.files.retain(|path, _| !left_out.contains(path));
    plan.add_record()?;
    plan.check_folders()?;
    Ok(plan.files.into_values().collect())
}

struct Plan<'a> {
    wheel: &'a Wheel,
    scheme: &'a Scheme,
    files: BTreeMap<String, Installed>,
}

impl Plan<'_> {
    /// Plans one member. RECORD, its signatures and INSTALLER are written anew or dropped.
    fn place(&mut self, number: usize, member: &Member) -> Result<(), WheelProblem> {
        let folder = &self.wheel.dist_info.folder;
        if member.is_dir() || is_record(&member.name, folder) || member.name == format!("{folder}/INSTALLER") {
            return Ok(());
        }
        let data = format!("{}.data/", folder.trim_end_matches(".dist-info"));
        match member.name.strip_prefix(&data) {
            Some(rest) => self.place_data(number, member, rest),
            None => self.add_member(
                format!("{}/{}", self.scheme.site_packages(), member.name),
                number,
                member,
            ),
        }
    }

    fn place_data(&mut self, number: usize, member: &Member, rest: &str) -> Result<(), WheelProblem> {
        let (scheme, path) = rest.split_once('/').unwrap_or((rest, ""));
        if path.is_empty() {
            return Err(unknown_scheme(member, scheme));
        }
        match scheme {
            "purelib" | "platlib" => self.add_member(format!("{}/{path}", self.scheme.site_packages()), number, member),
            "data" => self.add_member(path.to_owned(), number, member),
            "headers" => self.add_member(format!("{}/{path}", self.headers()), number, member),
            "scripts" => self.place_script(number, member, path),
            _ => Err(unknown_scheme(member, scheme)),
        }
    }

    /// Headers lie in a folder called as the distribution is in the name of the file.
    fn headers(&self) -> String {
        let file = self.wheel.filename.as_str();
        self.scheme.headers(file.split('-').next().unwrap_or(file))
    }

    fn place_script(&mut self, number: usize, member: &Member, path: &str) -> Result<(), WheelProblem> {
        let target = format!("bin/{path}");
        let bytes = self.wheel.read_checked(number)?;
        match launcher::rewritten(&bytes, &self.scheme.venv) {
            Some(bytes) => self.add_inline(target, bytes, true),
            None => self.add(self.member(target, number, member, true)?),
        }
    }

    fn add_launchers(&mut self) -> Result<(), WheelProblem> {
        let archive = &self.wheel.archive;
        let Some(number) = self.wheel.dist_info.find(archive, "entry_points.txt") else {
            return Ok(());
        };
        let bytes = self.wheel.read_checked(number)?;
        for script in entry_points::scripts(&String::from_utf8_lossy(&bytes))? {
            let bytes = launcher::launcher(&script, &self.scheme.venv);
            self.add_inline(format!("bin/{}", script.name), bytes, true)?;
        }
        Ok(())
    }

    fn add_record(&mut self) -> Result<(), WheelProblem> {
        let site_packages = format!("{}/", self.scheme.site_packages());
        let relative = |path: &str| match path.strip_prefix(&site_packages) {
            Some(rest) => rest.to_owned(),
            None => format!("../../../{path}"),
        };
        let path = self.dist_info("RECORD");
        let row = |file: &Installed| {
            let path = relative(&file.path);
            let row = record::row(&path, &file.sha256, file.size);
            (path, row)
        };
        let mut rows: BTreeMap<_, _> = self.files.values().map(row).collect();
        rows.insert(relative(&path), record::own_row(&relative(&path)));
        let rows: String = rows.into_values().collect();
        self.add_inline(path, rows.into_bytes(), false)
    }

    /// Schemes can put below a file what the archive keeps apart.
    fn check_folders(&self) -> Result<(), WheelProblem> {
        let mut checked = BTreeSet::new();
        for path in self.files.keys() {
            for (at, _) in path.rmatch_indices('/') {
                let folder = &path[..at];
                if !checked.insert(folder) {
                    break;
                }
                if self.files.contains_key(folder) {
                    return Err(WheelProblem::FileInTheWay {
                        path: folder.to_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    fn dist_info(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.scheme.site_packages(), self.wheel.dist_info.folder)
    }

    fn add_member(&mut self, path: String, number: usize, member: &Member) -> Result<(), WheelProblem> {
        self.add(self.member(path, number, member, member.executable)?)
    }

    fn member(
        &self,
        path: String,
        number: usize,
        member: &Member,
        executable: bool,
    ) -> Result<Installed, WheelProblem> {
        let sha256 = self.wheel.record.sha256(number);
        Ok(Installed {
            path,
            content: InstalledContent::Member(number),
            executable,
            size: member.size,
            sha256: sha256.ok_or_else(|| refused(&member.name, MemberProblem::Special))?,
        })
    }

    fn add_inline(&mut self, path: String, bytes: Vec<u8>, executable: bool) -> Result<(), WheelProblem> {
        self.add(Installed {
            path,
            executable,
            size: bytes.len() as u64,
            sha256: Sha256::of(&bytes),
            content: InstalledContent::Inline(bytes),
        })
    }

    fn add(&mut self, file: Installed) -> Result<(), WheelProblem> {
        let path = file.path.clone();
        if is_reserved(&path) {
            return Err(WheelProblem::Reserved { path });
        }
        match self.files.insert(path.clone(), file) {
            None => Ok(()),
            Some(_) => Err(WheelProblem::Collision { path }),
        }
    }
}

/// What makes a folder an environment, and what lies where its folders are.
fn is_reserved(path: &str) -> bool {
    let in_bin = path.strip_prefix("bin/").and_then(|rest| rest.split('/').next());
    matches!(path, "pyvenv.cfg" | "bin" | "lib" | "lib64" | "include")
        || path.starts_with("lib64/")
        || in_bin.is_some_and(is_interpreter)
}

fn unknown_scheme(member: &Member, scheme: &str) -> WheelProblem {
    WheelProblem::UnknownScheme {
        member: member.name.clone(),
        scheme: scheme.to_owned(),
    }
}
