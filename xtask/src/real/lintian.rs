//! Debian's own reviewer has nothing against the package that we do not answer for here.

use std::collections::BTreeMap;

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
    let unexpected = unexpected(&ended.stdout);
    ensure!(
        unexpected.is_empty(),
        "{}",
        Vec::from_iter(unexpected.into_values()).join("\n")
    );
    Ok(())
}

/// The first line of each error tag: `E: PACKAGE: TAG …`.
fn unexpected(report: &str) -> BTreeMap<&str, &str> {
    let mut first = BTreeMap::new();
    for line in report.lines().filter(|line| line.starts_with("E: ")) {
        let tag = line.split(' ').nth(2).unwrap_or_default();
        if !EXPECTED.iter().any(|(expected, _)| *expected == tag) {
            first.entry(tag).or_insert(line);
        }
    }
    first
}
