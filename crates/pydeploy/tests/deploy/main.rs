//! Deployments to a folder, with a real supervisor and a real service on the loopback interface.

mod several;
mod site;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pydeploy::deploy::{DeployError, Phase, ServiceState};
use pydeploy::event::{Event, Silent};
use pydeploy::exit;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use site::{Client, Site, get, id, kill, notes, now, options};

/// Not a test: what the tests run as supervisor.
#[test]
fn supervisor_process() {
    if std::env::var_os("SUPERVISE").is_some() {
        let host = std::env::args_os().next_back().unwrap();
        pydeploy::deploy::supervise(host.as_ref()).unwrap();
    }
}

/// Not a test: a command that deploys 1.1, for tests that kill it.
#[test]
fn deploying_process() {
    let Some(dir) = std::env::var_os("DEPLOY") else { return };
    let site = Site::at(dir.as_ref());
    let seconds = std::env::var("SLOW").unwrap();
    let mut request = site.release("1.1", &["--slow", "30"]);
    let wait = format!("import time; time.sleep({seconds})");
    request.prepare = vec![vec!["python".to_owned(), "-c".to_owned(), wait]];
    site.deploy(&request).unwrap();
}

/// Starts [`deploying_process`] in a group of its own, and kills the group a moment after it came so far.
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
fn kill_deployment_when(site: &Site, seconds: &str, came_so_far: impl Fn() -> bool) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--quiet", "--exact", "deploying_process"])
        .env("DEPLOY", site.host.dir())
        .env("SLOW", seconds)
        .stdout(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    while !came_so_far() {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(300));
    kill_process_group(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
}

#[test]
fn a_deployment_that_is_killed_before_the_switch_changes_nothing() {
    let site = Site::new();
    site.deploy(&site.release("1.0", &[])).unwrap();
    let pid = site.host.status().unwrap().pid;
    kill_deployment_when(&site, "30", || site.has("started 1.1"));
    assert_eq!(
        (site.serving(), site.host.status().unwrap().pid),
        ("1.0".to_owned(), pid)
    );
    site.deploy(&site.release("1.1", &[])).unwrap();
    assert_eq!(site.serving(), "1.1");
}

#[test]
fn a_deployment_that_is_killed_after_the_switch_is_taken_back_by_the_next() {
    let site = Site::new();
    site.deploy(&site.release("1.0", &[])).unwrap();
    kill_deployment_when(&site, "0", || site.has("switched 1.1"));
    assert_eq!(site.host.status().unwrap().release, Some(id("1.1")));
    let mut broken = site.release("1.2", &[]);
    broken.prepare = vec![vec!["nothing".to_owned()]];
    let error = site.deploy(&broken).unwrap_err();
    assert!(error.to_string().ends_with("1.0 is current as before"), "{error}");
    assert_eq!(get(site.listen, "/-/release").unwrap(), "1.0");
    assert_eq!(site.serving(), "1.0");
}

#[test]
fn the_first_deployment_serves_from_its_own_folder_and_environment() {
    let site = Site::new();
    let mut events = Vec::new();
    let deployed = site
        .host
        .deploy(&site.release("1.0", &[]), &options(), &mut events)
        .unwrap();
    assert_eq!((deployed.previous, deployed.changed), (None, true));
    assert_eq!(site.serving(), "1.0");
    assert_eq!(
        site.get("/folder"),
        site.host.release_dir(&id("1.0")).join("app").to_str().unwrap()
    );
    let environment = site.get("/environment");
    for wanted in ["COLOUR=red", "PYDEPLOY_RELEASE=1.0", "SECRET_KEY=", "LISTEN_FDS=1"] {
        assert!(environment.contains(wanted), "{wanted} in {environment}");
    }
    assert!(!environment.contains("CARGO"), "{environment}");
    assert_eq!(site.phases(), ["started 1.0", "ready 1.0", "switched 1.0", "live 1.0"]);
    let secrets = fs::metadata(site.host.dir().join("shared/environment.json")).unwrap();
    assert_eq!(secrets.permissions().mode() & 0o777, 0o600);
    let finished = |event: &&Event| matches!(event, Event::StepFinished { .. });
    assert_eq!(events.iter().filter(finished).count(), 7, "{events:?}");
}

#[test]
fn an_upgrade_and_a_rollback_lose_no_request() {
    let site = Site::new();
    site.deploy(&site.release("1.0", &[])).unwrap();
    let client = Client::start(site.host.status().unwrap().address.unwrap());
    let upgraded = site.deploy(&site.release("1.1", &[])).unwrap();
    assert_eq!(upgraded.previous, Some(id("1.0")));
    site.deploy(&site.release("1.2", &["--slow", "0.5"])).unwrap();
    site.rollback(None).unwrap();
    assert_eq!(client.finish(), ["1.0", "1.1", "1.2", "1.1"]);
    assert_eq!(site.rollback(None).unwrap().release, id("1.0"));
    let error = site.rollback(None).unwrap_err();
    assert!(matches!(error, DeployError::NothingToRollBackTo { .. }), "{error}");
    assert_eq!(site.rollback(Some("1.2")).unwrap().release, id("1.2"));
    assert_eq!(site.serving(), "1.2");
    assert_eq!(site.names("releases"), ["1.0", "1.1", "1.2"]);
}

#[test]
fn a_release_that_dies_at_start_is_taken_back_at_once() {
    let site = Site::new();
    site.deploy(&site.release("1.0", &[])).unwrap();
    let client = Client::start(site.host.status().unwrap().address.unwrap());
    let begun = Instant::now();
    let error = site.deploy(&site.release("1.1", &["--die"])).unwrap_err();
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "the check waited for its timeout"
    );
    assert_eq!(error.exit_code(), exit::ROLLED_BACK);
    assert_eq!(
        error.to_string(),
        "1.1 was not deployed: the step `health-check` failed; 1.0 is current as before"
    );
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("exit status: 1:\nno database"), "{cause}");
    assert_eq!(client.finish(), ["1.0"]);
    assert_eq!(site.serving(), "1.0");
    assert_eq!(site.names("releases"), [".failed-1.1", "1.0"]);
    let record = site.host.history().unwrap().records.pop().unwrap();
    assert_eq!((record.phase, record.to), (Phase::RolledBack, Some(id("1.0"))));

    let mended = site.deploy(&site.release("1.1", &[])).unwrap();
    assert_eq!((mended.release, site.serving()), (id("1.1"), "1.1".to_owned()));
}

