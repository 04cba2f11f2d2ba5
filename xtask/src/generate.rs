//! Files that the command line writes about itself.

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::step::{finish, read};
use crate::target;

/// What `pydeploy reference` is asked for, and where the answer is kept.
const GENERATED: [(&str, &str); 2] = [("markdown", "docs/cli.md"), ("man", "docs/man/pydeploy.1")];

pub(crate) fn run(sh: &Shell, only_compare: bool) -> Result<()> {
    read(cmd!(sh, "cargo build --quiet -p pydeploy-cli"))?;
    let mut stale = Vec::new();
    for (format, path) in GENERATED {
        let text = reference(sh, format)?;
        if only_compare {
            stale.extend(difference(sh, path, &text)?);
        } else {
            sh.write_file(path, text)?;
        }
    }
    if !stale.is_empty() {
        bail!("{}\nrun `cargo xtask generate`", stale.join("\n"));
    }
    Ok(())
}

/// Neither the terminal's width nor the user's settings may show in a committed file.
fn reference(sh: &Shell, format: &str) -> Result<String> {
    let pydeploy = target().join("debug/pydeploy");
    let bare = cmd!(sh, "{pydeploy} reference {format}").env_clear();
    read(bare.env("NO_COLOR", "1").env("COLUMNS", "100"))
}

fn difference(sh: &Shell, path: &str, text: &str) -> Result<Option<String>> {
    let fresh = sh.create_temp_dir()?;
    let generated = fresh.path().join("generated");
    sh.write_file(&generated, text)?;
    let diff = finish(cmd!(
        sh,
        "diff -u --new-file --label {path} --label generated {path} {generated}"
    ))?;
    Ok((!diff.success()).then(|| diff.to_string()))
}
