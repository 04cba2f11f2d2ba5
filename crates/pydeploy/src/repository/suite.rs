use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of the three stages that a package passes; also the name under which hosts subscribe to it.
///
/// # Ordering
///
/// `development < staging < production`.
///
/// ```
/// use pydeploy::repository::Suite;
///
/// let suite: Suite = "staging".parse()?;
/// assert_eq!(suite.previous(), Some(Suite::Development));
/// assert_eq!(suite.to_string(), "staging");
/// # Ok::<(), pydeploy::repository::UnknownSuite>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suite {
    /// Takes every snapshot; hosts do not move to it by themselves.
    Development,
    /// Takes releases, to be tried.
    Staging,
    /// Takes what another suite holds, and nothing else.
    Production,
}

impl Suite {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Development, Self::Staging, Self::Production];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// The stage before this one, from which packages are promoted to it.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        match self {
            Self::Development => None,
            Self::Staging => Some(Self::Development),
            Self::Production => Some(Self::Staging),
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not the name of a suite.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a suite: development, staging or production", .0.escape_debug())]
pub struct UnknownSuite(String);

impl FromStr for Suite {
    type Err = UnknownSuite;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|suite| suite.as_str() == text)
            .ok_or_else(|| UnknownSuite(text.to_owned()))
    }
}
