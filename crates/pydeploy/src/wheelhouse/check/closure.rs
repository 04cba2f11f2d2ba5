//! Whether what is locked is all that it needs.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use crate::python::{DistributionName, MarkerEnvironment, Requirement};

/// A distribution and what it requires.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) version: &'a Version,
    pub(super) requires: Vec<&'a Requirement>,
}

/// A requirement that nothing locked meets.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unmet<'a> {
    /// Who requires it; `None` for the project.
    pub(super) by: Option<&'a DistributionName>,
    pub(super) requirement: &'a Requirement,
    /// The version that is there.
    pub(super) found: Option<&'a Version>,
}

type Extras<'a> = BTreeMap<&'a DistributionName, BTreeSet<DistributionName>>;

/// The requirements of `roots` and of every node that are not met, in that order.
///
/// Extras are those that a requirement asks for which is itself needed; so they are gathered first, until there are no
/// more.
pub(super) fn unmet<'a>(
    nodes: &BTreeMap<&'a DistributionName, Node<'a>>,
    roots: &'a [Requirement],
    environment: &MarkerEnvironment,
) -> Vec<Unmet<'a>> {
    let extras = extras(nodes, roots, environment);
    let of_nodes = nodes.iter().flat_map(|(name, node)| {
        let environment = with_extras(environment, extras.get(name));
        let requires = node.requires.iter().copied();
        requires
            .filter(move |requirement| requirement.is_for(&environment))
            .map(move |requirement| (Some(*name), requirement))
    });
    let of_roots = roots.iter().filter(|requirement| requirement.is_for(environment));
    let needed = of_roots.map(|requirement| (None, requirement)).chain(of_nodes);
    needed
        .filter_map(|(by, requirement)| {
            let found = nodes.get(&requirement.name).map(|node| node.version);
            let met = found.is_some_and(|version| requirement.accepts(version));
            (!met).then_some(Unmet { by, requirement, found })
        })
        .collect()
}

/// The extras of each distribution that somebody asks for.
fn extras<'a>(
    nodes: &BTreeMap<&'a DistributionName, Node<'a>>,
    roots: &'a [Requirement],
    environment: &MarkerEnvironment,
) -> Extras<'a> {
    let mut extras = Extras::new();
    let mut changed = false;
    let mut ask = |extras: &mut Extras<'a>, requirement: &'a Requirement| {
        let known = extras.entry(&requirement.name).or_default();
        let before = known.len();
        known.extend(requirement.extras.iter().cloned());
        changed |= known.len() > before;
        std::mem::take(&mut changed)
    };
    for requirement in roots.iter().filter(|requirement| requirement.is_for(environment)) {
        ask(&mut extras, requirement);
    }
    loop {
        let mut more = false;
        for (name, node) in nodes {
            let environment = with_extras(environment, extras.get(name));
            for requirement in node
                .requires
                .iter()
                .filter(|requirement| requirement.is_for(&environment))
            {
                more |= ask(&mut extras, requirement);
            }
        }
        if !more {
            return extras;
        }
    }
}

fn with_extras(environment: &MarkerEnvironment, extras: Option<&BTreeSet<DistributionName>>) -> MarkerEnvironment {
    MarkerEnvironment {
        extras: extras.cloned().unwrap_or_default(),
        ..environment.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `nodes` are `NAME VERSION: REQUIREMENT | REQUIREMENT…`, one a line.
    #[track_caller]
    fn check(nodes: &str, roots: &[&str], expect: &[&str]) {
        let parsed: Vec<(DistributionName, Version, Vec<Requirement>)> = nodes
            .lines()
            .map(|line| {
                let (head, requires) = line.split_once(':').unwrap();
                let (name, version) = head.trim().split_once(' ').unwrap();
                let requires = requires.split('|').map(str::trim).filter(|text| !text.is_empty());
                let requires = requires.map(|text| text.parse().unwrap()).collect();
                (name.parse().unwrap(), version.parse().unwrap(), requires)
            })
            .collect();
        let nodes = parsed.iter().map(|(name, version, requires)| {
            let requires = requires.iter().collect();
            (name, Node { version, requires })
        });
        let roots: Vec<Requirement> = roots.iter().map(|text| text.parse().unwrap()).collect();
        let environment = MarkerEnvironment::of(&"debian12".parse().unwrap());
        let nodes = nodes.collect();
        let found: Vec<_> = unmet(&nodes, &roots, &environment)
            .into_iter()
            .map(|unmet| {
                let by = unmet.by.map_or("project", DistributionName::as_str);
                let found = unmet.found.map_or("nothing".to_owned(), ToString::to_string);
                format!("{by} wants {} and has {found}", unmet.requirement)
            })
            .collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn what_is_met_is_not_mentioned() {
        check("a 1: b>=2 | c; python_version < '3'\nb 2.1: a", &["a"], &[]);
        check("a 1.0rc1: \nb 1: a>=0.9", &[], &[]);
    }

    #[test]
    fn what_is_missing_or_of_the_wrong_version_is_found() {
        check(
            "a 1: b>=2 | async-timeout>=4.0.3; python_full_version < '3.11.3'\nb 1: ",
            &["z", "a==2"],
            &[
                "project wants z and has nothing",
                "project wants a==2 and has 1",
                "a wants b>=2 and has 1",
                "a wants async-timeout>=4.0.3; python_full_version < '3.11.3' and has nothing",
            ],
        );
    }

    #[test]
    fn extras_count_when_somebody_asks_for_them() {
        let nodes = "celery 5: kombu[redis] ; extra == 'redis'\nkombu 5: redis>=4; extra == 'redis' | msgpack; extra == 'msgpack'";
        check(nodes, &["celery"], &[]);
        check(
            nodes,
            &["Celery[Redis]"],
            &["kombu wants redis>=4; extra == 'redis' and has nothing"],
        );
        check(
            "a 1: a[x] ; extra == 'all' | b; extra == 'x'",
            &["a[all]"],
            &["a wants b; extra == 'x' and has nothing"],
        );
    }
}
