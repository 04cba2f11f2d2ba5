//! The unit of a process.

use super::quote::quote;
use super::{environment, state};
use crate::config::{Server, Service, Start};
use crate::release::{Layout, Release};

/// What a process of a web application does not need, and what therefore is not in reach of whoever breaks into it.
///
/// Not here: `MemoryDenyWriteExecute`, which breaks everything that compiles at run time; `ProcSubset=pid`, which hides the
/// number of processors and the size of the memory from servers that ask; `PrivateUsers`, which containers may refuse;
/// `PrivateNetwork` and `IPAddressDeny`, because databases and other sites are elsewhere; a filter without `@privileged`
/// and `@resources`, because a process may give its own files to its own group and take itself less seriously.
const CONFINEMENT: [&str; 23] = [
    "UMask=0027",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectProc=invisible",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "RemoveIPC=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallErrorNumber=EPERM",
];

pub(super) fn text(release: &Release, service: &Service, layout: &Layout) -> String {
    let sections = [
        ("Unit", unit(release, service)),
        ("Service", process(release, service, layout)),
        ("Install", install(service)),
    ];
    let present = sections.iter().filter(|(_, lines)| !lines.is_empty());
    let texts: Vec<_> = present
        .map(|(name, lines)| format!("[{name}]\n{}\n", lines.join("\n")))
        .collect();
    texts.join("\n")
}

fn unit(release: &Release, service: &Service) -> Vec<String> {
    let name = service.unit(&release.project.name);
    let mut lines = vec![format!("Description={}", description(release, service))];
    match service.start {
        Start::Socket(_) => {
            lines.push(format!("Requires={name}.socket"));
            lines.push(format!("After=network.target {name}.socket"));
        }
        Start::Boot | Start::Schedule(_) => lines.push("After=network.target".to_owned()),
    }
    lines
}

fn description(release: &Release, service: &Service) -> String {
    let project = &release.project;
    let summary = match project.summary.lines().next().unwrap_or_default() {
        "" => project.name.as_str(),
        summary => summary,
    };
    let summary = summary.replace('%', "%%");
    match &service.name {
        Some(name) => format!("{summary} ({name})"),
        None => summary,
    }
}

fn process(release: &Release, service: &Service, layout: &Layout) -> Vec<String> {
    let name = &release.project.name;
    let mut lines = vec![
        format!("Type={}", kind(service)),
        format!("User={name}"),
        format!("Group={name}"),
        format!("WorkingDirectory={}/app", layout.prefix),
    ];
    lines.extend(
        environment(release, layout)
            .iter()
            .map(|(name, value)| format!("Environment={}", quote(&format!("{name}={value}")))),
    );
    lines.push(format!("EnvironmentFile=-/etc/{name}/environment"));
    lines.push(format!("ExecStart={}", command(release, service, layout)));
    lines.extend(life(service));
    for key in ["StateDirectory", "LogsDirectory"] {
        lines.push(format!("{key}={name}"));
        lines.push(format!("{key}Mode=0750"));
    }
    lines.extend(CONFINEMENT.map(ToOwned::to_owned));
    lines
}

fn command(release: &Release, service: &Service, layout: &Layout) -> String {
    let words = Release::command(service, layout, &state(release));
    let words: Vec<_> = words.iter().map(|word| quote(&word.replace('$', "$$"))).collect();
    words.join(" ")
}

/// Servers that tell systemd when they are ready; others count as started when their program runs.
fn kind(service: &Service) -> &'static str {
    match (&service.start, Server::of(&service.command)) {
        (Start::Schedule(_), _) => "oneshot",
        (_, Server::Gunicorn | Server::Uwsgi) => "notify",
        (_, Server::Other) => "exec",
    }
}

/// How it ends and whether it is started again. The main process is told first and lets the others finish; what is left
/// when the time is over is killed.
fn life(service: &Service) -> Vec<String> {
    let lines = match (&service.start, Server::of(&service.command)) {
        (Start::Schedule(_), _) => &["KillMode=mixed"][..],
        (_, Server::Uwsgi) => return uwsgi(),
        (Start::Socket(_), _) => &["Restart=on-failure", "KillMode=mixed", "TimeoutStopSec=60"],
        // A worker finishes the job that it has begun.
        (Start::Boot, _) => &["Restart=on-failure", "KillMode=mixed", "TimeoutStopSec=300"],
    };
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// A reload for another reason than the end is a restart. Without a master process it exits with 30.
fn uwsgi() -> Vec<String> {
    let (variable, value) = Server::UWSGI_EXIT;
    let rest = [
        "KillSignal=SIGHUP",
        "SuccessExitStatus=30",
        "Restart=always",
        "KillMode=mixed",
        "TimeoutStopSec=60",
    ];
    let first = format!("Environment={variable}={value}");
    std::iter::once(first).chain(rest.map(ToOwned::to_owned)).collect()
}

/// A service that a timer starts is not started with the machine.
fn install(service: &Service) -> Vec<String> {
    match service.start {
        Start::Schedule(_) => Vec::new(),
        Start::Socket(_) | Start::Boot => vec!["WantedBy=multi-user.target".to_owned()],
    }
}
