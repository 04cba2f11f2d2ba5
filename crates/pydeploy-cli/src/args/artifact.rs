//! `pydeploy inspect | verify | diff`

use std::path::PathBuf;

use clap::ValueEnum;

use super::Report;

#[derive(Debug, clap::Args)]
pub(crate) struct Inspect {
    /// An artifact, or the folder of a release
    pub(crate) artifact: PathBuf,
    /// Leave out the files
    #[arg(long)]
    pub(crate) summary: bool,
    /// Form of what is printed on standard output
    #[arg(long, value_enum, default_value_t = InspectFormat::Human, env = "PYDEPLOY_FORMAT", help_heading = "Output")]
    pub(crate) format: InspectFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InspectFormat {
    /// For people
    Human,
    /// For programs: one JSON document
    Json,
    /// The list of components that lies inside: CycloneDX 1.6 as JSON
    Cyclonedx,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// An artifact, the folder of a deployed release, or of an installed package: /opt/NAME
    pub(crate) artifact: PathBuf,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// An artifact, or the folder of a release
    pub(crate) from: PathBuf,
    /// Another one, of any format
    pub(crate) to: PathBuf,
    #[command(flatten)]
    pub(crate) report: Report,
}
