//! `pydeploy version next | compare`

use std::cmp::Ordering;

use pydeploy::exit;
use serde::Serialize;

use crate::args::{Operator, Version, VersionNext};
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::{Choice, Workspace};

pub(crate) fn run(command: Version, output: &mut Output) -> Result<(), CliError> {
    match command {
        Version::Next(args) => next(args, output),
        Version::Compare { a, operator, b } => match holds(operator, a.cmp(&b)) {
            true => Ok(()),
            false => Err(CliError::silent(exit::FAILED)),
        },
    }
}

#[derive(Serialize)]
struct Next {
    schema: u32,
    version: String,
    snapshot: bool,
    commit: Option<String>,
}

fn next(args: VersionNext, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let workspace = Workspace::open(&args.place)?;
    let choice = Choice {
        which: &args.which,
        published: args.published,
        allow_dirty: args.allow_dirty,
        date: args.date,
    };
    let next = workspace.next_version(choice)?;
    let report = Next {
        schema: 1,
        version: next.version.to_string(),
        snapshot: next.snapshot,
        commit: next.commit,
    };
    output.answer(&report, || format!("{}\n", report.version))
}

fn holds(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Lt => order.is_lt(),
        Operator::Le => order.is_le(),
        Operator::Eq => order.is_eq(),
        Operator::Ne => order.is_ne(),
        Operator::Ge => order.is_ge(),
        Operator::Gt => order.is_gt(),
    }
}
