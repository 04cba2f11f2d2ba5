//! Init scripts, run with the real `start-stop-daemon` in a folder where every absolute path lies.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Command, Output};

use super::*;
use crate::artifact::testing::{demo, release_with};

const SERVICES: &str = r#"
[[tool.pydeploy.service]]
command = ["demo", "it's", "$HOME"]
listen = "127.0.0.1:PORT"
sysv = true
[[tool.pydeploy.service]]
name = "worker"
command = ["demo", "--worker"]
sysv = true
"#;

/// Says whether it has a socket, and ends when it is told to.
const DEMO: &str = r#"import os, signal, socket, sys, time
listens = os.environ.get("LISTEN_PID") == str(os.getpid())
print("started", sys.argv[1:], "with socket" if listens else "alone", flush=True)
if listens:
    client, _ = socket.socket(fileno=3).accept()
    client.sendall(b"hello")
    client.close()
time.sleep(60)
"#;

/// A machine in a folder: its paths instead of the root's.
struct Machine<'a> {
    dir: &'a Path,
}

/// What a command prints, without the line's end.
fn said(command: &str, argument: &str) -> String {
    let output = Command::new(command).arg(argument).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Who the services run as, and the group: whoever runs the tests, but not root.
fn user() -> [String; 2] {
    match said("id", "-un").as_str() {
        "root" => ["nobody", "nogroup"].map(str::to_owned),
        _ => ["-un", "-gn"].map(|what| said("id", what)),
    }
}

impl Machine<'_> {
    /// Installs the scripts with what they run.
    fn install(&self, port: u16) {
        let release = release_with(self.dir, "1.0", &[demo()], &SERVICES.replace("PORT", &port.to_string()));
        let layout = Layout::package(&release.project.name, &release.target);
        for folder in ["run", "var/log/site", "usr/bin", "opt/site/venv/bin"] {
            fs::create_dir_all(self.dir.join(folder)).unwrap();
        }
        fs::set_permissions(self.dir, fs::Permissions::from_mode(0o755)).unwrap();
        let ids = ["-u", "-g"].map(|which| {
            let id = Command::new("id").args([which, &user()[0]]).output().unwrap();
            String::from_utf8(id.stdout).unwrap().trim().parse().unwrap()
        });
        chown(self.dir.join("var/log/site"), Some(ids[0]), Some(ids[1])).unwrap();
        self.program("usr/bin/site-run", "#!/bin/sh\nexec \"$@\"\n");
        self.program("opt/site/venv/bin/python", "#!/bin/sh\nexec python3 \"$@\"\n");
        self.program("opt/site/venv/bin/demo", &format!("#!/usr/bin/env python3\n{DEMO}"));
        for service in services(&release) {
            self.program(
                &service.unit(&release.project.name),
                &self.inside(&text(&release, service, &layout)),
            );
        }
    }

    fn inside(&self, text: &str) -> String {
        let [user, group] = user();
        let mut text = text
            .replace("--user site", &format!("--user {user}"))
            .replace("--chuid site:site", &format!("--chuid {user}:{group}"));
        for root in ["/run/", "/var/log/", "/usr/bin/site", "/opt/"] {
            text = text.replace(root, &format!("{}{root}", self.dir.display()));
        }
        text
    }

    fn program(&self, path: &str, text: &str) {
        let path = self.dir.join(path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn call(&self, script: &str, action: &str) -> Output {
        Command::new("sh")
            .arg(self.dir.join(script))
            .arg(action)
            .env("PATH", PATH)
            .output()
            .unwrap()
    }

    /// The exit status of an action.
    fn status(&self, script: &str, action: &str) -> i32 {
        self.call(script, action).status.code().unwrap()
    }

    fn log(&self, script: &str) -> String {
        for _ in 0..100 {
            let log = fs::read_to_string(self.dir.join(format!("var/log/site/{script}.log"))).unwrap_or_default();
            if log.ends_with('\n') {
                return log;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("{script} has printed nothing");
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        for script in ["site", "site-worker"] {
            drop(self.call(script, "stop"));
        }
    }
}

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

fn is_installed() -> bool {
    let found = |program: &str| PATH.split(':').any(|dir| Path::new(dir).join(program).exists());
    found("start-stop-daemon") && found("python3")
}

#[test]
fn a_service_is_started_once_and_stopped() {
    if !is_installed() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let machine = Machine { dir: dir.path() };
    machine.install(1);
    assert_eq!(machine.status("site-worker", "status"), 3);
    assert_eq!(machine.status("site-worker", "start"), 0);
    assert_eq!(machine.log("site-worker"), "started ['--worker'] alone\n");
    let pid = || fs::read_to_string(dir.path().join("run/site-worker.pid")).unwrap();
    let first = pid();
    assert_eq!(machine.status("site-worker", "status"), 0);
    assert_eq!((machine.status("site-worker", "start"), pid()), (0, first.clone()));
    assert_eq!(machine.status("site-worker", "restart"), 0);
    assert_ne!(pid(), first);
    assert_eq!(machine.status("site-worker", "stop"), 0);
    assert_eq!(machine.status("site-worker", "stop"), 0);
    assert_eq!(machine.status("site-worker", "status"), 3);
    assert_eq!(machine.status("site-worker", "try-restart"), 0);
    assert_eq!(machine.status("site-worker", "status"), 3);
    assert_eq!(machine.status("site-worker", "reload"), 2);
    fs::remove_file(dir.path().join("usr/bin/site-run")).unwrap();
    assert_eq!(machine.status("site-worker", "start"), 0);
    assert!(!dir.path().join("run/site-worker.pid").exists());
}

#[test]
fn a_server_gets_its_socket() {
    use std::io::Read as _;

    if !is_installed() {
        return;
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|there| there.local_addr());
    let address = free.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let machine = Machine { dir: dir.path() };
    machine.install(address.port());
    assert_eq!(machine.status("site", "start"), 0);
    assert_eq!(machine.log("site"), "started [\"it's\", '$HOME'] with socket\n");
    let mut said = String::new();
    std::net::TcpStream::connect(address)
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(said, "hello");
}

#[test]
fn the_log_is_opened_by_the_user_of_the_service() {
    if !is_installed() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let machine = Machine { dir: dir.path() };
    machine.install(1);
    assert_eq!(machine.status("site-worker", "start"), 0);
    machine.log("site-worker");
    let (folder, log) = ("var/log/site", "var/log/site/site-worker.log");
    let owner = |path: &str| fs::metadata(dir.path().join(path)).unwrap().uid();
    assert_eq!(owner(log), owner(folder));
    let mode = fs::metadata(dir.path().join(log)).unwrap().mode();
    assert_eq!(mode & 0o777, 0o640);
}
