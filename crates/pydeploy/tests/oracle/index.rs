//! The static index of a wheelhouse as pip and uv see it.
//!
//! `PYDEPLOY_ORACLE_WHEELS` names a folder of wheels, closed under dependencies, for the `python3` that is found.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use pydeploy::config::Waivers;
use pydeploy::digest::Sha256;
use pydeploy::event::Silent;
use pydeploy::python::WheelFilename;
use pydeploy::wheelhouse::{FetchOptions, Pinned, WrittenIndex, fetch, write_folder, write_index};

use super::need;

/// What is missing; `None` when the comparison can run.
fn missing() -> Option<String> {
    if std::env::var_os("PYDEPLOY_ORACLE_WHEELS").is_none() {
        return Some("PYDEPLOY_ORACLE_WHEELS, a folder of wheels".to_owned());
    }
    let works = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).output();
        output.is_ok_and(|output| output.status.success())
    };
    if !works("uv", &["--version"]) {
        return Some("the program `uv`".to_owned());
    }
    (!works("python3", &["-m", "pip", "--version"])).then(|| "pip for `python3`".to_owned())
}

/// A folder with the wheels and an index, or `None` after saying what is missing.
fn wheelhouse() -> Option<(tempfile::TempDir, WrittenIndex)> {
    if let Some(missing) = missing() {
        return need::skip(&missing);
    }
    let dir = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(PathBuf::from(std::env::var_os("PYDEPLOY_ORACLE_WHEELS")?)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let index = write_index(dir.path(), &Waivers::default()).unwrap();
    Some((dir, index))
}

/// `python3 -m http.server` with a log of what it was asked.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(dir: &Path) -> Self {
        let mut process = Command::new("python3")
            .args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"])
            .current_dir(dir)
            .stdout(Stdio::piped())
            .stderr(fs::File::create(dir.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.split(['(', ')']).nth(1).unwrap().trim_end_matches('/').to_owned();
        Self { process, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn installed(target: &Path) -> usize {
    let entries = fs::read_dir(target).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "dist-info"))
        .count()
}

/// Installs every distribution of the index, with dependencies, from the index alone.
#[track_caller]
fn install(program: &[&str], index_url: &str, index: &WrittenIndex) {
    let target = tempfile::tempdir().unwrap();
    let output = Command::new(program[0])
        .args(&program[1..])
        .args(["--index-url", index_url, "--target"])
        .arg(target.path())
        .args(index.names.iter().map(ToString::to_string))
        .env_clear()
        .envs(std::env::vars().filter(|(name, _)| ["PATH", "HOME"].contains(&name.as_str())))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program:?} {index_url}: {stderr}");
    assert_eq!(installed(target.path()), index.names.len(), "{stderr}");
}

const PIP: [&str; 8] = [
    "python3",
    "-m",
    "pip",
    "--isolated",
    "--no-cache-dir",
    "install",
    "--quiet",
    "--no-compile",
];
const UV: [&str; 6] = ["uv", "pip", "install", "--quiet", "--no-cache", "--no-config"];

#[test]
fn pip_and_uv_install_from_a_served_index() {
    let Some((dir, index)) = wheelhouse() else { return };
    let server = Server::start(dir.path());
    let url = format!("{}/simple", server.url);
    install(&PIP, &url, &index);
    let log = || {
        let mut text = String::new();
        fs::File::open(dir.path().join("log"))
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text.matches(".whl.metadata HTTP/1.1\" 200").count()
    };
    let by_pip = log();
    assert!(by_pip >= index.names.len(), "pip read {by_pip} metadata files");
    install(&UV, &url, &index);
    let by_uv = log() - by_pip;
    assert!(by_uv >= index.names.len(), "uv read {by_uv} metadata files");
}

#[test]
fn pip_and_uv_install_from_the_folder() {
    let Some((_dir, index)) = wheelhouse() else { return };
    let url = format!("file://{}", index.index.display());
    install(&PIP, &url, &index);
    install(&UV, &url, &index);
}

/// Pins for all wheels of a folder, at their path.
fn pins(dir: &Path) -> Vec<Pinned> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let wheels = paths.filter(|path| path.extension().is_some_and(|extension| extension == "whl"));
    let pin = |path: PathBuf| {
        let filename: WheelFilename = path.file_name().unwrap().to_str().unwrap().parse().unwrap();
        Pinned {
            name: filename.name().clone(),
            version: filename.version().clone(),
            sha256: Sha256::of(&fs::read(&path).unwrap()),
            size: None,
            url: None,
            index: None,
            path: Some(path),
            filename,
        }
    };
    wheels.map(pin).collect()
}

#[test]
fn uv_installs_a_written_folder_without_a_network() {
    let Some((dir, index)) = wheelhouse() else { return };
    let options = FetchOptions::new(&dir.path().join("cache"), dir.path());
    let fetched = fetch(&pins(dir.path()), &options, &mut Silent).unwrap();
    let folder = dir.path().join("folder");
    write_folder(&folder, &[("debian12".parse().unwrap(), fetched)]).unwrap();
    let target = tempfile::tempdir().unwrap();
    let output = Command::new("uv")
        .args([
            "pip",
            "sync",
            "--quiet",
            "--no-cache",
            "--offline",
            "--no-config",
            "pylock.toml",
        ])
        .args(["--python-version", "3.11", "--target"])
        .arg(target.path())
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(installed(target.path()), index.names.len());
}
