//! The same project gives the same bytes, wherever and whenever it is built.

use anyhow::Result;
use xshell::cmd;

use super::lab::{Lab, cache, only_package};
use super::{Check, tools};
use crate::step::read;

pub(crate) const CHECK: Check = Check {
    name: "reproducible",
    about: "two folders, two days apart, two umasks: the same package",
    needs: &[tools::GIT, tools::FAKETIME],
    run,
};

const VERSION: &str = "1.2.0~20260101000000+git1111111";

/// Runs the rest of its arguments as another user at another time might.
const LATER: &str = r#"umask 077; exec faketime "+2 days" "$@""#;

fn run(lab: &Lab<'_>) -> Result<()> {
    let sh = lab.sh;
    let first = lab.site("first")?;
    let second = lab.clone_of(&first, "a-second/with a longer name")?;
    let (one, two) = (lab.dir.join("one"), lab.dir.join("two"));
    let _epoch = sh.push_env("SOURCE_DATE_EPOCH", "1767225600");
    read(lab.pydeploy().args(first.build_args(VERSION, &one, &cache())))?;
    let fresh = lab.dir.join("cache");
    lab.copy_wheels(&fresh)?;
    let later = sh.cmd("sh").args(["-c", LATER, "later"]).arg(lab.program());
    read(later.args(second.build_args(VERSION, &two, &fresh)))?;
    let (one, two) = (only_package(sh, &one)?, only_package(sh, &two)?);
    read(cmd!(sh, "cmp {one} {two}")).map(drop)
}
