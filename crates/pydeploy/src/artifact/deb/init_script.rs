//! Init scripts, for machines without systemd: with the header of the Linux Standard Base, and dpkg's own
//! `start-stop-daemon(8)` to start and stop.

use super::units::{logs, shell_quote, state};
use crate::config::{Server, Service};
use crate::release::{Layout, Release};

/// Opens the socket, hands it over as `sd_listen_fds(3)` says, and becomes the server. It runs as the service's user: ports
/// below 1024 are out of reach.
const LISTEN: &str = "import os, socket, sys
host, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
listener = socket.socket(socket.AF_INET6 if \":\" in host else socket.AF_INET)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((host, port))
listener.listen(128)
if listener.fileno() != 3:
    os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS=\"1\", LISTEN_PID=str(os.getpid()))
os.execv(command[0], command)
";

/// The services that have one.
pub(super) fn services(release: &Release) -> impl Iterator<Item = &Service> {
    release.project.services.iter().filter(|service| service.sysv)
}

/// The script of one service, `/etc/init.d/NAME`.
///
/// What a service prints goes to `/var/log/PACKAGE/NAME.log`, since there is no journal. The service's user opens that file:
/// `start-stop-daemon --output` opens it as root and follows a link that the user could have put there. `status` and the
/// other actions end as the Linux Standard Base wants: 0 for done or running, 3 for not running, 1 for dead with a file that
/// names its process, 2 for an action that is none.
pub(super) fn text(release: &Release, service: &Service, layout: &Layout) -> String {
    let package = &release.project.name;
    let name = service.unit(package);
    let (signal, patience) = end(service);
    format!(
        r#"#!/bin/sh
### BEGIN INIT INFO
# Provides:          {name}
# Required-Start:    $local_fs $remote_fs $network
# Required-Stop:     $local_fs $remote_fs $network
# Should-Start:      $named $time postgresql mysql redis-server rabbitmq-server
# Should-Stop:       $named $time postgresql mysql redis-server rabbitmq-server
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: {summary}
### END INIT INFO

set -e

# Removed, but not purged.
[ -x /usr/bin/{package}-run ] || exit 0

daemon() {{
    action=$1
    shift
    start-stop-daemon "--$action" --quiet --pidfile /run/{name}.pid --user {package} "$@"
}}

start() {{
    daemon start --oknodo --background --make-pidfile --chuid {package}:{package} --umask 0027 \
        --startas /bin/sh -- -c 'exec "$0" "$@" >>{logs}/{name}.log 2>&1' /usr/bin/{package}-run \
        {words}
}}

stop() {{
    daemon stop --oknodo --retry={signal}/{patience}/KILL/5 --remove-pidfile
}}

running() {{
    daemon status
}}

case "${{1:-}}" in
start)
    echo "Starting {name}."
    start
    ;;
stop)
    echo "Stopping {name}."
    stop
    ;;
restart | force-reload)
    echo "Restarting {name}."
    stop
    start
    ;;
try-restart)
    if running; then
        echo "Restarting {name}."
        stop
        start
    fi
    ;;
status)
    state=0
    running || state=$?
    case "$state" in
    0) echo "{name} is running." ;;
    *) echo "{name} is not running." ;;
    esac
    exit "$state"
    ;;
*)
    echo "usage: $0 start|stop|restart|force-reload|try-restart|status" >&2
    exit 2
    ;;
esac
"#,
        summary = release.project.summary.lines().next().unwrap_or(package.as_str()),
        logs = logs(release),
        words = words(release, service, layout),
    )
}

fn words(release: &Release, service: &Service, layout: &Layout) -> String {
    let mut words = Vec::new();
    if Server::of(&service.command) == Server::Uwsgi {
        let (variable, value) = Server::UWSGI_EXIT;
        words.extend(["env".to_owned(), format!("{variable}={value}")]);
    }
    if let Some(address) = service.listen() {
        let python = format!("{}/bin/python", layout.venv());
        words.extend([python, "-c".to_owned(), LISTEN.to_owned()]);
        words.extend([address.ip().to_string(), address.port().to_string()]);
    }
    words.extend(Release::command(service, layout, &state(release)));
    let quoted: Vec<_> = words.iter().map(|word| shell_quote(word)).collect();
    quoted.join(" ")
}

/// As the units have it.
fn end(service: &Service) -> (&'static str, u32) {
    match (Server::of(&service.command), service.listen()) {
        (Server::Uwsgi, _) => ("HUP", 60),
        (_, Some(_)) => ("TERM", 60),
        (_, None) => ("TERM", 300),
    }
}

#[cfg(test)]
#[path = "init_script_tests.rs"]
mod tests;
