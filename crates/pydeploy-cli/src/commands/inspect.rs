//! `pydeploy inspect`

use pydeploy::artifact::inspect::{InspectedFile, InspectedWheel, Inspection, inspect};
use pydeploy::event::Bytes;
use pydeploy::python::WheelFilename;

use crate::args::{Inspect, InspectFormat, Render};
use crate::error::CliError;
use crate::output::Output;
use crate::table::{Side, table};

pub(crate) fn run(args: &Inspect, output: &mut Output) -> Result<(), CliError> {
    output.set_render(match args.format {
        InspectFormat::Human => Render::Human,
        InspectFormat::Json | InspectFormat::Cyclonedx => Render::Json,
    });
    let mut inspection = inspect(&args.artifact)?;
    if args.format == InspectFormat::Cyclonedx {
        return output.data(&String::from_utf8_lossy(inspection.sbom()?));
    }
    if args.summary {
        inspection.files.clear();
    }
    output.answer(&inspection, || human(&inspection))
}

fn human(inspection: &Inspection) -> String {
    let parts = [
        table([Side::Left, Side::Left], &facts(inspection)),
        table([Side::Left, Side::Left], &control(inspection)),
        wheels(&inspection.wheels),
        files(&inspection.files),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

fn facts(inspection: &Inspection) -> Vec<[String; 2]> {
    let mut rows = vec![
        row("format", inspection.format),
        row("size", Bytes(inspection.size).to_string()),
        row("installed", Bytes(inspection.installed_size).to_string()),
    ];
    rows.extend(inspection.sha256.map(|sha256| row("sha256", sha256)));
    if let Some(release) = &inspection.release {
        rows.extend([
            row("release", format!("{} {}", release.name, release.version)),
            row("target", &release.target),
            row("prefix", &release.prefix),
            row("interpreter", &release.interpreter),
            row("health", &release.health),
        ]);
        rows.extend(release.services.iter().map(|service| row("service", service)));
    }
    rows
}

/// A field's further lines stand below its first one.
fn control(inspection: &Inspection) -> Vec<[String; 2]> {
    let fields = inspection.control.iter().flat_map(|field| {
        let names = std::iter::once(field.name.as_str()).chain(std::iter::repeat(""));
        names
            .zip(field.value.lines())
            .map(|(name, line)| row(name, line))
            .collect::<Vec<_>>()
    });
    let mut rows: Vec<_> = fields.collect();
    if !inspection.control_files.is_empty() {
        rows.push(row("(files)", inspection.control_files.join(" ")));
    }
    rows
}

fn wheels(wheels: &[InspectedWheel]) -> String {
    let rows: Vec<_> = wheels
        .iter()
        .map(|wheel| {
            let files = format!("{} files", wheel.files);
            [
                wheel.name.clone(),
                wheel.version.clone(),
                files,
                Bytes(wheel.size).to_string(),
            ]
        })
        .collect();
    table([Side::Left, Side::Left, Side::Right, Side::Right], &rows)
}

fn files(files: &[InspectedFile]) -> String {
    let rows: Vec<_> = files.iter().map(file).collect();
    table([Side::Left, Side::Left, Side::Right, Side::Left], &rows)
}

fn file(file: &InspectedFile) -> [String; 4] {
    let kind = match file.kind {
        "file" => '-',
        "folder" => 'd',
        "link" => 'l',
        _ => '?',
    };
    let target = file.target.as_ref().map(|target| format!(" -> {target}"));
    [
        format!("{kind}{}", file.mode),
        file.owner.as_deref().map_or(String::new(), owner),
        file.size.map_or(String::new(), |size| size.to_string()),
        file.path.clone() + &target.unwrap_or_default(),
    ]
}

/// The name of a wheel's distribution is enough here: its file is named above.
fn owner(owner: &str) -> String {
    let wheel = owner.parse::<WheelFilename>();
    wheel.map_or_else(|_| owner.to_owned(), |wheel| wheel.name().to_string())
}

fn row(name: &str, value: impl ToString) -> [String; 2] {
    [name.to_owned(), value.to_string()]
}
