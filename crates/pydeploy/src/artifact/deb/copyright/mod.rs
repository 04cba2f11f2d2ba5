//! `copyright` of a project that has none: who wrote what is inside, and under which licence ([copyright-format]).
//!
//! A paragraph for each wheel, with the texts of its licence files. What every Debian system has in
//! `/usr/share/common-licenses` is referred to there; what another wheel has word for word, at that; what is longer than a
//! licence, in the package itself, where the wheel's own file lies.
//!
//! [copyright-format]: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

mod common;
mod notices;
mod paths;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::artifact::WriteError;
use crate::deb822::{InvalidField, Paragraph};
use crate::digest::Sha256;
use crate::python::{Wheel, WheelError};
use crate::release::{Layout, Release, ReleaseTree, licence_names};

/// The longest text that is repeated. The longest licence, the GPL, is 35 kB, and every system has it.
const LONGEST: usize = 16 << 10;
/// The longest name of a licence that is one.
const LONGEST_NAME: usize = 40;
const FORMAT: &str = "https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/";

/// The whole file.
pub(super) fn text(release: &Release, tree: &ReleaseTree, layout: &Layout) -> Result<String, WriteError> {
    let mut paragraphs = vec![header(release)?, application(release)?];
    let mut wheels: Vec<&Wheel> = release.wheels().iter().map(AsRef::as_ref).collect();
    wheels.sort_by_key(|wheel| wheel.filename().as_str().to_owned());
    let files = paths::by_owner(tree, layout);
    let mut seen = BTreeMap::new();
    for wheel in wheels {
        let files = files.get(wheel.filename().as_str());
        let place = format!(
            "{}/lib/python{}/site-packages",
            layout.venv(),
            release.target.python_minor()
        );
        let texts = Texts::read(wheel, &place, &mut seen)?;
        if let Some(files) = files {
            paragraphs.push(texts.paragraph(wheel, files)?);
        }
    }
    let paragraphs: Vec<_> = paragraphs.iter().map(ToString::to_string).collect();
    Ok(paragraphs.join("\n"))
}

fn header(release: &Release) -> Result<Paragraph, InvalidField> {
    let mut header = Paragraph::new();
    header.push("Format", FORMAT)?;
    header.push("Upstream-Name", release.project.name.as_str())?;
    Ok(header)
}

fn application(release: &Release) -> Result<Paragraph, InvalidField> {
    let mut own = Paragraph::new();
    own.push("Files", "*")?;
    own.push("Copyright", &format!("the authors of {}", release.project.name))?;
    own.push(
        "License",
        "see-the-application\nThe application's own licence is that of its authors.",
    )?;
    Ok(own)
}

/// Texts that were seen already, by their digests: the name of the distribution that had them first.
type Seen = BTreeMap<Sha256, String>;

/// What the licence files of a wheel say.
#[derive(Debug, Default)]
struct Texts {
    copyright: Vec<String>,
    licence: Vec<String>,
}

impl Texts {
    fn read(wheel: &Wheel, site_packages: &str, seen: &mut Seen) -> Result<Self, WheelError> {
        let mut texts = Self::default();
        for (member, bytes) in wheel.licences()? {
            let text = notices::plain(&bytes);
            texts.add(
                &text,
                &format!("{site_packages}/{member}"),
                &wheel.filename().name().to_string(),
                seen,
            );
        }
        Ok(texts)
    }

    fn add(&mut self, text: &str, path: &str, name: &str, seen: &mut Seen) {
        if let Some(common) = common::find(text) {
            let place = format!("The text is in /usr/share/common-licenses/{common} on every Debian system.");
            return self.say(place);
        }
        for notice in notices::copyright(text) {
            if !self.copyright.contains(&notice) {
                self.copyright.push(notice);
            }
        }
        let first = seen
            .entry(Sha256::of(text.as_bytes()))
            .or_insert_with(|| name.to_owned());
        if first != name {
            self.say(format!("The text is that of {first} in this file."));
        } else if text.len() > LONGEST {
            self.say(format!("The text is in {path}."));
        } else {
            self.licence.push(text.to_owned());
        }
    }

    fn say(&mut self, line: String) {
        if !self.licence.contains(&line) {
            self.licence.push(line);
        }
    }

    fn paragraph(self, wheel: &Wheel, files: &[String]) -> Result<Paragraph, InvalidField> {
        let name = wheel.filename().name();
        let mut paragraph = Paragraph::new();
        paragraph.push("Files", &files.join("\n"))?;
        paragraph.push(
            "Copyright",
            &match self.copyright.is_empty() {
                true => format!("the authors of {name}"),
                false => self.copyright.join("\n"),
            },
        )?;
        let text = match self.licence.is_empty() {
            true => format!("{} brings no licence file.", wheel.filename()),
            false => self.licence.join("\n\n"),
        };
        paragraph.push("License", &format!("{}\n{text}", short_name(wheel)))?;
        Ok(paragraph)
    }
}

/// What the wheel declares, as the short name of a licence. What is no name but a sentence is called after the wheel.
fn short_name(wheel: &Wheel) -> String {
    let own = |kind| format!("{kind}-{}", wheel.filename().name());
    let short = |name: &String| match is_expression(name) {
        true => debian_expression(name),
        false if name.len() > LONGEST_NAME || name.contains('(') => own("other"),
        false => name.split_whitespace().collect::<Vec<_>>().join("-").replace(',', ""),
    };
    let names = licence_names(wheel.metadata());
    match names.is_empty() {
        true => own("unknown"),
        false => names.iter().map(short).collect::<Vec<_>>().join(" and "),
    }
}

fn is_expression(name: &str) -> bool {
    let operators = [" AND ", " OR ", " WITH "];
    operators.iter().any(|operator| name.contains(operator))
}

/// `and` binds closer than `or`, here as there; instead of parentheses, a comma makes it bind less.
fn debian_expression(spdx: &str) -> String {
    let looser = spdx.replace(" AND (", ", and ").replace(") AND ", ", and ");
    let words = looser
        .replace(" AND ", " and ")
        .replace(" OR ", " or ")
        .replace(" WITH ", " with ");
    words.replace(['(', ')'], "")
}
