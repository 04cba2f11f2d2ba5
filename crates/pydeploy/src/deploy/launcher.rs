//! Starting and stopping the supervisor of a host.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::control::{self, Ask};
use super::layout::Layout;
use super::service::{self, GRACE, tail_from};
use super::{DeployError, Options};
use crate::sys::files::At as _;
use crate::sys::lock::Lock;

/// How often the supervisor is asked whether it is so far.
const PAUSE: Duration = Duration::from_millis(50);

/// Starts a supervisor, which starts the service, and waits until it answers.
pub(super) fn launch(layout: &Layout, options: &Options) -> Result<(), DeployError> {
    let log_path = layout.log("supervisor.log");
    let mark = service::append(&log_path)?.metadata().at("read", &log_path)?.len();
    let failed = |problem: String| DeployError::Supervisor {
        problem,
        log: tail_from(&log_path, mark),
    };
    let mut child = spawn(layout, options)?;
    let deadline = Instant::now() + GRACE + Duration::from_secs(15);
    while control::ask(layout, Ask::Status)?.is_none() {
        if let Ok(Some(status)) = child.try_wait() {
            return Err(failed(format!("ended with {status}")));
        }
        if Instant::now() >= deadline {
            drop(child.kill().and_then(|()| child.wait()));
            return Err(failed("does not answer".to_owned()));
        }
        thread::sleep(PAUSE);
    }
    // It outlives this process, or is collected when it ends before.
    thread::spawn(move || child.wait());
    Ok(())
}

fn spawn(layout: &Layout, options: &Options) -> Result<Child, DeployError> {
    let (program, args) = options.supervisor.split_first().ok_or(DeployError::Supervisor {
        problem: "has no program".to_owned(),
        log: String::new(),
    })?;
    let log_path = layout.log("supervisor.log");
    let log = service::append(&log_path)?;
    let errors = log.try_clone().at("open", &log_path)?;
    Command::new(program)
        .args(args)
        .arg(layout.root())
        .current_dir(layout.root())
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|source| DeployError::Start {
            command: service::display(&options.supervisor),
            source,
        })
}

/// Stops service and supervisor; whether there was anything to stop.
pub(super) fn stop(layout: &Layout) -> Result<bool, DeployError> {
    control::make_run_dir(layout)?;
    let supervised = control::ask(layout, Ask::Stop)?.is_some();
    // Free when the supervisor has ended.
    let _lock = Lock::acquire(&layout.supervisor_lock(), Duration::from_secs(10))?;
    let orphaned = service::end_orphans(layout)?;
    Ok(supervised || orphaned)
}
