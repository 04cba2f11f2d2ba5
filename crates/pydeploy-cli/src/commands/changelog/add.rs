//! `pydeploy changelog add`

use pydeploy::changelog::{self, Changelog, Contribution, Distributions, Head, Maintainer, NewEntry, Order};
use pydeploy::exit;
use pydeploy::version::DebianVersion;

use super::document::Document;
use super::{Changed, commits, identity};
use crate::args::ChangelogAdd;
use crate::error::CliError;
use crate::output::Output;

pub(super) fn run(args: ChangelogAdd, output: &mut Output) -> Result<(), CliError> {
    let document = Document::open(&args.source, output)?;
    let head = document.head()?;
    let changes = changes(&args, &document)?;
    let added = changes.iter().map(|part| part.items.len()).sum();
    let opened = head.is_released() && added > 0;
    let bytes = match (added, opened) {
        (0, _) => document.bytes().to_owned(),
        (_, true) => open(&args, &document, &head, changes)?,
        (_, false) => extend(&args, &document, &head, &changes)?,
    };
    document.store(&bytes, output)?;
    if document.is_standard_input() {
        return Ok(());
    }
    let head = changelog::head(&bytes).unwrap_or(head);
    let report = Changed {
        added,
        opened,
        ..Changed::new(document.name(), head)
    };
    output.answer(&report, || human(&report))
}

fn changes(args: &ChangelogAdd, document: &Document) -> Result<Vec<Contribution>, CliError> {
    if args.from_git {
        return commits::changes(&Changelog::parse(document.bytes()), &args.source.project);
    }
    let item = args.text.join(" ").parse()?;
    let author = maintainer(args)?.name().clone();
    Ok(vec![Contribution {
        author,
        items: vec![item],
    }])
}

fn maintainer(args: &ChangelogAdd) -> Result<Maintainer, CliError> {
    identity::maintainer(&args.signature, &args.source.project)
}

fn order(args: &ChangelogAdd) -> Order {
    if args.allow_lower_version {
        Order::Any
    } else {
        Order::Rising
    }
}

/// A new entry above the released one.
fn open(
    args: &ChangelogAdd,
    document: &Document,
    head: &Head,
    changes: Vec<Contribution>,
) -> Result<Vec<u8>, CliError> {
    let entry = NewEntry {
        package: None,
        version: version(args, document, head)?,
        order: order(args),
        distributions: Distributions::unreleased(),
        urgency: args.urgency.unwrap_or_default(),
        changes,
        maintainer: maintainer(args)?,
        at: identity::date(&args.signature)?,
    };
    let edited = Changelog::parse(document.bytes()).prepend(&entry);
    edited.map_err(|error| document.error(&error))
}

fn version(args: &ChangelogAdd, document: &Document, head: &Head) -> Result<DebianVersion, CliError> {
    let version = args.version.clone().or_else(|| head.following_version());
    version.ok_or_else(|| {
        let message = format!("{}: what follows {} is not plain to see", document.name(), head.version);
        CliError::message(exit::REFUSED, message, "name the version with `--version`")
    })
}

/// More changes for the entry that is not released.
fn extend(
    args: &ChangelogAdd,
    document: &Document,
    head: &Head,
    changes: &[Contribution],
) -> Result<Vec<u8>, CliError> {
    let mut bytes = Changelog::parse(document.bytes()).append(changes);
    let other = args
        .version
        .as_ref()
        .filter(|version| !version.is_same_text(&head.version));
    if let (Ok(before), Some(version)) = (&bytes, other) {
        bytes = Changelog::parse(before).set_version(version, order(args));
    }
    if let (Ok(before), Some(urgency)) = (&bytes, args.urgency) {
        bytes = Changelog::parse(before).set_urgency(urgency);
    }
    bytes.map_err(|error| document.error(&error))
}

fn human(report: &Changed) -> String {
    let changes = match report.added {
        0 => "nothing to add".to_owned(),
        1 => "1 change added".to_owned(),
        count => format!("{count} changes added"),
    };
    let opened = if report.opened { " in a new entry" } else { "" };
    format!("{}: {changes}{opened}\n", report.heading())
}
