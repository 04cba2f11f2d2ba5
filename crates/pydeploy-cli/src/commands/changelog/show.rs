//! `pydeploy changelog show | list`

use std::borrow::Cow;

use pydeploy::changelog::{Changelog, Entry};
use serde::Serialize;

use super::document::Document;
use crate::args::{ChangelogShow, Source};
use crate::error::CliError;
use crate::output::Output;

pub(super) fn show(args: &ChangelogShow, output: &mut Output) -> Result<(), CliError> {
    let document = Document::open(&args.source, output)?;
    document.head()?;
    let changelog = Changelog::parse(document.bytes());
    let head = &changelog.entries()[..1];
    match (args.raw, args.all) {
        (true, true) => output.bytes(document.bytes()),
        (true, false) => output.bytes(head[0].text()),
        (false, true) => answer_all(changelog.entries(), true, output, || paragraphs(changelog.entries())),
        (false, false) => {
            let one = One {
                schema: 1,
                entry: EntryReport::new(&head[0], true),
            };
            output.answer(&one, || paragraphs(head))
        }
    }
}

pub(super) fn list(source: &Source, output: &mut Output) -> Result<(), CliError> {
    let document = Document::open(source, output)?;
    document.head()?;
    let changelog = Changelog::parse(document.bytes());
    answer_all(changelog.entries(), false, output, || table(changelog.entries()))
}

#[derive(Serialize)]
struct One {
    schema: u32,
    #[serde(flatten)]
    entry: EntryReport,
}

#[derive(Serialize)]
struct All {
    schema: u32,
    entries: Vec<EntryReport>,
}

/// An entry for programs.
#[derive(Serialize)]
struct EntryReport {
    package: String,
    version: String,
    distributions: Vec<String>,
    urgency: Option<String>,
    maintainer: Option<String>,
    /// RFC 3339, in UTC.
    date: Option<String>,
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<String>,
}

impl EntryReport {
    fn new(entry: &Entry<'_>, changes: bool) -> Self {
        Self {
            package: entry.package().to_owned(),
            version: entry.version_text().to_owned(),
            distributions: entry.distributions().map(str::to_owned).collect(),
            urgency: entry.urgency(),
            maintainer: entry.maintainer(),
            date: entry.date().map(|date| date.rfc3339()),
            line: entry.line(),
            changes: changes.then(|| text(entry.changes()).into_owned()),
        }
    }
}

fn answer_all(
    entries: &[Entry<'_>],
    changes: bool,
    output: &mut Output,
    human: impl FnOnce() -> String,
) -> Result<(), CliError> {
    let entries = entries.iter().map(|entry| EntryReport::new(entry, changes)).collect();
    output.answer(&All { schema: 1, entries }, human)
}

/// The fields that `dpkg-parsechangelog` prints.
fn paragraphs(entries: &[Entry<'_>]) -> String {
    let paragraphs: Vec<String> = entries.iter().map(paragraph).collect();
    paragraphs.join("\n")
}

fn paragraph(entry: &Entry<'_>) -> String {
    let distributions: Vec<&str> = entry.distributions().collect();
    let fields = [
        ("Source", Some(entry.package().to_owned())),
        ("Version", Some(entry.version_text().to_owned())),
        ("Distribution", Some(distributions.join(" "))),
        ("Urgency", entry.urgency()),
        ("Maintainer", entry.maintainer()),
        ("Timestamp", entry.date().map(|date| date.to_string())),
        ("Date", entry.date_text().map(Cow::into_owned)),
    ];
    let known = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let fields: String = known.map(|(name, value)| format!("{name}: {value}\n")).collect();
    format!("{fields}Changes:\n{}", changes(entry))
}

/// The lines of the entry without its trailer, as a field of several lines has them.
fn changes(entry: &Entry<'_>) -> String {
    let heading = entry.text().split(|&b| b == b'\n').next().unwrap_or_default();
    let whole = [heading, b"\n", entry.changes().trim_ascii_end()].concat();
    let line = |line: &str| match line.trim_ascii_end() {
        "" => " .\n".to_owned(),
        line => format!(" {line}\n"),
    };
    text(&whole).lines().map(line).collect()
}

/// UTF-8, or else Latin-1, in which every byte is a character.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().copied().map(char::from).collect::<String>().into(),
    }
}

fn table(entries: &[Entry<'_>]) -> String {
    let rows: Vec<[String; 6]> = entries.iter().map(row).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let line = |row: &[String; 6]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}

fn row(entry: &Entry<'_>) -> [String; 6] {
    let distributions: Vec<&str> = entry.distributions().collect();
    let date = entry.date().map_or_else(|| "-".to_owned(), |date| date.rfc3339());
    [
        entry.line().to_string(),
        entry.version_text().to_owned(),
        distributions.join(" "),
        entry.urgency().unwrap_or_else(|| "-".to_owned()),
        date,
        entry.maintainer().unwrap_or_else(|| "-".to_owned()),
    ]
}
