//! The command that runs something as the services run.

use super::{environment, logs, state};
use crate::release::{Layout, Release};

/// `NAME-run COMMAND…`: runs a command as the service's user, where and with what the service runs.
pub(in crate::artifact::deb) fn run_script(release: &Release, layout: &Layout) -> String {
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
         export HOME={state} STATE_DIRECTORY={state} LOGS_DIRECTORY={logs}\n\
         export PATH={prefix}/venv/bin:/usr/bin:/bin\n\
         cd {prefix}/app\n\
         exec \"$@\"\n",
        state = state(release),
        logs = logs(release),
        prefix = layout.prefix,
    )
}

/// A word that the shell takes as it is.
pub(in crate::artifact::deb) fn shell_quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
