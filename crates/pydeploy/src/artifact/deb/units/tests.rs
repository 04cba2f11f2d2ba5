//! Units, read by systemd itself where it is installed.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::*;
use crate::artifact::testing::release_with;
use crate::python::testing::WheelBuilder;

const SERVICES: &str = r#"
[[tool.pydeploy.service]]
command = ["demo", "--state={state}", "a b", "50%", "$HOME"]
[[tool.pydeploy.service]]
name = "worker"
command = ["celery", "--app=site", "worker"]
[[tool.pydeploy.service]]
name = "api"
command = ["uwsgi", "{etc}/site/uwsgi.ini"]
listen = "[::1]:9000"
[[tool.pydeploy.service]]
name = "tidy-up"
command = ["python", "{app}/manage.py", "clearsessions"]
schedule = "Mon..Fri *-*-* 04:30 UTC"
"#;

fn several(dir: &Path) -> (Release, Vec<Unit>) {
    let scripts = "[console_scripts]\ndemo = demo:main\ncelery = demo:main\nuwsgi = demo:main\n";
    let wheel = WheelBuilder::new().entry_points(scripts);
    let release = release_with(dir, "1.0", &[wheel], SERVICES);
    let layout = Layout::package(&release.project.name, &release.target);
    let units = units(&release, &layout);
    (release, units)
}

#[test]
fn every_service_has_its_units() {
    let dir = tempfile::tempdir().unwrap();
    let (_, units) = several(dir.path());
    let names: Vec<_> = units.iter().map(|unit| unit.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "site.socket",
            "site-api.socket",
            "site.service",
            "site-worker.service",
            "site-api.service",
            "site-tidy-up.service",
            "site-tidy-up.timer",
        ]
    );
}

#[test]
fn each_program_starts_and_ends_in_its_way() {
    let dir = tempfile::tempdir().unwrap();
    let (_, units) = several(dir.path());
    let text = |name: &str| &units.iter().find(|unit| unit.name == name).unwrap().text;
    for (unit, lines) in [
        (
            "site.service",
            &[
                "Type=exec",
                "Requires=site.socket",
                "TimeoutStopSec=60",
                "WantedBy=multi-user.target",
            ][..],
        ),
        (
            "site-worker.service",
            &[
                "Type=exec",
                "KillMode=mixed",
                "TimeoutStopSec=300",
                "Description=A site. (worker)",
            ],
        ),
        (
            "site-api.service",
            &["Type=notify", "KillSignal=SIGHUP", "Requires=site-api.socket"],
        ),
        ("site-tidy-up.service", &["Type=oneshot", "KillMode=mixed"]),
        (
            "site-tidy-up.timer",
            &["OnCalendar=Mon..Fri *-*-* 04:30 UTC", "WantedBy=timers.target"],
        ),
        ("site-api.socket", &["ListenStream=[::1]:9000"]),
    ] {
        for line in lines {
            assert!(text(unit).lines().any(|found| found == *line), "{unit}: {line}");
        }
    }
    assert!(!text("site-tidy-up.service").contains("[Install]"));
    assert!(!text("site-worker.service").contains("socket"));
}

#[test]
fn the_whole_unit_of_a_worker() {
    let dir = tempfile::tempdir().unwrap();
    let (_, units) = several(dir.path());
    let worker = units.iter().find(|unit| unit.name == "site-worker.service").unwrap();
    insta::assert_snapshot!(worker.text);
}

/// Writes the units, with programs that exist, as a host has them; returns the folder.
fn installed(dir: &Path, units: &[Unit]) -> std::path::PathBuf {
    let folder = dir.join("units");
    fs::create_dir_all(&folder).unwrap();
    for unit in units {
        // systemd looks whether the program is there.
        let text = unit.text.replace("/opt/site/venv/bin/", "/bin/sh ");
        fs::write(folder.join(&unit.name), text).unwrap();
    }
    folder
}

/// What a tool of systemd says about the units; nothing where it is not installed.
fn analyze(args: &[&str], folder: &Path, units: &[&str]) -> Option<String> {
    let paths = units.iter().map(|unit| folder.join(unit));
    let output = Command::new("systemd-analyze")
        .args(args)
        .args(paths)
        .env("SYSTEMD_UNIT_PATH", format!("{}:", folder.display()))
        .output();
    let output = output.ok()?;
    let said = [output.stdout, output.stderr].concat();
    Some(String::from_utf8(said).unwrap())
}

/// It tells what it does not understand on its standard error; its exit status is 0 all the same.
#[test]
fn systemd_understands_every_line() {
    let dir = tempfile::tempdir().unwrap();
    let (_, units) = several(dir.path());
    let folder = installed(dir.path(), &units);
    for unit in &units {
        let Some(said) = analyze(&["verify", "--man=no", "--recursive-errors=no"], &folder, &[&unit.name]) else {
            return;
        };
        let about: Vec<_> = said.lines().filter(|line| line.contains("site")).collect();
        assert!(about.is_empty(), "{}: {about:?}", unit.name);
    }
    let mut wrong = units[0].clone();
    wrong.text = wrong.text.replace("ListenStream=", "ListenStreem=");
    installed(dir.path(), &[wrong]);
    let said = analyze(&["verify", "--man=no"], &folder, &["site.socket"]).unwrap();
    assert!(said.contains("'ListenStreem'"), "{said}");
}

/// Its measure is how much a process could do to the machine: 0 nothing, 10 everything.
#[test]
fn systemd_finds_services_well_confined() {
    let dir = tempfile::tempdir().unwrap();
    let (_, units) = several(dir.path());
    let folder = installed(dir.path(), &units);
    for name in [
        "site.service",
        "site-worker.service",
        "site-api.service",
        "site-tidy-up.service",
    ] {
        let args = ["security", "--offline=yes", "--threshold=25", "--no-pager"];
        let Some(said) = analyze(&args, &folder, &[name]) else {
            return;
        };
        let level = said.lines().find(|line| line.contains("Overall exposure level"));
        let level = level.and_then(|line| line.split_whitespace().rev().nth(2));
        let level: f64 = level.unwrap_or(&said).parse().unwrap();
        assert!(level < 2.5, "{said}");
    }
}
