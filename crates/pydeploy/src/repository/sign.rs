//! gpg, in a keyring of the repository's own.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Path, PathBuf};

use super::layout::Layout;
use super::{RepositoryError, Suite};
use crate::sys::files::{self, At as _};
use crate::sys::gpg::{Gpg, quiet};
use crate::sys::process::{Invocation, Output, Runner as _, SystemRunner};
use crate::{CommandError, FileError};

/// A keyring that gpg works with while this lives; an agent that it started ends with it.
#[derive(Debug)]
pub(super) struct Keyring {
    /// `None` for the user's own.
    home: Option<Home>,
}

/// The repository's keyring under a short name: the path of an agent's socket must not be longer than 107 bytes.
#[derive(Debug)]
struct Home {
    link: PathBuf,
    _dir: tempfile::TempDir,
}

impl Drop for Home {
    fn drop(&mut self) {
        let kill = Invocation::new("gpgconf", "/").args(["--homedir".into(), self.link.clone().into_os_string()]);
        drop(SystemRunner.run(&kill.args(["--kill", "gpg-agent"])));
    }
}

/// The signed forms of a `Release` file.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) inrelease: Vec<u8>,
    pub(super) detached: Vec<u8>,
}

impl Keyring {
    /// The repository's own keyring, made if it is not there.
    pub(super) fn own(layout: &Layout) -> Result<Self, FileError> {
        let keyring = layout.keyring();
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&keyring);
        made.at("create the folder", &keyring)?;
        let keyring = fs::canonicalize(&keyring).at("find", &keyring)?;
        let short = Path::new("/tmp");
        let mut builder = tempfile::Builder::new();
        let dir = builder.prefix("pydeploy-").tempdir_in(short);
        let dir = dir.or_else(|_| builder.tempdir()).at("create a folder in", short)?;
        let link = dir.path().join("gpg");
        symlink(&keyring, &link).at("create the link", &link)?;
        Ok(Self {
            home: Some(Home { link, _dir: dir }),
        })
    }

    /// The keyring of whoever runs this.
    pub(super) fn user() -> Self {
        Self { home: None }
    }

    /// The fingerprint of a secret key that `key` names; of the first one when nothing is named.
    pub(super) fn fingerprint(&self, key: Option<&str>) -> Result<Option<String>, RepositoryError> {
        let list = self.gpg().args(["--with-colons", "--list-secret-keys"]).args(key);
        let listing = match SystemRunner.run(&list) {
            Ok(output) => output.stdout,
            Err(CommandError::Failed { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let listing = String::from_utf8_lossy(&listing);
        let line = listing.lines().find_map(|line| line.strip_prefix("fpr:"));
        Ok(line.and_then(|line| line.split(':').nth(8)).map(str::to_owned))
    }

    /// Makes an ed25519 key that signs, has no passphrase and never expires.
    pub(super) fn generate(&self, owner: &str) -> Result<(), RepositoryError> {
        let unlocked = ["--pinentry-mode", "loopback", "--passphrase", ""];
        let generate = self.gpg().args(unlocked);
        run(&generate.args(["--quick-generate-key", owner, "ed25519", "sign", "never"]))?;
        Ok(())
    }

    /// The public key, armored or not.
    pub(super) fn export(&self, fingerprint: &str, armored: bool) -> Result<Vec<u8>, RepositoryError> {
        let armor = if armored { "--armor" } else { "--no-armor" };
        let exported = run(&self.gpg().args([armor, "--export", fingerprint]))?.stdout;
        match exported.is_empty() {
            true => Err(RepositoryError::NoKey {
                key: fingerprint.to_owned(),
            }),
            false => Ok(exported),
        }
    }

    /// Signs `release` in both forms and verifies them with the public key at `public_key`.
    pub(super) fn sign(
        &self,
        suite: Suite,
        fingerprint: &str,
        public_key: &Path,
        release: &str,
    ) -> Result<Signed, RepositoryError> {
        let gpg = self.keyring();
        let signed = Signed {
            inrelease: gpg.clearsign(fingerprint, release)?,
            detached: gpg.detached(fingerprint, release)?,
        };
        self.verify(suite, public_key, release, &signed)?;
        Ok(signed)
    }

    /// Fails unless both forms are good signatures, by a key at `public_key`, of exactly `release`.
    pub(super) fn verify(
        &self,
        suite: Suite,
        public_key: &Path,
        release: &str,
        signed: &Signed,
    ) -> Result<(), RepositoryError> {
        let here = Path::new("/tmp");
        let dir = tempfile::Builder::new().prefix("pydeploy-").tempdir_in(here);
        let dir = dir.at("create a folder in", here)?;
        let put = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            fs::write(&path, bytes).at("write", &path).map(|()| path)
        };
        let bad = |file, reason: String| RepositoryError::BadSignature { file, suite, reason };
        let text = dir.path().join("text");
        let inrelease = put("InRelease", &signed.inrelease)?;
        let args = ["--output".into(), text.clone(), inrelease];
        self.gpgv(public_key, &args)
            .map_err(|e| or_command(e, |r| bad("InRelease", r)))?;
        if files::read(&text)? != release.as_bytes() {
            return Err(bad("InRelease", "it covers another text".to_owned()));
        }
        let args = [
            put("Release.gpg", &signed.detached)?,
            put("Release", release.as_bytes())?,
        ];
        self.gpgv(public_key, &args)
            .map_err(|e| or_command(e, |r| bad("Release.gpg", r)))?;
        Ok(())
    }

    fn gpgv(&self, public_key: &Path, args: &[PathBuf]) -> Result<Output, CommandError> {
        let public_key = fs::canonicalize(public_key).unwrap_or_else(|_| public_key.to_owned());
        let keyring = ["--keyring".into(), public_key.into_os_string()];
        match SystemRunner.run(&quiet("gpgv").args(keyring.clone()).args(args)) {
            Err(error) if error.is_missing_program() => {
                let gpg = self.gpg().args(["--trust-model", "always", "--no-default-keyring"]);
                SystemRunner.run(&gpg.args(keyring).args(["--verify"]).args(args))
            }
            other => other,
        }
    }

    fn gpg(&self) -> Invocation {
        self.keyring().command()
    }

    fn keyring(&self) -> Gpg {
        match &self.home {
            Some(home) => Gpg::at(home.link.clone()),
            None => Gpg::of_user(),
        }
    }
}

fn run(invocation: &Invocation) -> Result<Output, RepositoryError> {
    Ok(SystemRunner.run(invocation)?)
}

/// A program that ran and said no is a bad signature; one that could not run is not.
fn or_command(error: CommandError, bad: impl FnOnce(String) -> RepositoryError) -> RepositoryError {
    match error {
        CommandError::Failed { stderr, .. } => bad(stderr),
        other => RepositoryError::Gpg(other),
    }
}

/// The text that a clear-signed file covers, without a check of the signature.
pub(super) fn signed_text(inrelease: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(inrelease).ok()?;
    let (_, after_header) = text.split_once("\n\n")?;
    let (covered, _) = after_header.split_once("\n-----BEGIN PGP SIGNATURE-----")?;
    let unescaped = covered.split('\n').map(|line| line.strip_prefix("- ").unwrap_or(line));
    Some(unescaped.collect::<Vec<_>>().join("\n") + "\n")
}
