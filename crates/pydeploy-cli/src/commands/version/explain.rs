//! `pydeploy version explain`

use std::cmp::Ordering;

use pydeploy::version::DebianVersion;
use serde::Serialize;

use super::name;
use crate::error::CliError;
use crate::output::Output;

#[derive(Serialize)]
struct Parts<'v> {
    schema: u32,
    version: &'v str,
    epoch: u32,
    upstream: &'v str,
    revision: Option<&'v str>,
    snapshot: Option<Snapshot>,
    /// In hexadecimal digits.
    sort_key: String,
}

#[derive(Serialize)]
struct Snapshot {
    base: String,
    after_release: bool,
    date: String,
    number: u32,
    hash: String,
    dirty: bool,
}

#[derive(Serialize)]
struct Compared<'v> {
    schema: u32,
    a: &'v str,
    b: &'v str,
    order: &'static str,
    because: Option<String>,
}

pub(super) fn run(version: &DebianVersion, other: Option<&DebianVersion>, output: &mut Output) -> Result<(), CliError> {
    let Some(other) = other else {
        let parts = parts(version);
        return output.answer(&parts, || table(&parts));
    };
    let order = version.cmp(other);
    let compared = Compared {
        schema: 1,
        a: version.as_str(),
        b: other.as_str(),
        order: name(order),
        because: version.difference(other).map(|difference| difference.to_string()),
    };
    output.answer(&compared, || sentence(&compared, order))
}

fn sentence(compared: &Compared<'_>, order: Ordering) -> String {
    let sign = match order {
        Ordering::Less => '<',
        Ordering::Equal => '=',
        Ordering::Greater => '>',
    };
    let why = match &compared.because {
        Some(why) => why,
        None if compared.a == compared.b => "the same text",
        None => "written differently, but equal: missing numbers and revisions are zero, leading zeros do not count",
    };
    format!("{} {sign} {}\n{why}\n", compared.a, compared.b)
}

fn parts(version: &DebianVersion) -> Parts<'_> {
    let snapshot = version.as_snapshot().map(|snapshot| Snapshot {
        base: snapshot.base().to_string(),
        after_release: snapshot.is_after_release(),
        date: snapshot.at().rfc3339(),
        number: snapshot.number(),
        hash: snapshot.hash().to_owned(),
        dirty: snapshot.is_dirty(),
    });
    Parts {
        schema: 1,
        version: version.as_str(),
        epoch: version.epoch(),
        upstream: version.upstream(),
        revision: version.revision(),
        snapshot,
        sort_key: version.sort_key().iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn table(parts: &Parts<'_>) -> String {
    let mut rows = vec![
        ("epoch", parts.epoch.to_string()),
        ("upstream", parts.upstream.to_owned()),
        (
            "revision",
            parts.revision.unwrap_or("none: a native version").to_owned(),
        ),
    ];
    if let Some(snapshot) = &parts.snapshot {
        let relation = if snapshot.after_release { "after" } else { "before" };
        rows.push(("snapshot", format!("{relation} {}", snapshot.base)));
        rows.push(("date", snapshot.date.clone()));
        rows.push(("commit", snapshot.hash.clone()));
        rows.extend((snapshot.number > 0).then(|| ("number", snapshot.number.to_string())));
        rows.extend(
            snapshot
                .dirty
                .then(|| ("changed", "holds changes that no commit does".to_owned())),
        );
    }
    rows.push(("sort key", parts.sort_key.clone()));
    rows.iter()
        .map(|(name, value)| format!("{name:<10}{value}\n"))
        .collect()
}
