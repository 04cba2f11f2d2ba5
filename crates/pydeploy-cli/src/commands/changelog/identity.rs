//! Who answers for an entry, and the date that it has.

use std::path::Path;

use pydeploy::changelog::Maintainer;
use pydeploy::{Timestamp, exit, vcs};

use crate::args::Signature;
use crate::error::CliError;
use crate::workspace::{now, source_date};

pub(super) fn maintainer(signature: &Signature, folder: &Path) -> Result<Maintainer, CliError> {
    if let Some(maintainer) = &signature.maintainer {
        return Ok(maintainer.clone());
    }
    let variable = |name: &str| std::env::var(name).ok();
    // Without git, or in a folder that it does not like, there is still the environment.
    let git = || vcs::identity(folder).unwrap_or_default();
    let (Some(name), Some(email)) = identity(variable, git) else {
        let message = "nobody is named as the maintainer";
        let hint = "set DEBFULLNAME and DEBEMAIL, or git's user.name and user.email, or pass `--maintainer`";
        return Err(CliError::message(exit::USAGE, message, hint));
    };
    Ok(Maintainer::new(name.parse()?, &email)?)
}

pub(super) fn date(signature: &Signature) -> Result<Timestamp, CliError> {
    Ok(signature.date.or(source_date()?).unwrap_or_else(now))
}

type Identity = (Option<String>, Option<String>);

/// Name and address from where `dch` looks for them, and then from git instead of the machine's name.
fn identity(variable: impl Fn(&str) -> Option<String>, git: impl FnOnce() -> Identity) -> Identity {
    let variable = |name: &str| {
        variable(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    };
    let (deb_name, deb_email) = split(variable("DEBEMAIL"));
    let (other_name, other_email) = split(variable("EMAIL"));
    let name = variable("DEBFULLNAME")
        .or(deb_name)
        .or(other_name)
        .or_else(|| variable("NAME"));
    let email = deb_email.or(other_email);
    if name.is_some() && email.is_some() {
        return (name, email);
    }
    let (git_name, git_email) = git();
    (name.or(git_name), email.or(git_email))
}

/// Takes `Name <address>` apart; most values are an address alone.
fn split(value: Option<String>) -> Identity {
    let Some(value) = value else { return (None, None) };
    let parts = value.strip_suffix('>').and_then(|rest| rest.rsplit_once('<'));
    match parts {
        Some((name, email)) if !name.trim().is_empty() => (Some(name.trim().to_owned()), Some(email.to_owned())),
        Some((_, email)) => (None, Some(email.to_owned())),
        None => (None, Some(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], name: &str, email: &str) {
        let variable = |wanted: &str| {
            let found = variables.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| (*value).to_owned())
        };
        let git = || (Some("Git".to_owned()), Some("g@i.t".to_owned()));
        let expected = (Some(name.to_owned()), Some(email.to_owned()));
        assert_eq!(identity(variable, git), expected, "{variables:?}");
    }

    #[test]
    fn the_first_that_says_something() {
        check(&[], "Git", "g@i.t");
        check(&[("DEBFULLNAME", "Ada"), ("DEBEMAIL", "a@b")], "Ada", "a@b");
        check(&[("DEBEMAIL", "Ada E <a@b>")], "Ada E", "a@b");
        check(&[("DEBEMAIL", "Ada <a@b>"), ("DEBFULLNAME", "Grace")], "Grace", "a@b");
        check(&[("EMAIL", "Ada <a@b>"), ("NAME", "Grace")], "Ada", "a@b");
        check(&[("EMAIL", "Ada <a@b>"), ("DEBEMAIL", "c@d")], "Ada", "c@d");
        check(&[("NAME", "Ada"), ("EMAIL", "a@b")], "Ada", "a@b");
        check(&[("DEBEMAIL", "a@b")], "Git", "a@b");
        check(&[("DEBFULLNAME", " "), ("DEBEMAIL", "")], "Git", "g@i.t");
    }
}
