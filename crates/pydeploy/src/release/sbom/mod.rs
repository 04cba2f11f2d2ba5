//! The list of what is in a release: a [CycloneDX 1.6] document.
//!
//! Every wheel is a component with its package URL, the sha256 of the wheel and the licence that it declares. A wheel
//! that brings lists of its own ([PEP 770]) has their components below it. What the project accepts about a wheel is a
//! property of it, `pydeploy:waived:KIND`. The same release gives the same bytes: the
//! document's serial number comes from its content.
//!
//! [CycloneDX 1.6]: https://cyclonedx.org/docs/1.6/json/
//! [PEP 770]: https://peps.python.org/pep-0770/

mod document;
mod graph;
mod licence;
mod merge;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::document::{Bom, Component, Dependency, Hash, Metadata, Property, Tools};
use self::merge::Shipped;
use super::plan::Release;
use crate::digest::Sha256;
use crate::python::{Wheel, WheelError};
use crate::wheelhouse::Waived;

/// The document, with a newline at its end.
pub(super) fn document(release: &Release) -> Result<Vec<u8>, WheelError> {
    let root = root(release);
    let mut wheels: Vec<&Wheel> = release.wheels().iter().map(AsRef::as_ref).collect();
    wheels.sort_by_key(|wheel| wheel.filename().as_str().to_owned());
    let waived = release.waived()?;
    let mut components = Vec::new();
    let mut edges = graph::edges(&root.bom_ref, &wheels, &release.target);
    for wheel in wheels {
        let mut component = component(wheel)?;
        component.properties.extend(accepted(wheel, &waived));
        for (name, bytes) in wheel.sboms()? {
            Shipped::new(&name, &bytes, &component.bom_ref).add_to(&mut component, &mut edges);
        }
        components.push(component);
    }
    let bom = Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: None,
        version: 1,
        metadata: Metadata {
            timestamp: release.at.map(crate::Timestamp::rfc3339),
            tools: tools(),
            component: root,
        },
        components,
        dependencies: dependencies(edges),
    };
    Ok(numbered(bom))
}

/// The release itself.
fn root(release: &Release) -> Component {
    let (name, version) = (release.project.name.as_str(), release.version.as_str());
    let summary = &release.project.summary;
    Component {
        kind: "application".to_owned(),
        bom_ref: format!("{name}@{version}"),
        name: name.to_owned(),
        version: Some(version.to_owned()),
        description: (!summary.is_empty()).then(|| summary.clone()),
        ..Component::default()
    }
}

fn tools() -> Tools {
    Tools {
        components: vec![Component {
            kind: "application".to_owned(),
            name: "pydeploy".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            ..Component::default()
        }],
    }
}

fn component(wheel: &Wheel) -> Result<Component, WheelError> {
    let metadata = wheel.metadata();
    let purl = purl(wheel);
    Ok(Component {
        kind: "library".to_owned(),
        bom_ref: purl.clone(),
        name: metadata.name.to_string(),
        version: Some(metadata.version.to_string()),
        description: metadata.summary.clone(),
        hashes: vec![Hash {
            alg: "SHA-256".to_owned(),
            content: wheel.sha256()?.to_string(),
        }],
        licenses: licence::of(metadata),
        purl: Some(purl),
        properties: vec![Property {
            name: "pydeploy:wheel".to_owned(),
            value: wheel.filename().to_string(),
        }],
        ..Component::default()
    })
}

/// What the project accepts about a wheel, `pydeploy:waived:record` for example: what was found, and why it is accepted.
fn accepted<'a>(wheel: &Wheel, waived: &'a [Waived]) -> impl Iterator<Item = Property> + use<'a> {
    let name = wheel.filename().name().clone();
    let of_wheel = waived
        .iter()
        .filter(move |waived| waived.finding.package.as_ref() == Some(&name));
    of_wheel.map(|waived| Property {
        name: format!("pydeploy:waived:{}", waived.finding.kind),
        value: format!("{}: {}", waived.finding.message, waived.reason),
    })
}

/// `pkg:pypi/NAME@VERSION` ([purl], type pypi): the normalised name, the version with its special characters escaped.
///
/// [purl]: https://github.com/package-url/purl-spec
fn purl(wheel: &Wheel) -> String {
    let version = wheel.filename().version().to_string();
    let version = version.replace('!', "%21").replace('+', "%2B");
    format!("pkg:pypi/{}@{version}", wheel.filename().name())
}

type Edges = BTreeMap<String, Vec<String>>;

fn dependencies(edges: Edges) -> Vec<Dependency> {
    let dependency = |(bom_ref, mut depends_on): (String, Vec<String>)| {
        depends_on.sort();
        depends_on.dedup();
        Dependency { bom_ref, depends_on }
    };
    edges.into_iter().map(dependency).collect()
}

/// The bytes, with a serial number that is a digest of the rest in the form of a UUID ([RFC 9562], version 8).
///
/// [RFC 9562]: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8
fn numbered(mut bom: Bom) -> Vec<u8> {
    let digest = Sha256::of(&bom.bytes());
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&digest.as_bytes()[..16]);
    uuid[6] = uuid[6] & 0x0f | 0x80;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    let hex: String = uuid.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    bom.serial_number = Some(format!("urn:uuid:{}", parts.join("-")));
    bom.bytes()
}
