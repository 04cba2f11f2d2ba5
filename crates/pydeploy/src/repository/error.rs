use std::path::PathBuf;

use super::{Entry, Suite};
use crate::artifact::deb::DebError;
use crate::config::PackageName;
use crate::digest::Sha256;
use crate::version::DebianVersion;
use crate::{CommandError, FileError, LockError, exit};

/// A repository was left as it was, or could not be read.
///
/// ```
/// use pydeploy::repository::Repository;
///
/// let dir = tempfile::tempdir()?;
/// let error = Repository::open(dir.path()).unwrap_err();
/// assert!(error.hint().is_some());
/// assert_eq!(error.exit_code(), pydeploy::exit::FAILED);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoryError {
    /// A file of the repository, or one that was to be added, could not be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another process works on the repository.
    #[error("the repository is busy")]
    Busy(#[from] LockError),
    /// A package that was to be added is broken.
    #[error("the package cannot be published")]
    Deb(#[from] DebError),
    /// `gpg` or `gpgv` failed or is not there.
    #[error("the repository cannot be signed")]
    Gpg(#[from] CommandError),
    /// The folder holds no repository.
    #[error("{} holds no repository", path.display())]
    NotARepository {
        /// The folder.
        path: PathBuf,
    },
    /// A repository keeps the settings that it was made with.
    #[error("{} has {field} `{have}`, not `{asked}`", path.display())]
    OtherSettings {
        /// The folder.
        path: PathBuf,
        /// Which setting.
        field: &'static str,
        /// Its value.
        have: String,
        /// The value that was asked for.
        asked: String,
    },
    /// A setting cannot stand in a `Release` file.
    #[error("{field} cannot be `{}`: {reason}", value.escape_debug())]
    BadSetting {
        /// Which setting.
        field: &'static str,
        /// The value.
        value: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No secret key has that fingerprint.
    #[error("gpg has no secret key `{key}`")]
    NoKey {
        /// What was asked for.
        key: String,
    },
    /// A file of the repository's own state does not say what it should.
    #[error("{} cannot be used: {reason}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Production takes what has been tried, from another suite.
    #[error("{suite} takes packages by promotion only")]
    PromoteOnly {
        /// The suite.
        suite: Suite,
    },
    /// One name, version and architecture stands for one content, for ever.
    #[error(
        "{} {} for {} is published in {suite} with sha256 {have}; the file offered has {}",
        offered.package, offered.version, offered.architecture, offered.sha256
    )]
    Conflict {
        /// What was offered.
        offered: Box<Entry>,
        /// A suite that has or had that name, version and architecture.
        suite: Suite,
        /// Digest of what is published there.
        have: Sha256,
    },
    /// Two versions that differ only in their epoch would have the same file name.
    #[error("{package} {offered} would have the same file name as {have}, which is published in {suite}")]
    NameTaken {
        /// The package.
        package: PackageName,
        /// A suite that has or had it.
        suite: Suite,
        /// The version that is published.
        have: DebianVersion,
        /// The version that was offered.
        offered: DebianVersion,
    },
    /// The suite would go backwards.
    #[error("{suite} has {package} {have}, which is newer than {offered}")]
    NotNewer {
        /// The package.
        package: PackageName,
        /// The suite.
        suite: Suite,
        /// Its newest version there.
        have: DebianVersion,
        /// The version that was to be promoted.
        offered: DebianVersion,
    },
    /// There is no suite to promote from.
    #[error("nothing can be promoted to {to} from {}", from.map_or("no other suite", Suite::as_str))]
    NoSource {
        /// The suite that was named to promote from.
        from: Option<Suite>,
        /// The suite to promote to.
        to: Suite,
    },
    /// The suite does not hold that package.
    #[error("{suite} does not hold {package}{}", version.as_ref().map(|v| format!(" {v}")).unwrap_or_default())]
    NotFound {
        /// The package.
        package: PackageName,
        /// The version, if one was asked for.
        version: Option<DebianVersion>,
        /// The suite.
        suite: Suite,
    },
    /// The suite never had that generation.
    #[error("{suite} has no generation {generation}")]
    NoGeneration {
        /// The suite.
        suite: Suite,
        /// The number.
        generation: u64,
    },
    /// The clock stands before the last publication: hosts would ignore what is published now.
    #[error("the clock says {at}, but {suite} was published at {previous}")]
    ClockBehind {
        /// The suite.
        suite: Suite,
        /// What the clock says.
        at: String,
        /// The date of the last publication.
        previous: String,
    },
    /// A file in the pool is gone or has another size.
    #[error("{} is missing from the pool, or was changed there", path.display())]
    PoolDamaged {
        /// The file.
        path: PathBuf,
    },
    /// What gpg signed does not verify with the public key that hosts are given.
    #[error("the signature of {file} for {suite} does not verify: {reason}")]
    BadSignature {
        /// `InRelease` or `Release.gpg`.
        file: &'static str,
        /// The suite.
        suite: Suite,
        /// What was found.
        reason: String,
    },
    /// A test stopped here.
    #[cfg(test)]
    #[error("interrupted")]
    Interrupted,
}

impl RepositoryError {
    /// The exit code of a command that ends with this error.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::PromoteOnly { .. }
            | Self::Conflict { .. }
            | Self::NameTaken { .. }
            | Self::NotNewer { .. }
            | Self::NoSource { .. }
            | Self::OtherSettings { .. }
            | Self::ClockBehind { .. } => exit::REFUSED,
            Self::Deb(DebError::File(_)) => exit::FAILED,
            Self::Deb(_) | Self::PoolDamaged { .. } | Self::BadSignature { .. } => exit::VERIFICATION,
            _ => exit::FAILED,
        }
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File(error) => return error.hint(),
            Self::Deb(error) => return error.hint(),
            Self::Busy(_) => "wait for the other command to end and run this one again".to_owned(),
            Self::Gpg(error) if error.is_missing_program() => "install the package `gnupg`".to_owned(),
            Self::NotARepository { .. } => "make one with `pydeploy repo init`".to_owned(),
            Self::OtherSettings { .. } => {
                "leave that option out, or make another repository in another folder".to_owned()
            }
            Self::NoKey { .. } => "list your keys with `gpg --list-secret-keys`".to_owned(),
            Self::PromoteOnly { .. } => "add it to staging, then run `pydeploy repo promote`".to_owned(),
            Self::Conflict { .. } | Self::NameTaken { .. } => "give the new build a higher version".to_owned(),
            Self::NotNewer { .. } => "allow the downgrade, or roll the suite back to a former generation".to_owned(),
            Self::NoSource { .. } => "name the suite that holds it".to_owned(),
            Self::ClockBehind { .. } => "set the clock, or SOURCE_DATE_EPOCH, to the present".to_owned(),
            Self::NotFound { .. } => "see what there is with `pydeploy repo list`".to_owned(),
            Self::NoGeneration { .. } => "see what there is with `pydeploy repo history`".to_owned(),
            Self::PoolDamaged { .. } => "add the same package file again".to_owned(),
            _ => return None,
        };
        Some(hint)
    }
}
