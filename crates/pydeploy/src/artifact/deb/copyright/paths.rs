//! Which files are whose, said in few words.

use std::collections::BTreeMap;

use crate::release::{Kind, Layout, Owner, ReleaseTree};

/// For each wheel the files that it brings: folders that are its own as `FOLDER/*`.
pub(super) fn by_owner<'a>(tree: &'a ReleaseTree, layout: &Layout) -> BTreeMap<&'a str, Vec<String>> {
    let venv = format!("{}/", layout.venv().trim_start_matches('/'));
    let files = tree.iter().filter(|(_, entry)| !matches!(entry.kind, Kind::Directory));
    let files = files
        .filter_map(|(path, entry)| Some((path.as_str(), owner(&entry.owner), path.as_str().strip_prefix(&venv)?)));
    let files: Vec<_> = files.map(|(path, owner, _)| (path, owner)).collect();
    let mut found = BTreeMap::new();
    gather(&files, venv.len(), &mut found);
    found
}

fn owner(owner: &Owner) -> Option<&str> {
    match owner {
        Owner::Wheel(file) => Some(file),
        _ => None,
    }
}

/// `files` are sorted and have their first `depth` bytes in common, which end with a slash.
fn gather<'a>(files: &[(&'a str, Option<&'a str>)], depth: usize, found: &mut BTreeMap<&'a str, Vec<String>>) {
    let mut rest = files;
    while let Some(&(path, owner)) = rest.first() {
        let Some(slash) = path[depth..].find('/') else {
            if let Some(owner) = owner {
                found.entry(owner).or_default().push(path.to_owned());
            }
            rest = &rest[1..];
            continue;
        };
        let folder = &path[..=depth + slash];
        let count = rest.iter().take_while(|(path, _)| path.starts_with(folder)).count();
        let (inside, after) = rest.split_at(count);
        match owner.filter(|_| inside.iter().all(|file| file.1 == owner)) {
            Some(owner) => found.entry(owner).or_default().push(format!("{folder}*")),
            None => gather(inside, folder.len(), found),
        }
        rest = after;
    }
}
