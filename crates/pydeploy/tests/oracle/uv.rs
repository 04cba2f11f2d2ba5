//! The program `uv`, which knows Python's own tools.

use std::process::Command;

use super::need;

/// Whether uv may be asked: it asks the package index, which is done on request only.
pub(crate) fn is_asked() -> bool {
    match need::everything() {
        true => super::works("uv", &["--version"], "the program `uv`"),
        false => need::skip("PYDEPLOY_ORACLE=1, on which the package index is asked"),
    }
}

/// A program of `tests/oracle`, for a Python that has the package.
pub(crate) fn program(package: &str, file: &str) -> Command {
    let mut uv = Command::new("uv");
    uv.args(["run", "--quiet", "--no-project", "--with", package, "python"]);
    uv.arg(format!("{}/tests/oracle/{file}", env!("CARGO_MANIFEST_DIR")));
    uv
}
