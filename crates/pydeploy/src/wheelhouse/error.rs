//! Why a wheel could not be had.

use std::path::PathBuf;

use crate::digest::Sha256;
use crate::python::DistributionName;
use crate::sys::files::FileError;
use crate::sys::process::CommandError;

/// A wheel could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file that arrived, or that an index offers, is another than the one in the lock.
    #[error("{file} has sha256 {actual}, the lock says {expected}")]
    HashMismatch {
        /// The file.
        file: String,
        /// What the lock says.
        expected: Sha256,
        /// What it has.
        actual: Sha256,
    },
    /// A file is longer or shorter than the one in the lock.
    #[error("{file} has {} bytes, the lock says {expected}", more_than(*.actual, *.expected))]
    SizeMismatch {
        /// The file.
        file: String,
        /// What the lock says.
        expected: u64,
        /// How many bytes came, before no more were taken.
        actual: u64,
    },
    /// A server refused.
    #[error("{url} answers {status}, asked for {file}")]
    Status {
        /// The file.
        file: String,
        /// The URL, without credentials.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// A server could not be reached, or the connection was cut, again and again.
    #[error("{url} cannot be read, asked for {file}: {reason}")]
    Connection {
        /// The file.
        file: String,
        /// The URL, without credentials.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The URL of a file is none.
    #[error("`{url}` is not a URL, asked for {file}")]
    BadUrl {
        /// The file.
        file: String,
        /// The URL, without credentials.
        url: String,
    },
    /// An index answered what no index answers.
    #[error("{url} is not a page of a simple index: {reason}")]
    BadIndex {
        /// The URL, without credentials.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An index does not have a file.
    #[error("{index} does not offer {file}")]
    NotInIndex {
        /// The file.
        file: String,
        /// The index, without credentials.
        index: String,
    },
    /// No index knows a distribution.
    #[error("{name} is not known to {}", indexes.join(", "))]
    UnknownName {
        /// The distribution.
        name: DistributionName,
        /// The indexes that were asked, without credentials.
        indexes: Vec<String>,
    },
    /// What should be the URL of an index is none.
    #[error("`{url}` is not the URL of an index")]
    IndexUrl {
        /// The URL, without credentials.
        url: String,
    },
    /// A netrc file holds something else than hosts with names and passwords.
    #[error("{}:{line}: this is not what a netrc file holds", file.display())]
    Netrc {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// Wheels would have to be built for another machine than this one.
    #[error("{} would have to be built for {target} ({wanted}), and here is {found}", packages.join(", "))]
    ForeignBuild {
        /// The distributions.
        packages: Vec<String>,
        /// The target.
        target: String,
        /// Its interpreter, machine and C library.
        wanted: String,
        /// Those of this machine.
        found: String,
    },
    /// A build failed.
    #[error(transparent)]
    Build(CommandError),
    /// A build made something else than what was wanted.
    #[error("{sdist}: {reason}")]
    BadBuild {
        /// The source distribution.
        sdist: String,
        /// What is wrong.
        reason: String,
    },
    /// No file with one of the hashes in the lock fits the target.
    #[error("{}:{line}: no file of {file} with one of the hashes in the lock fits {target}", lock.display())]
    NotLocated {
        /// The lock.
        lock: PathBuf,
        /// The line.
        line: usize,
        /// Name and version.
        file: String,
        /// The target.
        target: String,
    },
    /// Wheels are missing, and the network may not be used.
    #[error("not in the cache, and the network is not to be used: {}", files.join(", "))]
    Offline {
        /// Their names.
        files: Vec<String>,
    },
    /// The certificates to trust cannot be read.
    #[error("{} holds no certificates to trust: {reason}", file.display())]
    Certificates {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The URL of a proxy is none.
    #[error("`{url}` is not the URL of a proxy")]
    Proxy {
        /// The URL, without credentials.
        url: String,
    },
}

fn more_than(actual: u64, expected: u64) -> String {
    match actual > expected {
        true => format!("more than {expected}"),
        false => actual.to_string(),
    }
}

impl FetchError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::File(error) => return error.hint(),
            Self::HashMismatch { .. } | Self::SizeMismatch { .. } => {
                "somebody changed the file since it was locked; find out who before you lock it again"
            }
            Self::Status { status: 401 | 403, .. } => {
                "check the user name and the password in the URL of the index, or in the netrc file"
            }
            Self::Status { status: 404 | 410, .. } => {
                "check PIP_INDEX_URL, or lock again: the file may have been removed"
            }
            Self::NotInIndex { .. } => {
                "no other index is asked for a name that this one knows; lock again, or change the order of the indexes"
            }
            Self::UnknownName { .. } => "check PIP_INDEX_URL and PIP_EXTRA_INDEX_URL",
            Self::IndexUrl { .. } => "an index has a URL like `https://packages.example/simple/`",
            Self::Netrc { .. } => "an entry is `machine HOST login NAME password PASSWORD`",
            Self::Status { status: 429, .. } => "the server wants fewer requests; try again later",
            Self::Status { .. } => "the server has a problem; try again later",
            Self::Connection { .. } => {
                "check the network, HTTPS_PROXY, and SSL_CERT_FILE where a company's certificate is in use"
            }
            Self::BadUrl { .. } => "correct the URL in the lock, or the one of the index",
            Self::BadIndex { .. } => "the URL of an index ends in `/simple/` as a rule",
            Self::NotLocated { .. } => "lock for this target, or check the indexes and folders that the lock names",
            Self::ForeignBuild { .. } => {
                "run the same command on such a machine, or build the wheel there and lock it with `--find-links`"
            }
            Self::Build(error) if error.is_missing_program() => "install uv, or pip for the interpreter of the target",
            Self::Build(_) => {
                "what the build needs besides Python, a compiler and headers for example, is not installed for it"
            }
            Self::BadBuild { .. } => "tell those who publish it; a wheel of another version may be right",
            Self::Offline { .. } => "run the same command once with the network",
            Self::Certificates { .. } => "SSL_CERT_FILE, REQUESTS_CA_BUNDLE and PIP_CERT name a PEM file",
            Self::Proxy { .. } => "a proxy looks like `http://proxy.example:3128`",
        };
        Some(text.to_owned())
    }
}
