use crate::config::PackageName;
use crate::exit;

/// What a compiled file needs cannot be had on the target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DependsError {
    /// A library that neither the release holds nor a package is known for.
    #[error("{file} needs {soname}, which is not in the release and in no known package of {target}")]
    Unknown {
        /// `WHEEL: MEMBER`, or the application's file.
        file: String,
        /// What it needs.
        soname: String,
        /// The target.
        target: String,
    },
    /// A library in a version that the target does not have.
    #[error("{file} needs {package} {needed} or newer, {target} has {has}")]
    TooNew {
        /// `WHEEL: MEMBER`, or the application's file.
        file: String,
        /// The package of the library.
        package: PackageName,
        /// The version that has the symbols.
        needed: String,
        /// The target.
        target: String,
        /// The version there.
        has: String,
    },
}

impl DependsError {
    /// How a program that stops because of this exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unknown { .. } => exit::FAILED,
            Self::TooNew { .. } => exit::VERIFICATION,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { soname, .. } => format!(
                "say which package has it: `[tool.pydeploy.package.libraries]` with `\"{soname}\" = \"PACKAGE (>= VERSION)\"`, or \
                 `\"\"` when none is needed"
            ),
            Self::TooNew { .. } => "lock another version of the wheel, drop the target, or accept it in \
                                    `tool.pydeploy.waive` with `findings = [\"glibc\"]`"
                .to_owned(),
        }
    }
}
