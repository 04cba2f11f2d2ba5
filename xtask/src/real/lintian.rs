//! Debian's own reviewer has nothing against the package that we do not answer for here.

use anyhow::{Result, ensure};
use xshell::cmd;

use super::lab::Lab;
use super::{Check, tools};
use crate::step::finish;

pub(crate) const CHECK: Check = Check {
    name: "lintian",
    about: "no error tags but those that come with living under /opt",
    needs: &[tools::GIT, tools::LINTIAN],
    run,
};

/// Error tags that are expected, and why.
const EXPECTED: [(&str, &str); 1] = [(
    "dir-or-file-in-opt",
    "an application with its own libraries lives under /opt: Debian's own packages may not, others should",
)];

fn run(lab: &Lab<'_>) -> Result<()> {
    let package = lab.package("1.2.0~20260101000000+git1111111")?;
    let ended = finish(cmd!(
        lab.sh,
        "lintian --no-cfg --allow-root --fail-on none --tag-display-limit 0 {package}"
    ))?;
    ensure!(ended.success(), "{ended}");
    let errors = ended.stdout.lines().filter(|line| line.starts_with("E: "));
    let unexpected: Vec<&str> = errors
        .filter(|line| !EXPECTED.iter().any(|(tag, _)| has_tag(line, tag)))
        .collect();
    ensure!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    Ok(())
}

/// `E: PACKAGE: TAG …`
fn has_tag(line: &str, tag: &str) -> bool {
    line.split(' ').nth(2) == Some(tag)
}
