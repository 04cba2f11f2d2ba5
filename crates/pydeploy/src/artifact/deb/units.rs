//! systemd units and the command that runs something in the service's environment.

use crate::python::Target;
use crate::release::{Layout, Release};

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

/// The socket unit: it stays open while the service restarts, so that no request is lost.
pub(super) fn socket(release: &Release) -> String {
    let project = &release.project;
    format!(
        "[Unit]\n\
         Description=Socket of {name}\n\
         \n\
         [Socket]\n\
         ListenStream={listen}\n\
         \n\
         [Install]\n\
         WantedBy=sockets.target\n",
        name = project.name,
        listen = project.service.listen
    )
}

/// The service unit.
pub(super) fn service(release: &Release, layout: &Layout) -> String {
    let project = &release.project;
    let name = &project.name;
    let state = state(release);
    let command: Vec<_> = release
        .command(layout, &state)
        .iter()
        .map(|word| quote(&word.replace('$', "$$")))
        .collect();
    let environment: String = environment(release, layout)
        .iter()
        .map(|(name, value)| format!("Environment={}\n", quote(&format!("{name}={value}"))))
        .collect();
    let summary = if project.summary.is_empty() {
        name.as_str()
    } else {
        &project.summary
    };
    format!(
        "[Unit]\n\
         Description={summary}\n\
         Requires={name}.socket\n\
         After=network.target {name}.socket\n\
         \n\
         [Service]\n\
         Type={kind}\n\
         User={name}\n\
         Group={name}\n\
         WorkingDirectory={prefix}/app\n\
         {environment}\
         EnvironmentFile=-/etc/{name}/environment\n\
         ExecStart={command}\n\
         Restart=on-failure\n\
         KillMode=mixed\n\
         TimeoutStopSec=60\n\
         StateDirectory={name}\n\
         StateDirectoryMode=0750\n\
         NoNewPrivileges=yes\n\
         PrivateTmp=yes\n\
         PrivateDevices=yes\n\
         ProtectSystem=strict\n\
         ProtectHome=yes\n\
         ProtectKernelTunables=yes\n\
         ProtectKernelModules=yes\n\
         ProtectControlGroups=yes\n\
         RestrictSUIDSGID=yes\n\
         LockPersonality=yes\n\
         \n\
         [Install]\n\
         WantedBy=multi-user.target\n",
        summary = summary.replace('%', "%%"),
        kind = kind(release),
        prefix = layout.prefix,
        command = command.join(" "),
    )
}

/// `NAME-run COMMAND…`: runs a command as the service's user, where and with what the service runs.
pub(super) fn run_script(release: &Release, layout: &Layout) -> String {
    let name = &release.project.name;
    let environment: String = environment(release, layout)
        .iter()
        .map(|(name, value)| format!("export {name}={}\n", shell_quote(value)))
        .collect();
    format!(
        "#!/bin/sh\n\
         # Runs a command in the environment of {name}: {name}-run python manage.py migrate\n\
         set -eu\n\
         if [ \"$#\" -eq 0 ]; then\n    \
             echo \"usage: $0 COMMAND [ARGUMENT]...\" >&2\n    \
             exit 2\n\
         fi\n\
         if [ \"$(id -un)\" != {name} ]; then\n    \
             exec runuser -u {name} -- \"$0\" \"$@\"\n\
         fi\n\
         {environment}\
         if [ -r /etc/{name}/environment ]; then\n    \
             set -a\n    \
             . /etc/{name}/environment\n    \
             set +a\n\
         fi\n\
         export HOME={state}\n\
         export PATH={prefix}/venv/bin:/usr/bin:/bin\n\
         cd {prefix}/app\n\
         exec \"$@\"\n",
        state = state(release),
        prefix = layout.prefix,
    )
}

/// What the service finds in its environment besides the host's file, which wins.
fn environment(release: &Release, layout: &Layout) -> Vec<(String, String)> {
    let own = [
        ("PYDEPLOY_RELEASE", release.id.to_string()),
        ("PYDEPLOY_STATE", state(release)),
        ("PYDEPLOY_STATIC", format!("{}/static", layout.prefix)),
        // The service cannot write below /opt; without this it would try at every start.
        ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
    ];
    let set = release.project.environment.set.iter();
    own.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .chain(set.map(|(name, value)| (name.clone(), value.clone())))
        .collect()
}

/// Servers that tell systemd when they are ready; others count as started when their program runs.
fn kind(release: &Release) -> &'static str {
    match release.project.service.command.first().map(String::as_str) {
        Some("gunicorn" | "uwsgi") => "notify",
        _ => "exec",
    }
}

/// A word of a unit file (systemd.syntax(7)): specifiers are not expanded in it. Command lines expand variables too,
/// assignments do not.
fn quote(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    let plain = |c: char| c.is_ascii_alphanumeric() || "/.,:_+~=-@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => escaped,
        false => format!("\"{escaped}\""),
    }
}

fn shell_quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_systemd() {
        for (word, expected) in [
            ("guestbook.wsgi:application", "guestbook.wsgi:application"),
            ("1%3a2", "1%%3a2"),
            ("a b", "\"a b\""),
            ("say \"x\"", "\"say \\\"x\\\"\""),
            ("", "\"\""),
        ] {
            assert_eq!(quote(word), expected);
        }
    }
}
