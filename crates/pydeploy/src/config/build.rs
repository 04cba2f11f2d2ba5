//! Commands that make files of the application on the machine that builds.

use serde::Deserialize;

/// A command that makes files of the application before they are gathered: `[[tool.pydeploy.build]]`.
///
/// ```toml
/// [[tool.pydeploy.build]]
/// command = ["npm", "run", "build"]
/// inputs = ["frontend/**", "package-lock.json"]
/// outputs = ["static/dist/**"]
/// ```
///
/// It runs in the project's folder, and only when one of its inputs has changed or an output is not as it left it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildCommand {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Patterns of the files that it reads, as in `include`; what is also an output is none.
    pub inputs: Vec<String>,
    /// Patterns of the files that it makes; there has to be one when it has ended.
    pub outputs: Vec<String>,
}

impl BuildCommand {
    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        let empty = |values: &[String]| values.is_empty() || values.iter().any(String::is_empty);
        let key = match self {
            Self { command, .. } if command.first().is_none_or(String::is_empty) => "command",
            Self { inputs, .. } if empty(inputs) => "inputs",
            Self { outputs, .. } if empty(outputs) => "outputs",
            _ => return None,
        };
        Some(format!("`{key}` is empty"))
    }
}
