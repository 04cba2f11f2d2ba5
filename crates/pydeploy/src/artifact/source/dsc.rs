//! The `.dsc` file ([dsc(5)]), in the order in which `dpkg-source` writes its fields.
//!
//! [dsc(5)]: https://manpages.debian.org/bookworm/dpkg-dev/dsc.5.en.html

use super::names::Names;
use super::sums::{self, Sums};
use crate::deb822::{InvalidField, Paragraph};

/// Its paragraph; `tarballs` in the order of their names.
pub(super) fn paragraph(
    names: &Names,
    version: &str,
    source: &Paragraph,
    binary: &Paragraph,
    tarballs: &[(String, Sums)],
) -> Result<Paragraph, InvalidField> {
    let mut dsc = Paragraph::new();
    let architecture = binary.get("Architecture").unwrap_or("all");
    dsc.push("Format", names.format())?;
    dsc.push("Source", &names.package)?;
    dsc.push("Binary", &names.package)?;
    dsc.push("Architecture", architecture)?;
    dsc.push("Version", version)?;
    for field in ["Maintainer", "Homepage", "Standards-Version", "Build-Depends"] {
        if let Some(value) = source.get(field) {
            dsc.push(field, value)?;
        }
    }
    let place = place(source);
    let list = format!("\n{} deb {place} arch={architecture}", names.package);
    dsc.push("Package-List", &list)?;
    sums::push(&mut dsc, tarballs, "")?;
    Ok(dsc)
}

/// Section and priority.
pub(super) fn place(source: &Paragraph) -> String {
    let [section, priority] = ["Section", "Priority"].map(|field| source.get(field).unwrap_or("-"));
    format!("{section} {priority}")
}
