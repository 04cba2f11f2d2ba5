//! Releases with more than one service.

use std::error::Error as _;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use pydeploy::deploy::{OtherProgram, OtherStatus, Request, ServiceState};
use pydeploy::event::{Event, Silent};
use pydeploy::exit;

use crate::site::{Client, Site, get, kill, notes, options};

/// Writes into the state's `jobs` when it starts and, a moment after it was told to, when it has ended.
const WORKER: &str = r#"
import os, signal, sys, time
def note(what):
    with open(os.environ["PYDEPLOY_STATE"] + "/jobs", "a") as file:
        file.write(what + " " + os.environ["PYDEPLOY_RELEASE"] + "\n")
def end(*_):
    time.sleep(0.2)
    note("finished")
    sys.exit(0)
assert "LISTEN_FDS" not in os.environ
signal.signal(signal.SIGTERM, end)
note("started")
while True:
    signal.pause()
"#;

#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
fn other(name: &str, command: &[&str], listen: Option<SocketAddr>) -> OtherProgram {
    OtherProgram {
        name: name.parse().unwrap(),
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        listen,
    }
}

/// A release with a worker and a second server.
fn release(site: &Site, version: &str, api: SocketAddr) -> Request {
    let mut request = site.release(version, &[]);
    request.services.others = vec![
        other("worker", &["python", "-c", WORKER], None),
        other("api", &["python", "{app}/serve.py"], Some(api)),
    ];
    request
}

fn free() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|there| there.local_addr());
    free.expect("a free port")
}

fn jobs(site: &Site) -> Vec<String> {
    let text = std::fs::read_to_string(site.host.dir().join("shared/state/jobs")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Whether a process runs; one that has ended and that nobody has asked about does not.
fn lives(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
fn others(site: &Site) -> Vec<OtherStatus> {
    site.host.status().unwrap().others
}

#[test]
fn all_services_follow_the_release() {
    let (site, api) = (Site::new(), free());
    site.deploy(&release(&site, "1.0", api)).unwrap();
    let first = others(&site);
    let names: Vec<_> = first.iter().map(|other| (other.name.as_str(), other.state)).collect();
    assert_eq!(
        names,
        [("worker", ServiceState::Running), ("api", ServiceState::Running)]
    );
    assert!(!site.deploy(&release(&site, "1.0", api)).unwrap().changed);

    let client = Client::start(api);
    std::thread::sleep(Duration::from_millis(200));
    site.deploy(&release(&site, "1.1", api)).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(client.finish(), ["1.0", "1.1"]);
    assert_eq!(site.serving(), "1.1");
    assert_eq!(jobs(&site), ["started 1.0", "finished 1.0", "started 1.1"]);

    site.rollback(None).unwrap();
    assert_eq!(
        (site.serving().as_str(), get(api, "/-/release").unwrap().as_str()),
        ("1.0", "1.0")
    );
    let last = others(&site);
    site.host.stop(crate::site::now(), &mut Silent).unwrap();
    assert!(get(api, "/-/release").is_err());
    let left: Vec<_> = first
        .iter()
        .chain(&last)
        .filter_map(|other| other.pid)
        .filter(|pid| lives(*pid))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(jobs(&site).last().map(String::as_str), Some("finished 1.0"));
}

#[test]
fn a_worker_that_does_not_stay_up_takes_the_deployment_back() {
    let (site, api) = (Site::new(), free());
    site.deploy(&release(&site, "1.0", api)).unwrap();
    let mut broken = release(&site, "1.1", api);
    broken.services.others[0].command[2] = "raise SystemExit('no broker')".to_owned();
    let error = site.deploy(&broken).unwrap_err();
    assert_eq!(error.exit_code(), exit::ROLLED_BACK);
    assert_eq!(
        error.source().unwrap().to_string(),
        "the service `worker` of 1.1 does not stay up: it ended with exit status: 1:\n".to_owned()
            + &["no broker"; 5].join("\n")
    );
    assert_eq!(site.serving(), "1.0");
    assert_eq!(others(&site)[0].state, ServiceState::Running);
    assert_eq!(jobs(&site).last().map(String::as_str), Some("started 1.0"));
}

#[test]
fn an_address_that_is_taken_takes_the_deployment_back() {
    let site = Site::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let api = taken.local_addr().unwrap();
    let error = site.deploy(&release(&site, "1.0", api)).unwrap_err();
    let cause = error.source().unwrap().to_string();
    assert!(
        cause.starts_with(&format!(
            "the service `api` of 1.0 does not stay up: it could not be started: cannot listen on {api}"
        )),
        "{cause}"
    );
    assert!(site.host.status().unwrap().release.is_none());
}

#[test]
fn services_of_a_killed_supervisor_are_ended() {
    let (site, api) = (Site::new(), free());
    site.deploy(&release(&site, "1.0", api)).unwrap();
    let first: Vec<_> = others(&site).iter().filter_map(|other| other.pid).collect();
    kill(site.supervisor());
    assert!(first.iter().all(|pid| lives(*pid)));
    site.deploy(&release(&site, "1.1", api)).unwrap();
    assert!(!first.iter().any(|pid| lives(*pid)));
    assert_eq!(get(api, "/-/release").unwrap(), "1.1");
    assert_eq!(jobs(&site), ["started 1.0", "finished 1.0", "started 1.1"]);
}

#[test]
fn a_schedule_is_said_to_be_left_alone() {
    let site = Site::new();
    let mut request = site.release("1.0", &[]);
    request.services.scheduled = vec!["tidy-up".parse().unwrap()];
    let mut events: Vec<Event> = Vec::new();
    site.host.deploy(&request, &options(), &mut events).unwrap();
    assert_eq!(
        notes(&events),
        ["the service `tidy-up` has a schedule: nothing runs it on this host, a package's timer does"]
    );
}
