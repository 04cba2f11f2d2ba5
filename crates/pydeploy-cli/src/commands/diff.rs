//! `pydeploy diff`

use pydeploy::artifact::diff::{
    Compared, Difference, FileChange, FileChangeKind, PackageChange, PackageChangeKind, diff,
};
use pydeploy::event::Bytes;

use crate::args::Diff;
use crate::error::CliError;
use crate::output::Output;
use crate::table::{Side, signed_size, table};

pub(crate) fn run(args: &Diff, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let difference = diff(&args.from, &args.to)?;
    output.answer(&difference, || human(&difference))
}

fn human(difference: &Difference) -> String {
    let sizes = (signed_size(difference.size), signed_size(difference.installed_size));
    let head = [
        ["from".to_owned(), compared(&difference.from)],
        ["to".to_owned(), compared(&difference.to)],
        ["size".to_owned(), format!("{}, installed {}", sizes.0, sizes.1)],
    ];
    let packages: Vec<_> = difference.packages.iter().map(package).collect();
    let files: Vec<_> = difference.files.iter().map(file).collect();
    let parts = [
        table([Side::Left; 2], &head),
        table([Side::Left; 4], &packages),
        table([Side::Left, Side::Right, Side::Right, Side::Left], &files),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

fn compared(side: &Compared) -> String {
    let release = side.name.iter().chain(&side.version).map(|word| format!("{word} "));
    let release: String = release.collect();
    let (path, size) = (side.path.display(), Bytes(side.size));
    format!("{release}({path}, {}, {size})", side.format)
}

fn package(package: &PackageChange) -> [String; 4] {
    let word = match package.change {
        PackageChangeKind::Up => "up",
        PackageChangeKind::Down => "down",
        PackageChangeKind::OtherWheel => "other wheel",
        PackageChangeKind::Added => "added",
        PackageChangeKind::Removed => "removed",
    };
    let to = package.to.as_ref().map(|to| format!("-> {to}"));
    [
        word.to_owned(),
        package.name.clone(),
        package.from.clone().unwrap_or_default(),
        to.unwrap_or_default(),
    ]
}

/// The change, the size, and by how much it differs.
fn file(file: &FileChange) -> [String; 4] {
    let word = match file.change {
        FileChangeKind::Added => "added",
        FileChangeKind::Removed => "removed",
        FileChangeKind::Changed => "changed",
        FileChangeKind::Mode => "mode",
    };
    let signed = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    let more = signed(file.to.unwrap_or(0)) - signed(file.from.unwrap_or(0));
    let shown = file.to.or(file.from);
    [
        word.to_owned(),
        shown.map_or(String::new(), |size| size.to_string()),
        shown.map_or(String::new(), |_| format!("{more:+}")),
        file.path.clone(),
    ]
}
