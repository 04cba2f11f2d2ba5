//! Which distribution needs which.

use std::collections::BTreeMap;

use super::{Edges, purl};
use crate::python::{DistributionName, Marker, MarkerEnvironment, Target, Wheel};

/// The release needs every wheel: it is locked to all of them. A wheel needs those of the release that its
/// `Requires-Dist` names for the target; what it needs for an extra only is left to the release.
pub(super) fn edges(root: &str, wheels: &[&Wheel], target: &Target) -> Edges {
    let environment = MarkerEnvironment::of(target);
    let refs: BTreeMap<&DistributionName, String> = wheels
        .iter()
        .map(|wheel| (wheel.filename().name(), purl(wheel)))
        .collect();
    let mut edges = Edges::from([(root.to_owned(), refs.values().cloned().collect())]);
    for wheel in wheels {
        let needed = wheel
            .metadata()
            .requires_dist
            .iter()
            .filter_map(|text| required(text, &environment));
        let known = needed.filter_map(|name| refs.get(&name).cloned());
        edges.insert(purl(wheel), known.collect());
    }
    edges
}

/// The distribution that a requirement names, when its marker holds. A marker that cannot be read excludes nothing.
fn required(text: &str, environment: &MarkerEnvironment) -> Option<DistributionName> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c));
    let name = text[..end.unwrap_or(text.len())].parse().ok()?;
    let marker = text
        .split_once(';')
        .and_then(|(_, marker)| marker.trim().parse::<Marker>().ok());
    marker.is_none_or(|marker| marker.evaluate(environment)).then_some(name)
}