#[test]
fn a_first_release_that_fails_leaves_nothing_current_and_nothing_running() {
    let site = Site::new();
    let error = site.deploy(&site.release("1.0", &["--die"])).unwrap_err();
    assert_eq!(error.exit_code(), exit::ROLLED_BACK);
    assert!(error.to_string().ends_with("nothing is current, as before"), "{error}");
    let status = site.host.status().unwrap();
    assert_eq!((status.release, status.state), (None, ServiceState::Stopped));
    assert!(get(site.listen, "/-/release").is_err());
    site.deploy(&site.release("1.0", &[])).unwrap();
    assert_eq!(site.serving(), "1.0");
}

#[test]
fn a_release_that_cannot_be_prepared_does_not_touch_the_running_one() {
    let site = Site::new();
    site.deploy(&site.release("1.0", &[])).unwrap();
    let running = site.host.status().unwrap().pid;
    let mut broken = site.release("1.1", &[]);
    let script = "import os, sys; open(os.environ['PYDEPLOY_STATE'] + '/ran', 'w'); sys.exit('no such table')";
    broken.prepare = vec![vec!["python".to_owned(), "-c".to_owned(), script.to_owned()]];
    let error = site.deploy(&broken).unwrap_err();
    assert_eq!(error.exit_code(), exit::ROLLED_BACK);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.ends_with("ended with exit status: 1:\nno such table"), "{cause}");
    assert_eq!(site.serving(), "1.0");
    assert_eq!(site.host.status().unwrap().pid, running);
    assert_eq!(site.names("shared/state"), ["ran"]);
    assert_eq!(site.phases().last().unwrap(), "failed 1.1");
}

#[test]
fn a_missing_program_is_found_before_the_switch() {
    let site = Site::new();
    let mut request = site.release("1.0", &[]);
    request.services.command[0] = "gunicorn".to_owned();
    let error = site.deploy(&request).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(
        cause,
        "the release has no program `gunicorn`: there is no venv/bin/gunicorn"
    );
    assert!(site.names("releases").is_empty());
}

#[test]
fn a_service_that_answers_another_id_is_taken_back() {
    let site = Site::new();
    site.deploy(&site.release("1.0", &[])).unwrap();
    let mut wrong = site.release("1.1", &["--answer", "1.0"]);
    wrong.health.timeout = Duration::from_secs(1);
    let error = site.deploy(&wrong).unwrap_err();
    assert_eq!(error.exit_code(), exit::ROLLED_BACK);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.ends_with("it last answered with status 200 and `1.0`"), "{cause}");
    assert_eq!(site.serving(), "1.0");
}

#[test]
fn a_rollback_that_cannot_be_made_good_says_so() {
    let site = Site::new();
    site.deploy(&site.release("1.0", &[])).unwrap();
    fs::write(
        site.host.release_dir(&id("1.0")).join("app/serve.py"),
        "raise SystemExit('gone')",
    )
    .unwrap();
    let error = site.deploy(&site.release("1.1", &["--die"])).unwrap_err();
    assert_eq!(error.exit_code(), exit::ROLLBACK_FAILED);
    assert!(
        error
            .to_string()
            .ends_with("then bringing back 1.0 failed at `health-check`"),
        "{error}"
    );
}

