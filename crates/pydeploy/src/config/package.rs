//! What a project says about its Debian package: `[tool.pydeploy.package]`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Dependency;

/// What a package needs beside what is found in the release itself.
///
/// ```toml
/// [tool.pydeploy.package]
/// depends = ["postgresql-client (>= 15)"]
///
/// [tool.pydeploy.package.libraries]
/// "libfoo.so.1" = "libfoo1 (>= 1.2)"
/// "libcuda.so.1" = ""      # not on this package's account
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packaging {
    /// Added to what the package depends on.
    pub depends: Vec<Dependency>,
    /// The package of a library that compiled files need, by soname; `None` when nothing is to be depended on for it.
    pub libraries: BTreeMap<String, Option<Dependency>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Table {
    depends: Vec<String>,
    libraries: BTreeMap<String, String>,
}

/// `Err` says what is wrong.
pub(super) fn packaging(table: Table) -> Result<Packaging, String> {
    let depends = table.depends.iter().map(|text| text.parse());
    let library = |(soname, package): (String, String)| {
        let package = Some(package.trim()).filter(|text| !text.is_empty());
        let package = package.map(str::parse).transpose();
        match package {
            Ok(package) => Ok((soname, package)),
            Err(error) => Err(format!("libraries: {soname}: {error}")),
        }
    };
    Ok(Packaging {
        depends: depends
            .collect::<Result<_, _>>()
            .map_err(|error: super::DependencyError| format!("depends: {error}"))?,
        libraries: table.libraries.into_iter().map(library).collect::<Result<_, _>>()?,
    })
}
