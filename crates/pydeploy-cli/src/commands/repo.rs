//! `pydeploy repo init | add | promote | list | history | rollback | sources`

use pydeploy::config::{PackageName, PackageNameError};
use pydeploy::exit;
use pydeploy::repository::{GenerationSummary, InitOptions, ListReport, Promotion, Report, Repository, SignedBy};

use crate::args::{
    Repo, RepoAdd, RepoFolder, RepoHistory, RepoInit, RepoPlace, RepoPromote, RepoRollback, RepoSources,
};
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::now;

pub(crate) fn run(command: Repo, output: &mut Output) -> Result<(), CliError> {
    match command {
        Repo::Init(args) => init(args, output),
        Repo::Add(args) => add(&args, output),
        Repo::Promote(args) => promote(args, output),
        Repo::List(place) => list(&place, output),
        Repo::History(args) => history(&args, output),
        Repo::Rollback(args) => rollback(&args, output),
        Repo::Sources(args) => sources(&args, output),
    }
}

fn init(args: RepoInit, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.place.report.format);
    let options = InitOptions {
        label: args.origin.clone(),
        origin: args.origin,
        key: args.key,
        at: now(),
    };
    let made = Repository::init(&args.place.folder.repository, &options)?;
    let key = made.fingerprint();
    output.answer(&serde_json::json!({ "schema": 1, "key": key }), || format!("{key}\n"))
}

fn add(args: &RepoAdd, output: &mut Output) -> Result<(), CliError> {
    let added = open(&args.place, output)?.add(args.to, &args.packages, now())?;
    output.answer(&added, || published(&added))
}

fn promote(args: RepoPromote, output: &mut Output) -> Result<(), CliError> {
    let repository = open(&args.place, output)?;
    let promotion = Promotion {
        version: args.version,
        from: args.from,
        allow_downgrade: args.allow_downgrade,
        ..Promotion::new(name(&args.package)?, args.to)
    };
    let promoted = repository.promote(&promotion, now())?;
    output.answer(&promoted, || published(&promoted))
}

fn list(place: &RepoPlace, output: &mut Output) -> Result<(), CliError> {
    let list = open(place, output)?.list()?;
    output.answer(&list, || table(&list))
}

fn history(args: &RepoHistory, output: &mut Output) -> Result<(), CliError> {
    let history = open(&args.place, output)?.history(args.suite)?;
    output.answer(&history, || history.generations.iter().map(generation).collect())
}

fn rollback(args: &RepoRollback, output: &mut Output) -> Result<(), CliError> {
    let back = open(&args.place, output)?.rollback(args.suite, args.generation, now())?;
    output.answer(&back, || published(&back))
}

fn sources(args: &RepoSources, output: &mut Output) -> Result<(), CliError> {
    let RepoFolder { repository } = &args.folder;
    let sources = Repository::open(repository)?.sources(&args.url, &[args.suite], &SignedBy::InlineKey)?;
    output.data(&sources)
}

/// The repository, for a command that answers in the form that is asked for.
fn open(place: &RepoPlace, output: &mut Output) -> Result<Repository, CliError> {
    output.set_render(place.report.format);
    Ok(Repository::open(&place.folder.repository)?)
}

fn generation(summary: &GenerationSummary) -> String {
    let GenerationSummary {
        generation,
        date,
        action,
        packages,
        ..
    } = summary;
    format!("{generation:>4}  {date}  {action:?}  {packages} packages\n")
}

fn name(text: &str) -> Result<PackageName, CliError> {
    text.parse()
        .map_err(|error: PackageNameError| CliError::new(exit::USAGE, &error, None))
}

fn published(report: &Report) -> String {
    let names = report
        .packages
        .iter()
        .map(|entry| format!("{} {}\n", entry.package, entry.version));
    format!(
        "{} generation {}{}\n",
        report.suite,
        report.generation,
        if report.changed { "" } else { ", unchanged" }
    ) + &names.collect::<String>()
}

fn table(list: &ListReport) -> String {
    let rows = list.suites.iter().flat_map(|suite| {
        let row = |entry: &pydeploy::repository::Entry| {
            format!(
                "{:<12} {:<24} {:<6} {}\n",
                suite.suite.to_string(),
                entry.package.to_string(),
                entry.architecture.to_string(),
                entry.version
            )
        };
        suite.packages.iter().map(row).collect::<Vec<_>>()
    });
    rows.collect()
}
