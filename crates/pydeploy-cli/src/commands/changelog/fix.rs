//! `pydeploy changelog fix`

use pydeploy::changelog::{Changelog, Repair};
use serde::Serialize;

use super::document::Document;
use crate::args::Source;
use crate::error::CliError;
use crate::output::Output;

#[derive(Serialize)]
struct Fix {
    schema: u32,
    file: String,
    repairs: Vec<RepairReport>,
    /// How many findings of `check` are left.
    left: usize,
    /// Whether the file was changed.
    written: bool,
}

#[derive(Serialize)]
struct RepairReport {
    line: usize,
    column: usize,
    message: String,
}

impl From<&Repair> for RepairReport {
    fn from(repair: &Repair) -> Self {
        Self {
            line: repair.line(),
            column: repair.column(),
            message: repair.message(),
        }
    }
}

pub(super) fn run(source: &Source, dry_run: bool, output: &mut Output) -> Result<(), CliError> {
    let document = Document::open(source, output)?;
    let fixed = Changelog::parse(document.bytes()).fix();
    let fix = Fix {
        schema: 1,
        file: document.name(),
        repairs: fixed.repairs.iter().map(RepairReport::from).collect(),
        left: Changelog::parse(&fixed.bytes).check().len(),
        written: !dry_run && !fixed.repairs.is_empty(),
    };
    if !dry_run {
        document.store(&fixed.bytes, output)?;
    }
    if fix.left > 0 {
        let left = fix.left;
        output.note(&format!("what is left: {left}; `pydeploy changelog check` lists it"));
    }
    match (dry_run, document.is_standard_input()) {
        (false, true) => {
            fixed.repairs.iter().for_each(|repair| output.note(&repair.to_string()));
            Ok(())
        }
        (false, false) => output.answer(&fix, || lines(&fix)),
        (true, _) => output.answer(&fix, || lines(&fix) + &difference(document.bytes(), &fixed.bytes)),
    }
}

fn lines(fix: &Fix) -> String {
    let line = |repair: &RepairReport| format!("{}:{}:{}: {}\n", fix.file, repair.line, repair.column, repair.message);
    fix.repairs.iter().map(line).collect()
}

/// The lines that differ; a repair takes none away and adds none.
fn difference(before: &[u8], after: &[u8]) -> String {
    let lines = |bytes: &[u8]| -> Vec<String> { String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect() };
    let (before, after) = (lines(before), lines(after));
    let pairs = before.iter().zip(&after).filter(|(old, new)| old != new);
    pairs.map(|(old, new)| format!("-{old}\n+{new}\n")).collect()
}
