//! `pydeploy repo init | add | promote | list | history | rollback | sources`

use pydeploy::config::{PackageName, PackageNameError};
use pydeploy::exit;
use pydeploy::repository::{InitOptions, ListReport, Promotion, Report, Repository, SignedBy};

use crate::args::Repo;
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::now;

pub(crate) fn run(command: Repo, output: &mut Output) -> Result<(), CliError> {
    match command {
        Repo::Init {
            repository,
            report,
            origin,
            key,
        } => {
            output.set_render(report.format);
            let options = InitOptions {
                label: origin.clone(),
                origin,
                key,
                at: now(),
            };
            let made = Repository::init(&repository.repository, &options)?;
            output.answer(&serde_json::json!({ "schema": 1, "key": made.fingerprint() }), || {
                format!("{}\n", made.fingerprint())
            })
        }
        Repo::Add {
            repository,
            report,
            to,
            packages,
        } => {
            output.set_render(report.format);
            let added = Repository::open(&repository.repository)?.add(to, &packages, now())?;
            output.answer(&added, || published(&added))
        }
        Repo::Promote {
            repository,
            report,
            package,
            version,
            to,
            from,
            allow_downgrade,
        } => {
            output.set_render(report.format);
            let promotion = Promotion {
                version,
                from,
                allow_downgrade,
                ..Promotion::new(name(&package)?, to)
            };
            let promoted = Repository::open(&repository.repository)?.promote(&promotion, now())?;
            output.answer(&promoted, || published(&promoted))
        }
        Repo::List { repository, report } => {
            output.set_render(report.format);
            let list = Repository::open(&repository.repository)?.list()?;
            output.answer(&list, || table(&list))
        }
        Repo::History {
            repository,
            report,
            suite,
        } => {
            output.set_render(report.format);
            let history = Repository::open(&repository.repository)?.history(suite)?;
            output.answer(&history, || {
                let line = |g: &pydeploy::repository::GenerationSummary| {
                    format!(
                        "{:>4}  {}  {:?}  {} packages\n",
                        g.generation, g.date, g.action, g.packages
                    )
                };
                history.generations.iter().map(line).collect()
            })
        }
        Repo::Rollback {
            repository,
            report,
            suite,
            generation,
        } => {
            output.set_render(report.format);
            let back = Repository::open(&repository.repository)?.rollback(suite, generation, now())?;
            output.answer(&back, || published(&back))
        }
        Repo::Sources { repository, url, suite } => {
            let sources = Repository::open(&repository.repository)?.sources(&url, &[suite], &SignedBy::InlineKey)?;
            output.data(&sources)
        }
    }
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
