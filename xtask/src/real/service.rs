//! The installed service, started as its unit says.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use xshell::{Shell, cmd};

use super::debian::Debian;
use super::http;
use super::lab::Lab;
use crate::root;
use crate::step::{last_lines, read};

/// How long the service may take to end when it is told to.
const GRACE: Duration = Duration::from_secs(30);

/// A running service behind a socket of this machine; stopped when dropped.
pub(crate) struct Service<'a> {
    sh: &'a Shell,
    child: Child,
    log: PathBuf,
    pub(crate) address: String,
}

impl<'a> Service<'a> {
    /// Starts the unit at `/lib/systemd/system/NAME.service` and waits until it answers.
    pub(crate) fn start(lab: &Lab<'a>, debian: &Debian<'_>, name: &str) -> Result<Self> {
        let (address, log) = (http::free_address()?, lab.dir.join("service.log"));
        let child = Command::new("python3")
            .arg(root().join("xtask/src/real/launch.py"))
            .args([debian.dir.as_os_str(), name.as_ref(), address.as_ref()])
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?)
            .spawn()?;
        let sh = lab.sh;
        let service = Self {
            sh,
            child,
            log,
            address,
        };
        http::wait_for(&service.address, "/-/release").with_context(|| service.said())?;
        Ok(service)
    }

    /// The end of what the service wrote.
    fn said(&self) -> String {
        let log = self.sh.read_file(&self.log).unwrap_or_default();
        format!("the service said:\n{}", last_lines(&log, 30))
    }

    /// Tells it to end and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        let (pid, started) = (self.child.id().to_string(), Instant::now());
        read(cmd!(self.sh, "kill -TERM {pid}"))?;
        while self.child.try_wait()?.is_none() {
            ensure!(started.elapsed() < GRACE, "the service does not end; {}", self.said());
            sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Service<'_> {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