#[test]
fn a_live_release_is_not_deployed_again_but_started_when_it_does_not_run() {
    let site = Site::new();
    let request = site.release("1.0", &[]);
    site.deploy(&request).unwrap();
    let pid = site.host.status().unwrap().pid;
    let again = site.deploy(&request).unwrap();
    assert_eq!((again.changed, again.pid), (false, pid));

    let stopped = site.host.stop(now(), &mut Silent).unwrap();
    assert!(stopped.changed);
    assert!(get(site.listen, "/-/release").is_err());
    assert!(!site.host.stop(now(), &mut Silent).unwrap().changed);
    assert_eq!(site.host.status().unwrap().state, ServiceState::Stopped);
    assert!(site.deploy(&request).unwrap().changed);
    assert_eq!(site.serving(), "1.0");

    site.host.stop(now(), &mut Silent).unwrap();
    assert!(site.start().unwrap().changed);
    assert_eq!(site.serving(), "1.0");
    let changed = site.release("1.0", &["--answer", "1.0"]);
    assert_eq!(site.deploy(&changed).unwrap_err().exit_code(), exit::REFUSED);
}

#[test]
fn a_killed_supervisor_is_replaced() {
    let site = Site::in_folder(&format!("deep/{}", "long".repeat(30)));
    site.deploy(&site.release("1.0", &[])).unwrap();
    kill(site.supervisor());
    assert_eq!(get(site.listen, "/-/release").unwrap(), "1.0");
    assert_eq!(site.host.status().unwrap().state, ServiceState::Stopped);
    site.deploy(&site.release("1.1", &[])).unwrap();
    assert_eq!(site.serving(), "1.1");

    kill(site.supervisor());
    let error = site.deploy(&site.release("1.2", &["--die"])).unwrap_err();
    assert_eq!(error.exit_code(), exit::ROLLED_BACK);
    assert_eq!(site.serving(), "1.1");

    kill(site.supervisor());
    assert!(site.host.stop(now(), &mut Silent).unwrap().changed);
    assert!(get(site.listen, "/-/release").is_err());
}

#[test]
fn the_supervisor_survives_the_group_of_whoever_started_it() {
    let site = Site::new();
    site.deploy(&site.release("1.0", &[])).unwrap();
    site.host.stop(now(), &mut Silent).unwrap();
    kill_deployment_when(&site, "0", || site.host.status().unwrap().running);
    let status = site.host.status().unwrap();
    assert_eq!((status.running, status.release), (true, Some(id("1.1"))));
}

#[test]
fn a_service_that_dies_is_started_again() {
    let site = Site::new();
    site.deploy(&site.release("1.0", &[])).unwrap();
    let first = site.host.status().unwrap().pid.unwrap();
    kill_process(Pid::from_raw(i32::try_from(first).unwrap()).unwrap(), Signal::KILL).unwrap();
    assert_eq!(get(site.listen, "/-/release").unwrap(), "1.0");
    assert_ne!(site.host.status().unwrap().pid, Some(first));
}

#[test]
fn a_second_deployment_waits_for_the_first() {
    let site = Site::new();
    site.deploy(&site.release("1.0", &[])).unwrap();
    let (slow, next) = (site.release("1.1", &["--slow", "1"]), site.release("1.2", &[]));
    std::thread::scope(|scope| {
        scope.spawn(|| site.deploy(&slow).unwrap());
        while !site.has("started 1.1") {
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut events = Vec::new();
        site.host.deploy(&next, &options(), &mut events).unwrap();
        assert!(notes(&events)[0].starts_with("waiting for process "), "{events:?}");
    });
    assert_eq!(site.serving(), "1.2");
    assert_eq!(
        site.phases()[4..8],
        ["started 1.1", "ready 1.1", "switched 1.1", "live 1.1"]
    );
}

#[test]
fn a_taken_port_is_replaced_once_and_then_kept() {
    let site = Site::new();
    let taken = TcpListener::bind(site.listen).unwrap();
    let mut events = Vec::new();
    let first = site
        .host
        .deploy(&site.release("1.0", &[]), &options(), &mut events)
        .unwrap();
    assert_ne!(first.address, site.listen);
    let note = format!("{} is taken: the service listens on {}", site.listen, first.address);
    assert_eq!(notes(&events), [note]);
    drop(taken);
    assert_eq!(site.deploy(&site.release("1.1", &[])).unwrap().address, first.address);

    let mut elsewhere = options();
    elsewhere.listen = Some(site.listen);
    let moved = site
        .host
        .deploy(&site.release("1.2", &[]), &elsewhere, &mut Silent)
        .unwrap();
    assert_eq!(moved.address, site.listen);
    assert_eq!(site.serving(), "1.2");
}

#[test]
fn an_unfinished_release_is_replaced() {
    let site = Site::new();
    let request = site.release("1.0", &[]);
    let dir = site.host.release_dir(&request.id);
    fs::create_dir_all(dir.join("app/half")).unwrap();
    fs::create_dir_all(dir.with_file_name(".staging-0.9/app")).unwrap();
    site.deploy(&request).unwrap();
    assert!(!dir.join("app/half").exists());
    assert_eq!(site.names("releases"), ["1.0"]);
}

#[test]
fn a_malformed_environment_stops_a_deployment_before_it_begins() {
    let site = Site::new();
    let file = site.host.dir().join("shared/environment.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "{\n\"A\": \"b\",\n}\n").unwrap();
    let error = site.deploy(&site.release("1.0", &[])).unwrap_err();
    assert_eq!(error.exit_code(), exit::FAILED);
    assert_eq!(error.to_string(), format!("{}:3: trailing comma", file.display()));
}
