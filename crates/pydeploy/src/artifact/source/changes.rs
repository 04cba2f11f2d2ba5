//! The `.changes` file of an upload ([deb-changes(5)]), in the order in which `dpkg-genchanges` writes its fields.
//!
//! [deb-changes(5)]: https://manpages.debian.org/bookworm/dpkg-dev/deb-changes.5.en.html

use super::dsc;
use super::sums::{self, Sums};
use crate::changelog::Entry;
use crate::deb822::{InvalidField, Paragraph};

/// Its paragraph; `files` are the `.dsc` and what it names.
pub(super) fn paragraph(
    entry: &Entry<'_>,
    version: &str,
    source: &Paragraph,
    files: &[(String, Sums)],
) -> Result<Paragraph, InvalidField> {
    let mut changes = Paragraph::new();
    let maintainer = source.get("Maintainer").unwrap_or_default();
    let distributions: Vec<&str> = entry.distributions().collect();
    changes.push("Format", "1.8")?;
    changes.push("Date", &entry.date_text().unwrap_or_default())?;
    changes.push("Source", entry.package())?;
    changes.push("Architecture", "source")?;
    changes.push("Version", version)?;
    changes.push("Distribution", &distributions.join(" "))?;
    changes.push("Urgency", &entry.urgency().unwrap_or_default())?;
    changes.push("Maintainer", maintainer)?;
    changes.push("Changed-By", entry.maintainer().as_deref().unwrap_or(maintainer))?;
    for (field, bugs) in [
        ("Closes", entry.closes()),
        ("Launchpad-Bugs-Fixed", entry.closes_on_launchpad()),
    ] {
        if !bugs.is_empty() {
            let bugs: Vec<String> = bugs.iter().map(ToString::to_string).collect();
            changes.push(field, &bugs.join(" "))?;
        }
    }
    changes.push("Changes", &format!("\n{}", entry.upload_text()))?;
    sums::push(&mut changes, files, &format!("{} ", dsc::place(source)))?;
    Ok(changes)
}
