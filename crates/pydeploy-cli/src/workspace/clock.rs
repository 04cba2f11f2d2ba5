//! The time, which only the command line reads.

use std::time::{SystemTime, UNIX_EPOCH};

use pydeploy::{Timestamp, exit};

use crate::error::CliError;

/// The clock, which only the command line reads.
pub(crate) fn now() -> Timestamp {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    i64::try_from(seconds)
        .ok()
        .and_then(Timestamp::from_second)
        .unwrap_or(Timestamp::EPOCH)
}

/// `SOURCE_DATE_EPOCH`, when it is set.
pub(crate) fn source_date() -> Result<Option<Timestamp>, CliError> {
    let Ok(text) = std::env::var("SOURCE_DATE_EPOCH") else {
        return Ok(None);
    };
    let hint = "set SOURCE_DATE_EPOCH to a number of seconds, or unset it";
    text.parse()
        .map(Some)
        .map_err(|error: pydeploy::timestamp::ParseTimestampError| {
            CliError::message(exit::USAGE, format!("SOURCE_DATE_EPOCH: {error}"), hint)
        })
}
