//! A folder becomes a repository.

use std::path::Path;

use super::layout::Layout;
use super::session::{self, Session};
use super::sign::Keyring;
use super::state::{SCHEMA, Settings};
use super::{InitOptions, Repository, RepositoryError};

/// Makes a repository, or completes one that was made with the same options.
pub(super) fn init(dir: &Path, options: &InitOptions) -> Result<Repository, RepositoryError> {
    check_text("origin", &options.origin)?;
    check_text("label", &options.label)?;
    let layout = Layout { root: dir.to_owned() };
    let lock = session::lock(&layout)?;
    match layout.load_settings()? {
        Some(settings) => check_same(dir, &settings, options)?,
        None => layout.store(&layout.settings(), &make_settings(&layout, options)?)?,
    }
    drop(lock);
    let repository = Repository::open(dir)?;
    Session::begin(&repository, options.at)?;
    Ok(repository)
}

fn make_settings(layout: &Layout, options: &InitOptions) -> Result<Settings, RepositoryError> {
    let fingerprint = match &options.key {
        Some(key) => user_key(key)?,
        None => own_key(&Keyring::own(layout)?, &options.origin)?,
    };
    Ok(Settings {
        schema: SCHEMA,
        origin: options.origin.clone(),
        label: options.label.clone(),
        fingerprint,
        own_key: options.key.is_none(),
    })
}

fn own_key(keyring: &Keyring, origin: &str) -> Result<String, RepositoryError> {
    if let Some(fingerprint) = keyring.fingerprint(None)? {
        return Ok(fingerprint);
    }
    keyring.generate(&format!("{origin} repository signing key"))?;
    keyring
        .fingerprint(None)?
        .ok_or_else(|| RepositoryError::NoKey { key: origin.to_owned() })
}

fn user_key(key: &str) -> Result<String, RepositoryError> {
    let found = Keyring::user().fingerprint(Some(key))?;
    found.ok_or_else(|| RepositoryError::NoKey { key: key.to_owned() })
}

fn check_text(field: &'static str, value: &str) -> Result<(), RepositoryError> {
    let reason = match value {
        text if text.trim() != text || text.is_empty() => "it is empty, or begins or ends with a space",
        text if text.chars().any(char::is_control) => "it is not one line of text",
        _ => return Ok(()),
    };
    let value = value.to_owned();
    Err(RepositoryError::BadSetting { field, value, reason })
}

/// Hosts refuse a repository whose origin or label changes.
fn check_same(dir: &Path, settings: &Settings, options: &InitOptions) -> Result<(), RepositoryError> {
    let other = |field, have: &str, asked: &str| RepositoryError::OtherSettings {
        path: dir.to_owned(),
        field,
        have: have.to_owned(),
        asked: asked.to_owned(),
    };
    if settings.origin != options.origin {
        return Err(other("origin", &settings.origin, &options.origin));
    }
    if settings.label != options.label {
        return Err(other("label", &settings.label, &options.label));
    }
    match &options.key {
        Some(key) if user_key(key)? != settings.fingerprint => Err(other("key", &settings.fingerprint, key)),
        _ => Ok(()),
    }
}
