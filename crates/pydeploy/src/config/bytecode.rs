//! Whether releases have compiled modules.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a release's modules are compiled: `bytecode` in `[tool.pydeploy]`.
///
/// Without compiled modules, each process compiles everything that it imports when it starts: a service cannot write
/// beside its sources.
///
/// The default depends on nothing but the project, so that the same project gives the same artifact on a machine with the
/// target's interpreter and on one without.
///
/// ```
/// use pydeploy::config::Bytecode;
///
/// assert_eq!("shipped".parse(), Ok(Bytecode::Shipped));
/// assert_eq!(Bytecode::default().to_string(), "postinst");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bytecode {
    /// On the machine that builds, by an interpreter of the target's minor version, which has to be there: they are files
    /// of the release.
    Shipped,
    /// On the host, when a package is configured; other formats have none.
    #[default]
    Postinst,
    /// Nowhere.
    Off,
}

impl fmt::Display for Bytecode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shipped => "shipped",
            Self::Postinst => "postinst",
            Self::Off => "off",
        })
    }
}

/// The text is none of the three.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not `shipped`, `postinst` or `off`")]
pub struct ParseBytecodeError(String);

impl FromStr for Bytecode {
    type Err = ParseBytecodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Shipped, Self::Postinst, Self::Off]
            .into_iter()
            .find(|known| known.to_string() == text)
            .ok_or_else(|| ParseBytecodeError(text.to_owned()))
    }
}
