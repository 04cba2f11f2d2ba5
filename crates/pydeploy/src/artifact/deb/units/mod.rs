//! systemd units: a service for each process, a socket for each that listens, a timer for each that runs at certain times.

mod quote;
mod run_script;
mod service;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

pub(super) use run_script::{run_script, shell_quote};

use crate::config::{Schedule, Start};
use crate::python::Target;
use crate::release::{Layout, Release};

/// A unit's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// With its suffix: `guestbook.service`.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// What maintainer scripts have to know about a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Stays open while its service restarts, so that no request is lost.
    Socket(SocketAddr),
    /// Runs from the machine's start on.
    Service,
    /// Starts a service that is no unit of its own to those who start and stop.
    Timer,
    /// Is started by its timer only.
    Scheduled,
}

/// Folder of units, relative to `/`: `/usr/lib` where the distribution has finished its move there.
pub(super) fn folder(target: &Target) -> &'static str {
    match target.distribution() {
        "debian11" | "debian12" | "ubuntu22.04" => "lib/systemd/system",
        _ => "usr/lib/systemd/system",
    }
}

/// Folder of the application's data.
pub(super) fn state(release: &Release) -> String {
    format!("/var/lib/{}", release.project.name)
}

/// Folder of what the application logs by itself; what it prints goes to the journal.
pub(super) fn logs(release: &Release) -> String {
    format!("/var/log/{}", release.project.name)
}

/// The units of all services, those that others need first: sockets, services, timers.
pub(super) fn units(release: &Release, layout: &Layout) -> Vec<Unit> {
    let mut units = Vec::new();
    for service in &release.project.services {
        let name = service.unit(&release.project.name);
        let kind = match &service.start {
            Start::Socket(address) => {
                units.push(socket(&name, *address));
                Kind::Service
            }
            Start::Boot => Kind::Service,
            Start::Schedule(schedule) => {
                units.push(timer(&name, schedule));
                Kind::Scheduled
            }
        };
        units.push(Unit {
            text: service::text(release, service, layout),
            name: format!("{name}.service"),
            kind,
        });
    }
    units.sort_by_key(|unit| match unit.kind {
        Kind::Socket(_) => 0,
        Kind::Service | Kind::Scheduled => 1,
        Kind::Timer => 2,
    });
    units
}

fn socket(name: &str, address: SocketAddr) -> Unit {
    Unit {
        name: format!("{name}.socket"),
        kind: Kind::Socket(address),
        text: format!(
            "[Unit]\n\
             Description=Socket of {name}\n\
             \n\
             [Socket]\n\
             ListenStream={address}\n\
             \n\
             [Install]\n\
             WantedBy=sockets.target\n"
        ),
    }
}

/// A run that the machine was off for is made up when it is on again.
fn timer(name: &str, schedule: &Schedule) -> Unit {
    Unit {
        name: format!("{name}.timer"),
        kind: Kind::Timer,
        text: format!(
            "[Unit]\n\
             Description=Timer of {name}\n\
             \n\
             [Timer]\n\
             OnCalendar={schedule}\n\
             Persistent=yes\n\
             \n\
             [Install]\n\
             WantedBy=timers.target\n"
        ),
    }
}

/// What every process finds in its environment besides the host's file, which wins.
fn environment(release: &Release, layout: &Layout) -> Vec<(String, String)> {
    let own = [
        ("PYDEPLOY_RELEASE", release.id.to_string()),
        ("PYDEPLOY_STATE", state(release)),
        ("PYDEPLOY_STATIC", format!("{}/static", layout.prefix)),
        // A service cannot write below /opt; without this it would try at every start.
        ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
    ];
    let set = release.project.environment.set.iter();
    own.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .chain(set.map(|(name, value)| (name.clone(), value.clone())))
        .collect()
}
