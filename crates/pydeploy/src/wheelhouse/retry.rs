//! Attempts that are made again: how often, and after which pause.

use std::time::Duration;

use ureq::http::HeaderMap;

use super::error::FetchError;
use crate::Timestamp;

/// The pauses before the second, the third and the fourth attempt.
const PAUSES: [Duration; 3] = match cfg!(test) {
    true => [Duration::from_millis(1); 3],
    false => [
        Duration::from_millis(300),
        Duration::from_secs(1),
        Duration::from_secs(4),
    ],
};
/// The longest pause that a server can ask for; when it wants a longer one, it is given up.
const LONGEST: Duration = Duration::from_secs(60);

/// An attempt failed: for good, or perhaps not the next time.
#[derive(Debug)]
pub(super) enum Failure {
    Final(FetchError),
    Passing {
        error: FetchError,
        /// The pause that the server asks for.
        wait: Option<Duration>,
        /// Whether the attempt brought something that the next one need not bring.
        progress: bool,
    },
}

impl Failure {
    pub(super) fn passing(error: FetchError) -> Self {
        Self::Passing {
            error,
            wait: None,
            progress: false,
        }
    }
}

/// Runs `attempt` until it succeeds, fails for good, or fails four times in a row without getting on.
pub(super) fn retrying<T>(mut attempt: impl FnMut() -> Result<T, Failure>) -> Result<T, FetchError> {
    let mut failed = 0;
    loop {
        let (error, wait, progress) = match attempt() {
            Ok(value) => return Ok(value),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Passing { error, wait, progress }) => (error, wait, progress),
        };
        failed = if progress { 1 } else { failed + 1 };
        let Some(pause) = pause(failed, wait) else {
            return Err(error);
        };
        tracing::debug!(%error, ?pause, "trying again");
        std::thread::sleep(pause);
    }
}

/// The pause after the failure with this number, from 1; `None` when it was the last.
fn pause(failed: usize, asked: Option<Duration>) -> Option<Duration> {
    let own = PAUSES.get(failed - 1)?;
    let asked = asked.unwrap_or_default();
    (asked <= LONGEST).then_some(asked.max(*own))
}

/// What `Retry-After` asks for (RFC 9110, section 10.2.3). A date counts from the answer's own `Date`.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let value = text("Retry-After")?;
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let (until, now) = (date(value)?.as_second(), date(text("Date")?)?.as_second());
    Some(Duration::from_secs(u64::try_from(until - now).unwrap_or(0)))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let parts: Vec<_> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = parts[..] else {
        return None;
    };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let mut time = time.split(':').map(|part| part.parse::<u8>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    Timestamp::from_civil(
        year.parse().ok()?,
        u8::try_from(month).ok()?,
        day.parse().ok()?,
        hour,
        minute,
        second,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_how_long_to_wait() {
        let asked = |fields: &[(&'static str, &'static str)]| {
            let fields = fields.iter().map(|(name, value)| {
                let name = name.parse::<ureq::http::HeaderName>().unwrap();
                (name, value.parse().unwrap())
            });
            retry_after(&fields.collect())
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let now = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(asked(&[("Retry-After", "7")]), seconds(7));
        assert_eq!(
            asked(&[("Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"), now]),
            seconds(30)
        );
        assert_eq!(
            asked(&[("Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT"), now]),
            seconds(0)
        );
        assert_eq!(asked(&[("Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT")]), None);
        assert_eq!(asked(&[("Retry-After", "soon"), now]), None);
        assert_eq!(asked(&[now]), None);
    }

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!(pause(1, None), Some(PAUSES[0]));
        assert_eq!(pause(1, Some(Duration::from_secs(9))), Some(Duration::from_secs(9)));
        assert_eq!(pause(1, Some(Duration::from_secs(61))), None);
        assert_eq!(pause(4, None), None);
    }

    #[test]
    fn only_failures_in_a_row_are_counted() {
        let mut left = 10;
        let result = retrying(|| {
            left -= 1;
            match left {
                0 => Ok("done"),
                _ => Err(Failure::Passing {
                    error: FetchError::Offline { files: Vec::new() },
                    wait: None,
                    progress: left % 3 == 0,
                }),
            }
        });
        assert_eq!(result.unwrap(), "done");
    }
}
