//! Lists of components that wheels bring, taken over without trust: whatever a list holds, the document stays valid.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::{Choice, Component, Hash, Reference};
use super::{Edges, licence};
use crate::digest::Sha256;

const TYPES: [&str; 13] = [
    "application",
    "container",
    "cryptographic-asset",
    "data",
    "device",
    "device-driver",
    "file",
    "firmware",
    "framework",
    "library",
    "machine-learning-model",
    "operating-system",
    "platform",
];

/// Algorithms and how many hexadecimal digits their digests have.
const ALGORITHMS: [(&str, usize); 12] = [
    ("BLAKE2b-256", 64),
    ("BLAKE2b-384", 96),
    ("BLAKE2b-512", 128),
    ("BLAKE3", 64),
    ("MD5", 32),
    ("SHA-1", 40),
    ("SHA-256", 64),
    ("SHA-384", 96),
    ("SHA-512", 128),
    ("SHA3-256", 64),
    ("SHA3-384", 96),
    ("SHA3-512", 128),
];

/// A list in a wheel.
pub(super) struct Shipped<'a> {
    /// Its name in the folder `sboms`.
    name: &'a str,
    bytes: &'a [u8],
    /// The reference of the wheel that brings it.
    wheel: String,
    /// Old references and what they are here.
    refs: BTreeMap<String, String>,
    used: BTreeSet<String>,
}

impl<'a> Shipped<'a> {
    pub(super) fn new(name: &'a str, bytes: &'a [u8], wheel: &str) -> Self {
        Self {
            name,
            bytes,
            wheel: wheel.to_owned(),
            refs: BTreeMap::new(),
            used: BTreeSet::new(),
        }
    }

    /// Puts the components of a CycloneDX list below the wheel's. Of any list, the wheel's component names the file.
    pub(super) fn add_to(mut self, wheel: &mut Component, edges: &mut Edges) {
        wheel.external_references.push(self.reference());
        let Ok(list) = serde_json::from_slice::<Value>(self.bytes) else {
            return;
        };
        if list["bomFormat"] != "CycloneDX" {
            return;
        }
        // What the list is about is the wheel itself.
        let subject = &list["metadata"]["component"];
        if let Some(old) = subject["bom-ref"].as_str() {
            self.refs.insert(old.to_owned(), self.wheel.clone());
        }
        for part in [&subject["components"], &list["components"]] {
            let components = self.components(part);
            wheel.components.extend(components);
        }
        self.connect(&list["dependencies"], edges);
    }

    fn reference(&self) -> Reference {
        Reference {
            kind: "bom",
            url: format!("sboms/{}", escaped(self.name)),
            comment: "relative to the distribution's .dist-info folder".to_owned(),
            hashes: vec![Hash {
                alg: "SHA-256".to_owned(),
                content: Sha256::of(self.bytes).to_string(),
            }],
        }
    }

    fn components(&mut self, list: &Value) -> Vec<Component> {
        let mut components: Vec<Component> = Vec::new();
        for value in list.as_array().into_iter().flatten() {
            match self.is_subject(value) {
                true => components.extend(self.components(&value["components"])),
                false => components.extend(self.component(value)),
            }
        }
        components
    }

    /// Some tools list the wheel among its own components.
    fn is_subject(&self, value: &Value) -> bool {
        let here = value["bom-ref"].as_str().and_then(|old| self.refs.get(old));
        here == Some(&self.wheel)
    }

    fn component(&mut self, value: &Value) -> Option<Component> {
        let text = |field: &str| value[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let name = text("name")?;
        let kind = text("type").filter(|kind| TYPES.contains(&kind.as_str()));
        let number = self.used.len();
        let old = text("bom-ref").unwrap_or_else(|| format!("component-{number}"));
        Some(Component {
            kind: kind.unwrap_or_else(|| "library".to_owned()),
            bom_ref: self.new_ref(old),
            name,
            version: text("version"),
            description: text("description"),
            hashes: hashes(&value["hashes"]),
            licenses: licenses(&value["licenses"]),
            purl: text("purl").filter(|purl| purl.starts_with("pkg:")),
            components: self.components(&value["components"]),
            ..Component::default()
        })
    }

    /// References are one namespace: those of a list get the wheel's and the list's name in front.
    fn new_ref(&mut self, old: String) -> String {
        let mut new = format!("{}#{}#{old}", self.wheel, self.name);
        while !self.used.insert(new.clone()) {
            new.push('\'');
        }
        self.refs.entry(old).or_insert_with(|| new.clone());
        new
    }

    fn connect(&self, dependencies: &Value, edges: &mut Edges) {
        for new in &self.used {
            edges.entry(new.clone()).or_default();
        }
        let known = |value: &Value| value.as_str().and_then(|old| self.refs.get(old)).cloned();
        for dependency in dependencies.as_array().into_iter().flatten() {
            let Some(from) = known(&dependency["ref"]) else {
                continue;
            };
            let to = dependency["dependsOn"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(known);
            edges.entry(from).or_default().extend(to);
        }
    }
}

fn hashes(list: &Value) -> Vec<Hash> {
    let mut hashes: Vec<Hash> = Vec::new();
    for value in list.as_array().into_iter().flatten() {
        let (Some(alg), Some(content)) = (value["alg"].as_str(), value["content"].as_str()) else {
            continue;
        };
        let known = ALGORITHMS
            .iter()
            .any(|(name, digits)| *name == alg && content.len() == *digits);
        let hash = Hash {
            alg: alg.to_owned(),
            content: content.to_ascii_lowercase(),
        };
        if known && content.bytes().all(|b| b.is_ascii_hexdigit()) && !hashes.contains(&hash) {
            hashes.push(hash);
        }
    }
    hashes
}

/// An expression, or every licence by its name: identifiers that this program does not know are names too.
fn licenses(list: &Value) -> Vec<Choice> {
    let values = || list.as_array().into_iter().flatten();
    if let Some(text) = values().find_map(|value| value["expression"].as_str()) {
        return vec![licence::expression(text)];
    }
    let names = values().filter_map(|value| {
        let license = &value["license"];
        license["id"]
            .as_str()
            .or(license["name"].as_str())
            .filter(|name| !name.is_empty())
    });
    names.map(licence::named).collect()
}

/// What a URL cannot hold, escaped.
fn escaped(name: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    name.bytes().map(escape).collect()
}
