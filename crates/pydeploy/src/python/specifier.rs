//! Which versions a specifier admits ([version specifiers]), where the crate that orders versions decides otherwise
//! than `packaging` does.
//!
//! [version specifiers]: https://packaging.python.org/en/latest/specifications/version-specifiers/

use pep440_rs::{Operator, Version, VersionSpecifier};

/// Whether `version` satisfies `specifier`.
///
/// `===` compares text. `<` and `>` leave out what belongs to the version named: the pre-releases of a final one, the
/// post-releases of any, local versions. `3.11` is `== 3.11.0.*`, for which the crate looks only at the parts that are
/// there.
pub(crate) fn contains(specifier: &VersionSpecifier, version: &Version) -> bool {
    let named = specifier.version();
    match specifier.operator() {
        Operator::ExactEqual => version.to_string() == named.to_string(),
        Operator::LessThan => *version < first_of(named),
        Operator::GreaterThan => is_beyond(version, named),
        _ => specifier.contains(&padded(version, named.release().len())),
    }
}

/// The lowest version that belongs to `named`: its first development release, unless it is a pre-release itself.
fn first_of(named: &Version) -> Version {
    match named.any_prerelease() {
        true => named.clone(),
        false => named.clone().with_dev(Some(0)),
    }
}

fn is_beyond(version: &Version, named: &Version) -> bool {
    let family = |version: &Version| (version.epoch(), version.only_release(), version.pre());
    match (named.dev(), named.post()) {
        (Some(dev), _) => *version >= named.clone().with_dev(Some(dev + 1)),
        (None, Some(post)) => *version >= named.clone().with_post(Some(post + 1)).with_dev(Some(0)),
        (None, None) => version > named && family(version) != family(named),
    }
}

/// With zeros up to `length` parts.
fn padded(version: &Version, length: usize) -> Version {
    let mut release = version.release().to_vec();
    release.resize(release.len().max(length), 0);
    version.clone().with_release(release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_or_out() {
        for (specifier, inside, outside) in [
            ("==1.2.*", "1.2 1.2.5 1.2rc1 1.2+x", "1.20 1.3"),
            ("==1.2.0.*", "1.2 1.2.0.1", "1.2.1"),
            ("==1.2", "1.2.0 1.2+local", "1.2.1 1.2.post1"),
            ("===1.2", "1.2", "1.2.0 1.2+local"),
            ("~=1.4.5", "1.4.9 1.4.5.post1", "1.5 1.4.5rc1"),
            ("<1.0", "0.9 0.9rc1", "1.0 1.0rc1 1.0.dev1"),
            ("<1.0rc1", "1.0a1 1.0.dev1", "1.0rc1 1.0"),
            ("<1.0.post1", "1.0 1.0rc1", "1.0.post1.dev1 1.0.post1"),
            (">1.0", "1.0.1 1.1.dev1", "1.0 1.0.post1 1.0+local"),
            (">1.0rc1", "1.0 1.0rc2", "1.0rc1 1.0rc1.post1"),
            (">1.0.dev1", "1.0.dev2 1.0.post1 1.0", "1.0.dev1+local 1.0.dev1"),
            (">1.0.post1", "1.0.post2.dev0 1.1", "1.0.post1 1.0.post1+local 1.0"),
            (">=1.0a1", "1.0b1", "1.0.dev1"),
        ] {
            let parsed: VersionSpecifier = specifier.parse().unwrap();
            let holds = |text: &str| contains(&parsed, &text.parse().unwrap());
            assert!(inside.split(' ').all(holds), "{specifier} {inside}");
            assert!(!outside.split(' ').any(holds), "{specifier} {outside}");
        }
    }
}
