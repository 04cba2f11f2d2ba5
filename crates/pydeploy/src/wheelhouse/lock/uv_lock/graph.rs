//! Who needs whom, and who is needed for a target.

use std::collections::{BTreeMap, BTreeSet};

use crate::python::{DistributionName, Marker, MarkerEnvironment};

/// Packages by their number in the lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Graph {
    /// The project, or the members of a workspace that has none at its top.
    pub(super) roots: Vec<usize>,
    pub(super) nodes: Vec<Node>,
}

/// What one package needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: Option<DistributionName>,
    /// When not empty, one of them holds wherever the package is meant.
    pub(super) forks: Vec<Marker>,
    pub(super) dependencies: Vec<Edge>,
    pub(super) extras: Edges,
    pub(super) groups: Edges,
}

pub(super) type Edges = BTreeMap<DistributionName, Vec<Edge>>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// Packages of the name, version and source that are needed; several when only their forks tell them apart.
    pub(super) to: Vec<usize>,
    pub(super) extras: Vec<DistributionName>,
    pub(super) marker: Option<Marker>,
}

/// A package, without or with one of its extras.
type Visit<'a> = (usize, Option<&'a DistributionName>);

impl Graph {
    /// The packages that are needed, by their numbers.
    ///
    /// Where extras or groups conflict, uv writes markers that compare `extra` with `extra-4-site-fast`: the length of a
    /// package's name, the name, the extra. Which of these hold is known once it is known what is needed, so that the
    /// question is asked again until nothing is added.
    pub(in super::super) fn needed(&self, environment: &MarkerEnvironment) -> BTreeSet<usize> {
        let mut chosen = self.chosen_at_roots(environment);
        loop {
            let conditions = MarkerEnvironment {
                extras: chosen.clone(),
                ..environment.clone()
            };
            let visited = self.walk(environment, &conditions);
            let before = chosen.len();
            chosen.extend(
                visited
                    .iter()
                    .filter_map(|&(at, extra)| self.encoded("extra", at, extra?)),
            );
            if chosen.len() == before {
                return visited.into_iter().map(|(at, _)| at).collect();
            }
        }
    }

    fn chosen_at_roots(&self, environment: &MarkerEnvironment) -> BTreeSet<DistributionName> {
        let of_root = |&at: &usize| {
            let extras = environment
                .extras
                .iter()
                .filter_map(move |name| self.encoded("extra", at, name));
            let groups = environment.dependency_groups.iter();
            let project = self.nodes[at]
                .name
                .as_ref()
                .and_then(|name| encode("project", name, None));
            extras
                .chain(groups.filter_map(move |name| self.encoded("group", at, name)))
                .chain(project)
        };
        self.roots.iter().flat_map(of_root).collect()
    }

    fn encoded(&self, kind: &str, at: usize, part: &DistributionName) -> Option<DistributionName> {
        encode(kind, self.nodes[at].name.as_ref()?, Some(part))
    }

    fn walk<'a>(&'a self, environment: &'a MarkerEnvironment, conditions: &MarkerEnvironment) -> BTreeSet<Visit<'a>> {
        let mut open: Vec<Visit<'a>> = self.roots.iter().map(|&at| (at, None)).collect();
        for &at in &self.roots {
            open.extend(environment.extras.iter().map(|extra| (at, Some(extra))));
        }
        let groups = self.roots.iter().flat_map(|&at| self.groups_of(at, environment));
        let mut edges: Vec<&Edge> = groups.collect();
        let mut visited = BTreeSet::new();
        loop {
            for edge in edges.drain(..) {
                open.extend(self.targets(edge, conditions));
            }
            let Some(visit) = open.pop() else {
                return visited;
            };
            if visited.insert(visit) {
                edges.extend(self.edges(visit));
            }
        }
    }

    fn groups_of<'a>(&'a self, at: usize, environment: &'a MarkerEnvironment) -> impl Iterator<Item = &'a Edge> {
        let groups = environment.dependency_groups.iter();
        groups.filter_map(move |name| self.nodes[at].groups.get(name)).flatten()
    }

    fn edges(&self, (at, extra): Visit<'_>) -> &[Edge] {
        let node = &self.nodes[at];
        match extra {
            None => &node.dependencies,
            Some(extra) => node.extras.get(extra).map_or(&[], Vec::as_slice),
        }
    }

    fn targets<'a>(&'a self, edge: &'a Edge, conditions: &MarkerEnvironment) -> Vec<Visit<'a>> {
        if edge.marker.as_ref().is_some_and(|marker| !marker.evaluate(conditions)) {
            return Vec::new();
        }
        let is_meant = |at: &usize| {
            let forks = &self.nodes[*at].forks;
            edge.to.len() == 1 || forks.is_empty() || forks.iter().any(|marker| marker.evaluate(conditions))
        };
        let meant = edge.to.iter().copied().filter(is_meant);
        meant
            .flat_map(|at| {
                let with_extras = edge.extras.iter().map(move |extra| (at, Some(extra)));
                std::iter::once((at, None)).chain(with_extras)
            })
            .collect()
    }
}

fn encode(kind: &str, package: &DistributionName, part: Option<&DistributionName>) -> Option<DistributionName> {
    let length = package.as_str().len();
    let part = part.map_or(String::new(), |part| format!("-{part}"));
    format!("{kind}-{length}-{package}{part}").parse().ok()
}
