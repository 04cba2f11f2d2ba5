//! What an operator puts into `/etc/apt/sources.list.d`.

use super::{Repository, RepositoryError, SignedBy, Suite};
use crate::sys::files;

pub(super) fn sources(
    repository: &Repository,
    url: &str,
    suites: &[Suite],
    signed_by: &SignedBy,
) -> Result<String, RepositoryError> {
    if url.is_empty() || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(RepositoryError::BadSetting {
            field: "url",
            value: url.to_owned(),
            reason: "it is empty or holds white space",
        });
    }
    let suites: Vec<_> = suites.iter().map(|suite| suite.as_str()).collect();
    let key = match signed_by {
        SignedBy::Path(path) => format!(" {}", path.display()),
        SignedBy::InlineKey => inline_key(repository)?,
    };
    let suites = suites.join(" ");
    Ok(format!(
        "Types: deb\nURIs: {url}\nSuites: {suites}\nComponents: main\nSigned-By:{key}\n"
    ))
}

fn inline_key(repository: &Repository) -> Result<String, RepositoryError> {
    let key = files::read(&repository.layout.public_key("key.asc"))?;
    let key = String::from_utf8_lossy(&key).into_owned();
    let lines = key.lines().map(|line| if line.trim().is_empty() { "." } else { line });
    Ok(lines.map(|line| format!("\n {line}")).collect())
}
