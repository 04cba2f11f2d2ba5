//! The repository while one process changes it.

use std::fs;
use std::time::Duration;

use super::layout::Layout;
use super::sign::{Keyring, Signed};
use super::state::{Generation, Settings};
use super::{Action, Repository, RepositoryError, Step, Suite};
use crate::Timestamp;
use crate::sys::files::{self, At as _};
use crate::sys::lock::Lock;

/// How long a command waits for another one to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Holds the lock; whatever a process before left unfinished is finished.
pub(super) struct Session<'a> {
    repository: &'a Repository,
    keyring: Keyring,
    _lock: Lock,
}

impl<'a> Session<'a> {
    pub(super) fn begin(repository: &'a Repository, at: Timestamp) -> Result<Self, RepositoryError> {
        let lock = lock(&repository.layout)?;
        let keyring = match repository.settings.own_key {
            true => Keyring::own(&repository.layout)?,
            false => Keyring::user(),
        };
        let session = Self {
            repository,
            keyring,
            _lock: lock,
        };
        session.complete(at)?;
        Ok(session)
    }

    fn complete(&self, at: Timestamp) -> Result<(), RepositoryError> {
        clear_staging(self.layout())?;
        export_keys(self.layout(), &self.keyring, &self.settings().fingerprint)?;
        for suite in Suite::ALL {
            match self.layout().load_current(suite)? {
                Some(current) => self.roll_forward(&current)?,
                None => drop(self.commit(suite, None, Vec::new(), Action::Init, at)?),
            }
        }
        Ok(())
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.repository.layout
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.repository.settings
    }

    /// The current generation; there is one as soon as there is a session.
    pub(super) fn current(&self, suite: Suite) -> Result<Generation, RepositoryError> {
        let current = self.layout().load_current(suite)?;
        current.ok_or(RepositoryError::NoGeneration { suite, generation: 1 })
    }

    pub(super) fn sign(&self, suite: Suite, release: &str) -> Result<Signed, RepositoryError> {
        let public_key = self.layout().public_key("key.gpg");
        self.keyring
            .sign(suite, &self.settings().fingerprint, &public_key, release)
    }

    /// Marks a place where a test may stop the command.
    #[cfg_attr(
        not(test),
        expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "for tests")
    )]
    pub(super) fn reach(&self, step: Step) -> Result<(), RepositoryError> {
        #[cfg(test)]
        if self.repository.interrupt == Some(step) {
            return Err(RepositoryError::Interrupted);
        }
        tracing::trace!(?step, "reached");
        Ok(())
    }
}

pub(super) fn lock(layout: &Layout) -> Result<Lock, RepositoryError> {
    Ok(Lock::acquire(&layout.lock(), PATIENCE)?)
}

fn clear_staging(layout: &Layout) -> Result<(), RepositoryError> {
    let staging = layout.staging();
    if staging.exists() {
        fs::remove_dir_all(&staging).at("remove", &staging)?;
    }
    Ok(files::create_dir_all(&staging)?)
}

/// Puts the public key where hosts find it, unless it is there.
pub(super) fn export_keys(layout: &Layout, keyring: &Keyring, fingerprint: &str) -> Result<(), RepositoryError> {
    for (file, armored) in [("key.gpg", false), ("key.asc", true)] {
        let path = layout.public_key(file);
        if !path.exists() {
            files::write_atomic(&path, &keyring.export(fingerprint, armored)?, 0o644)?;
        }
    }
    Ok(())
}
