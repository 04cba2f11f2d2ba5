//! The licence that a wheel declares: `License-Expression`, or what came before it.

use super::document::{Choice, License, Named};
use crate::python::Metadata;

/// Classifiers that mean one SPDX identifier. Not here: `BSD License` and others that leave open which one.
const CLASSIFIERS: [(&str, &str); 12] = [
    ("Apache Software License", "Apache-2.0"),
    ("GNU Affero General Public License v3", "AGPL-3.0-only"),
    ("GNU General Public License v2 (GPLv2)", "GPL-2.0-only"),
    ("GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later"),
    ("GNU General Public License v3 (GPLv3)", "GPL-3.0-only"),
    ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
    ("GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only"),
    (
        "GNU Lesser General Public License v3 or later (LGPLv3+)",
        "LGPL-3.0-or-later",
    ),
    ("ISC License (ISCL)", "ISC"),
    ("MIT License", "MIT"),
    ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
    ("The Unlicense (Unlicense)", "Unlicense"),
];

/// Identifiers that authors write into `License`, beside those above.
const IDENTIFIERS: [&str; 8] = [
    "0BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "HPND",
    "MIT-CMU",
    "PSF-2.0",
    "Zlib",
    "ZPL-2.1",
];

/// The longest text that is a name.
const NAME: usize = 200;

/// The expression when there is one; else `License` when it is one line; else the classifiers; else the first line.
pub(super) fn of(metadata: &Metadata) -> Vec<Choice> {
    if let Some(expression) = &metadata.license_expression {
        return vec![self::expression(expression)];
    }
    let license = metadata
        .license
        .as_deref()
        .map(str::trim)
        .filter(|text| !matches!(*text, "" | "UNKNOWN"));
    let short = license.filter(|text| text.len() <= NAME && !text.contains('\n'));
    let classified: Vec<Choice> = metadata
        .classifiers
        .iter()
        .filter_map(|text| classifier(text))
        .collect();
    match (short, classified.is_empty(), license) {
        (Some(text), ..) => vec![named(text)],
        (None, false, _) => classified,
        (None, true, Some(text)) => vec![named(&text.chars().take(NAME).collect::<String>())],
        (None, true, None) => Vec::new(),
    }
}

/// The same as text, each licence or expression for itself.
pub(crate) fn names(metadata: &Metadata) -> Vec<String> {
    let text = |choice| match choice {
        Choice::Expression { expression, .. } => expression,
        Choice::License(License {
            what: Named::Id(text) | Named::Name(text),
            ..
        }) => text,
    };
    of(metadata).into_iter().map(text).collect()
}

pub(super) fn expression(text: &str) -> Choice {
    Choice::Expression {
        expression: text.to_owned(),
        acknowledgement: "declared",
    }
}

/// A licence by its name, or by its identifier when it is one that is known here.
pub(super) fn named(text: &str) -> Choice {
    let known = CLASSIFIERS
        .iter()
        .map(|(_, id)| *id)
        .chain(IDENTIFIERS)
        .find(|id| *id == text);
    license(match known {
        Some(id) => Named::Id(id.to_owned()),
        None => Named::Name(text.to_owned()),
    })
}

fn classifier(text: &str) -> Option<Choice> {
    let name = text.strip_prefix("License :: ")?.rsplit(" :: ").next()?.trim();
    if matches!(name, "" | "OSI Approved") {
        return None;
    }
    let known = CLASSIFIERS.iter().find(|(classifier, _)| *classifier == name);
    Some(license(match known {
        Some((_, id)) => Named::Id((*id).to_owned()),
        None => Named::Name(name.to_owned()),
    }))
}

fn license(what: Named) -> Choice {
    let acknowledgement = "declared";
    Choice::License(License { what, acknowledgement })
}
