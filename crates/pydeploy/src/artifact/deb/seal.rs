//! What makes every byte of a package count, also those that no format has a checksum for.
//!
//! A zstd frame that was put together of pieces has no checksum, and the same bytes have other compressed forms. So a
//! comment in the control file `triggers` ([deb-triggers(5)]) holds the digest of the data archive as it lies in the
//! package; the control archive, being xz, has checksums of its own. What is left are the headers of the container, which
//! are always written in the same way.
//!
//! [deb-triggers(5)]: https://manpages.debian.org/bookworm/dpkg-dev/deb-triggers.5.en.html

use std::fs::File;
use std::io;
use std::path::Path;

use super::ar::ArReader;
use super::error::DebError;
use crate::artifact::verify::{Finding, Problem};
use crate::digest::{Hashing, Sha256};
use crate::sys::files::At as _;

/// What is said about the data archive.
#[derive(Debug, PartialEq, Eq)]
struct Seal {
    /// The name of the archive in the package.
    member: String,
    /// Its digest as text, whatever stands there.
    said: String,
}

/// The comment about the member with the data archive.
pub(super) fn line(member: &str, digest: Sha256) -> String {
    format!("# {member} has sha256 {digest}\n")
}

fn find(triggers: &[u8]) -> Option<Seal> {
    let text = std::str::from_utf8(triggers).ok()?;
    let said = text
        .lines()
        .find_map(|line| line.strip_prefix("# ")?.split_once(" has sha256 "));
    said.map(|(member, said)| Seal {
        member: member.to_owned(),
        said: said.to_owned(),
    })
}

/// Compares a package with what its own `triggers` says about it; nothing is found when that says nothing: another program
/// wrote the package then.
pub(in crate::artifact) fn check(path: &Path, triggers: &[u8]) -> Result<Vec<Finding>, DebError> {
    let Some(seal) = find(triggers) else {
        return Ok(Vec::new());
    };
    let file = io::BufReader::with_capacity(1 << 16, File::open(path).at("open", path)?);
    let mut ar = ArReader::new(file).map_err(container(path))?;
    let (mut findings, mut time) = (Vec::new(), None);
    while let Some(member) = ar.next_member().map_err(container(path))? {
        let same = member.is_plain && *time.get_or_insert(member.time) == member.time;
        let header = (!same && !member.name.starts_with('_')).then(header);
        let data = match member.name == seal.member {
            true => data(&mut ar, &seal).at("read", path)?,
            false => None,
        };
        findings.extend([header, data].into_iter().flatten().map(|problem| Finding {
            path: member.name.clone(),
            problem,
        }));
    }
    if !ar.is_padding_plain() {
        let (path, problem) = (seal.member, header());
        findings.push(Finding { path, problem });
    }
    Ok(findings)
}

fn header() -> Problem {
    let reason = "its header or the padding beside it is not as it was written".to_owned();
    Problem::Unusable { reason }
}

fn container(path: &Path) -> impl Fn(super::ArError) -> DebError {
    |source| DebError::Container {
        path: path.to_owned(),
        source,
    }
}

/// Whether the data archive has the digest that is said.
fn data(archive: &mut impl io::Read, seal: &Seal) -> io::Result<Option<Problem>> {
    let mut digest = Hashing::new(io::sink());
    io::copy(archive, &mut digest)?;
    let found = digest.finish().2;
    Ok((found.to_string() != seal.said).then(|| Problem::Digest {
        found,
        by: "triggers".to_owned(),
        said: seal.said.clone(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_found() {
        let digest = Sha256::of(b"");
        let text = ["interest-noawait /usr/bin/python3.11\n", &line("data.tar.zst", digest)].concat();
        let seal = find(text.as_bytes()).unwrap();
        assert_eq!((seal.member.as_str(), seal.said), ("data.tar.zst", digest.to_string()));
        assert_eq!(find(b"# a comment\ninterest x\n"), None);
    }
}
