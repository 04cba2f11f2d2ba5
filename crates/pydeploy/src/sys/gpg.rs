//! gpg: what signs, with a keyring.

use std::path::PathBuf;

use super::process::{CommandError, Invocation, Runner as _, SystemRunner};

/// A keyring that gpg works with.
#[derive(Clone, Debug)]
pub(crate) struct Gpg {
    /// `None` for that of whoever runs this.
    home: Option<PathBuf>,
}

impl Gpg {
    pub(crate) fn at(home: PathBuf) -> Self {
        Self { home: Some(home) }
    }

    pub(crate) fn of_user() -> Self {
        Self { home: None }
    }

    /// `gpg` with the options that every use of it has.
    pub(crate) fn command(&self) -> Invocation {
        let gpg = quiet("gpg").args(["--batch", "--no-tty", "--yes"]);
        match &self.home {
            Some(home) => gpg.args(["--homedir".into(), home.clone().into_os_string()]),
            None => gpg,
        }
    }

    /// The text with a signature around it.
    pub(crate) fn clearsign(&self, key: &str, text: &str) -> Result<Vec<u8>, CommandError> {
        self.sign(key, text, "--clearsign")
    }

    /// A signature of the text, without it.
    pub(crate) fn detached(&self, key: &str, text: &str) -> Result<Vec<u8>, CommandError> {
        self.sign(key, text, "--detach-sign")
    }

    fn sign(&self, key: &str, text: &str, form: &str) -> Result<Vec<u8>, CommandError> {
        let sign = self.command().args(["--local-user", key, "--digest-algo", "SHA512"]);
        let signed = SystemRunner.run(&sign.args(["--armor", form]).stdin(text))?;
        Ok(signed.stdout)
    }

    /// The text that a good signature by a key of the keyring is around.
    pub(crate) fn verified_text(&self, signed: &[u8]) -> Result<Vec<u8>, CommandError> {
        let decrypt = self.command().args(["--decrypt"]).stdin(signed);
        Ok(SystemRunner.run(&decrypt)?.stdout)
    }
}

/// A program of GnuPG that says nothing but errors.
pub(crate) fn quiet(program: &str) -> Invocation {
    Invocation::new(program, "/").args(["--quiet"]).env("LC_ALL", "C.UTF-8")
}
