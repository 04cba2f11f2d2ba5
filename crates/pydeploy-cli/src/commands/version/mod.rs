//! `pydeploy version next | compare | sort | check | convert | explain`

mod convert;
mod explain;
mod lines;
mod next;

use std::cmp::Ordering;

use pydeploy::exit;
use pydeploy::version::DebianVersion;

use self::lines::{Answer, Lines};
use crate::args::{Operator, Version, VersionCompare, VersionLines};
use crate::error::CliError;
use crate::output::Output;

pub(crate) fn run(command: Version, output: &mut Output) -> Result<(), CliError> {
    match command {
        Version::Next(args) => next::run(args, output),
        Version::Compare(args) => compare(args, output),
        Version::Sort(args) => sort(args, output),
        Version::Check(args) => check(args, output),
        Version::Convert(args) => convert::run(args, output),
        Version::Explain { report, version, other } => {
            output.set_render(report.format);
            explain::run(&version, other.as_ref(), output)
        }
    }
}

fn compare(args: VersionCompare, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let (Some(a), Some(operator), Some(b)) = (args.a, args.operator, args.b) else {
        return lines::answer(Lines::Stdin, output, |line| {
            let (a, b) = line.split_once('\t').ok_or("no tab between two versions")?;
            Ok(name(parse(a)?.cmp(&parse(b)?)).to_owned())
        });
    };
    match holds(operator, a.cmp(&b)) {
        true => Ok(()),
        false => Err(CliError::silent(exit::FAILED)),
    }
}

/// Versions in order, each as it was written; then what is no version.
fn sort(args: VersionLines, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let (mut sorted, mut refused) = (Vec::new(), Vec::new());
    Lines::of(args.stdin, args.versions).for_each(&mut |line, _| {
        match line.and_then(|text| Ok((parse(text)?.sort_key(), text.trim_ascii().to_owned()))) {
            Ok(keyed) => sorted.push(keyed),
            Err(error) => refused.push(Answer::Error(error)),
        }
        Ok(())
    })?;
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    let sorted = sorted.into_iter().map(|(_, text)| Answer::Answer(text));
    lines::print(sorted.chain(refused).collect(), output)
}

fn check(args: VersionLines, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    lines::answer(Lines::of(args.stdin, args.versions), output, |line| {
        let text = line.trim_ascii();
        match parse(text) {
            Ok(_) => Ok("ok".to_owned()),
            Err(error) => match DebianVersion::parse_lenient(text) {
                Ok(_) => Err(format!("{error}; dpkg warns, and compares it all the same")),
                Err(_) => Err(error),
            },
        }
    })
}

/// The blanks around a line are not the version's.
fn parse(text: &str) -> Result<DebianVersion, String> {
    text.trim_ascii().parse().map_err(|error| format!("{error}"))
}

fn name(order: Ordering) -> &'static str {
    match order {
        Ordering::Less => "lt",
        Ordering::Equal => "eq",
        Ordering::Greater => "gt",
    }
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
