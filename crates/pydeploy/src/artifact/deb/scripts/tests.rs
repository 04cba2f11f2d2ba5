//! Scripts, read and run by the shell that runs them on a host.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::super::units;
use super::*;
use crate::artifact::testing::{demo, release_with};
use crate::release::Layout;

const MAIN: &str = "[[tool.pydeploy.service]]\ncommand = ['demo']\n";
const WORKER: &str = "[[tool.pydeploy.service]]\nname = 'worker'\ncommand = ['demo']\n";
const SYSV: &str = "[[tool.pydeploy.service]]\nname = 'old'\ncommand = ['demo']\nsysv = true\n";
const TIMER: &str = "[[tool.pydeploy.service]]\nname = 'tidy'\ncommand = ['demo']\nschedule = 'daily'\n";
const SECRETS: &str = "[tool.pydeploy.environment]\ngenerate = ['SECRET_KEY', 'SALT']\n";

fn scripts_of(dir: &Path, services: &str) -> Vec<(&'static str, String)> {
    let release = release_with(dir, "1.0", &[demo()], services);
    let layout = Layout::package(&release.project.name, &release.target);
    scripts(&release, &units::units(&release, &layout))
}

/// `sh -n`, with the shell of Debian where it is there.
fn check_syntax(script: &str, text: &str) {
    for shell in ["dash", "sh"] {
        let child = Command::new(shell)
            .arg("-n")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else { continue };
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{script}: {}\n{text}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn the_shell_reads_every_combination() {
    for services in 1..16 {
        for secrets in ["", SECRETS] {
            let dir = tempfile::tempdir().unwrap();
            let wanted = [MAIN, WORKER, TIMER, SYSV].into_iter().enumerate();
            let tables: String = wanted
                .filter(|(bit, _)| services >> bit & 1 == 1)
                .map(|(_, table)| table)
                .collect();
            for (script, text) in scripts_of(dir.path(), &(tables + secrets)) {
                check_syntax(script, &text);
                let empty = ["  >/dev/null", "in ;", "{{"].iter().any(|hole| text.contains(hole));
                assert!(!empty, "{text}");
            }
        }
    }
}

#[test]
fn the_scripts_of_services_of_every_kind() {
    let dir = tempfile::tempdir().unwrap();
    let services = [MAIN, WORKER, TIMER, SYSV, SECRETS].concat();
    let scripts = scripts_of(dir.path(), &services);
    let whole: String = scripts
        .iter()
        .map(|(name, text)| format!("### {name}\n{text}\n"))
        .collect();
    insta::assert_snapshot!(whole);
}
