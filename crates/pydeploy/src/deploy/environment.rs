//! The environment of an application's processes.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::DeployError;
use super::layout::{self, Layout};
use super::stored::StoredRelease;
use crate::release::ReleaseId;
use crate::sys::files::At as _;

/// What a process inherits from whoever started it; anything else would make a service depend on one person's shell.
const INHERITED: [&str; 9] = [
    "HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER",
];
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The variables that the host sets.
pub(super) fn load(layout: &Layout) -> Result<BTreeMap<String, String>, DeployError> {
    Ok(layout::load(&layout.environment())?.unwrap_or_default())
}

/// Adds a random value for each of `names` that has none yet; what is there stays. Returns the names that were added.
pub(super) fn generate(layout: &Layout, names: &[String]) -> Result<Vec<String>, DeployError> {
    let mut variables = load(layout)?;
    let missing: BTreeSet<_> = names.iter().filter(|name| !variables.contains_key(*name)).collect();
    for name in &missing {
        variables.insert((*name).clone(), random_text()?);
    }
    let path = layout.environment();
    if !missing.is_empty() || !path.exists() {
        // A link to a file elsewhere stays a link.
        layout::store(&path.canonicalize().unwrap_or(path), &variables, 0o600)?;
    }
    Ok(missing.into_iter().cloned().collect())
}

/// 50 characters, 300 bits.
fn random_text() -> Result<String, DeployError> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0; 50];
    let read = File::open(source).and_then(|mut file| file.read_exact(&mut bytes));
    read.at("read", source)?;
    Ok(bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 64)]))
        .collect())
}

/// Everything that a process of the release finds in its environment: the host's word counts more than the project's.
pub(super) fn process(layout: &Layout, release: &StoredRelease) -> Result<BTreeMap<OsString, OsString>, DeployError> {
    let dir = layout.release(&release.release);
    let mut env = inherited();
    env.extend(release.set.iter().map(|(name, value)| (name.into(), value.into())));
    env.extend(
        load(layout)?
            .into_iter()
            .map(|(name, value)| (name.into(), value.into())),
    );
    let path = env.remove(OsStr::new("PATH")).unwrap_or_else(|| DEFAULT_PATH.into());
    let mut with_venv = dir.join("venv/bin").into_os_string();
    with_venv.push(":");
    with_venv.push(path);
    env.insert("PATH".into(), with_venv);
    env.insert("PYDEPLOY_RELEASE".into(), release.release.as_str().into());
    env.insert("PYDEPLOY_STATE".into(), layout.state().into());
    env.insert("PYDEPLOY_STATIC".into(), dir.join("static").into());
    Ok(env)
}

fn inherited() -> BTreeMap<OsString, OsString> {
    let wanted = |name: &OsString| {
        let name = name.to_string_lossy();
        INHERITED.contains(&&*name) || name.starts_with("LC_")
    };
    std::env::vars_os().filter(|(name, _)| wanted(name)).collect()
}

/// The program and arguments of a command whose release lies in `dir` and will be run as `id`.
pub(super) fn command(layout: &Layout, id: &ReleaseId, command: &[String]) -> Vec<OsString> {
    let mut words: Vec<OsString> = command.iter().map(|word| expand(layout, id, word)).collect();
    if let Some(program) = words.first_mut() {
        *program = program_path(&layout.release(id), program).into_os_string();
    }
    words
}

/// Where a program lies: a bare name in the environment's `bin`, a path where it says.
pub(super) fn program_path(release_dir: &Path, program: &OsStr) -> PathBuf {
    let path = Path::new(program);
    match path.components().count() {
        1 if !path.is_absolute() => release_dir.join("venv/bin").join(path),
        _ => path.to_owned(),
    }
}

fn expand(layout: &Layout, id: &ReleaseId, word: &str) -> OsString {
    let dir = layout.release(id);
    let place = |name: &str| match name {
        "app" | "etc" | "static" | "venv" => Some(dir.join(name)),
        "state" => Some(layout.state()),
        _ => None,
    };
    let mut out = OsString::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('{') {
        out.push(before);
        rest = match after
            .split_once('}')
            .and_then(|(name, tail)| Some((place(name)?, tail)))
        {
            Some((path, tail)) => {
                out.push(path);
                tail
            }
            None => {
                out.push("{");
                after
            }
        };
    }
    out.push(rest);
    out
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn generated_values_are_made_once_and_what_a_person_wrote_stays() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path());
        std::fs::create_dir(dir.path().join("shared")).unwrap();
        std::fs::write(layout.environment(), "{\"DATABASE_URL\": \"sqlite\"}").unwrap();
        let names = ["SECRET_KEY".to_owned(), "DATABASE_URL".to_owned()];
        assert_eq!(generate(&layout, &names).unwrap(), ["SECRET_KEY"]);
        let first = load(&layout).unwrap();
        assert_eq!(first["DATABASE_URL"], "sqlite");
        assert_eq!(first["SECRET_KEY"].len(), 50);
        assert_eq!(generate(&layout, &names).unwrap(), Vec::<String>::new());
        assert_eq!(load(&layout).unwrap(), first);
        let mode = std::fs::metadata(layout.environment()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_malformed_file_is_named_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path());
        std::fs::create_dir(dir.path().join("shared")).unwrap();
        std::fs::write(layout.environment(), "{\n \"A\": 1\n}").unwrap();
        let error = load(&layout).unwrap_err().to_string();
        assert!(
            error.ends_with("shared/environment.json:2: invalid type: integer `1`, expected a string"),
            "{error}"
        );
    }

    #[test]
    fn placeholders_are_paths_and_other_braces_stay() {
        let layout = Layout::new(Path::new("/srv/site"));
        let words = ["serve", "--chdir={app}", "{state}/db", "{x}{", "{venv}/bin/{y}"].map(str::to_owned);
        let expanded = command(&layout, &"1.0".parse().unwrap(), &words);
        assert_eq!(
            expanded,
            [
                "/srv/site/releases/1.0/venv/bin/serve",
                "--chdir=/srv/site/releases/1.0/app",
                "/srv/site/shared/state/db",
                "{x}{",
                "/srv/site/releases/1.0/venv/bin/{y}",
            ]
        );
    }
}
