//! When a service runs: the calendar of systemd's timers.

mod calendar;

use crate::sys::text;
use std::fmt;
use std::str::FromStr;

/// Points in time, as the `OnCalendar=` of a timer names them ([systemd.time(7)], "Calendar events").
///
/// systemd takes a timer whose calendar it cannot read for one that never elapses; here it is an error.
///
/// # Syntax
///
/// `[WEEKDAYS] [[YEAR-]MONTH-DAY] [HOUR:MINUTE[:SECOND]] [ZONE]`, one of the three at least, with one blank between
/// them; or a word, `minutely` to `yearly`, with a zone or without. A number can be `*`, a list `1,15`, a range `1..5`, and
/// have a step, `0/15`. `MONTH~DAY` counts days from the month's end.
///
/// What systemd reads besides is not taken: seconds since 1970 (`@0`), which happen once; a comma without a weekday after
/// it; more than one blank. Whether a host knows the zone is seen there.
///
/// ```
/// use pydeploy::config::Schedule;
///
/// let schedule: Schedule = "Mon..Fri *-*-* 04:30".parse()?;
/// assert_eq!(schedule.to_string(), "Mon..Fri *-*-* 04:30");
/// assert!("*:0/15".parse::<Schedule>().is_ok());
/// assert!("24:00".parse::<Schedule>().is_err());
///
/// let error = "30 4 * * 1-5".parse::<Schedule>().unwrap_err();
/// assert_eq!(error.hint(), "cron's form is another one: `30 4 * * 1-5` is `Mon..Fri 04:30` here");
/// # Ok::<(), pydeploy::config::ParseScheduleError>(())
/// ```
///
/// [systemd.time(7)]: https://www.freedesktop.org/software/systemd/man/latest/systemd.time.html#Calendar%20Events
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(String);

impl Schedule {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no calendar of a timer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no calendar of a timer: {problem}")]
pub struct ParseScheduleError {
    text: String,
    problem: String,
}

impl ParseScheduleError {
    /// What would be right.
    #[must_use]
    pub fn hint(&self) -> String {
        let cron = |c: char| c.is_ascii_digit() || "*/,-".contains(c);
        if self.text.split(' ').count() == 5 && self.text.split(' ').all(|word| word.starts_with(cron)) {
            return "cron's form is another one: `30 4 * * 1-5` is `Mon..Fri 04:30` here".to_owned();
        }
        "`hourly`, `04:30`, `Mon..Fri *-*-* 04:30`; `systemd-analyze calendar` shows what one means".to_owned()
    }
}

impl FromStr for Schedule {
    type Err = ParseScheduleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<_> = text.split(' ').collect();
        match calendar::check(&words) {
            Ok(()) => Ok(Self(text.to_owned())),
            Err(problem) => Err(ParseScheduleError {
                text: text.to_owned(),
                problem,
            }),
        }
    }
}

text::as_text!(Schedule);

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const GOOD: [&str; 34] = [
        "daily",
        "Weekly",
        "minutely",
        "semiannually UTC",
        "quarterly Europe/Berlin",
        "04:00",
        "4:5",
        "*:0/15",
        "*:*",
        "*:*:*",
        "*:*:0/30",
        "0..23:0",
        "1..5/9:0",
        "2..3/5:0",
        "8:05:40..50",
        "4:00:00.5",
        "0:0:59.999999",
        "0:0:0.1/0.5",
        "00000001:0",
        "Mon",
        "sunday",
        "Mon..Fri 04:00",
        "Mon-Fri *-*-1..7 4:00:00 UTC",
        "mon,Tuesday,Sat..Sun 4:00",
        "Mon UTC",
        "12-25",
        "5-5-5",
        "99-1-1",
        "2020..2199-1-1",
        "*-02~03",
        "*-*~28",
        "*-*~7/1",
        "*-1,7-1",
        "*-*-1..31/5",
    ];
    const BAD: [&str; 44] = [
        "",
        " ",
        " daily",
        "daily ",
        "UTC",
        "now",
        "*",
        "4",
        "*-*-* 4",
        "* 4:00",
        "24:00",
        "*:60",
        "0:0:60",
        "0:0:59.9999999",
        "*:*/5",
        "5..1:00",
        "1,,2:00",
        "1..2..3:0",
        "0/30:00",
        "1/0:00",
        "*:59/1",
        "*:0/60",
        "*:*:0/60",
        "1.5:00",
        "4:00.5",
        "-1:00",
        "+1:00",
        "0x1:0",
        "99999999999999999999:0",
        "18446744073709551615/1:0",
        "0-0",
        "2200-1-1",
        "1969-1-1",
        "100-1-1",
        "*-13-1",
        "*-*-32",
        "*-*~0",
        "*-*~29",
        "*-*~1/2",
        "5-5-5-5",
        "1~1:0",
        "Fri..Mon",
        "Mon..",
        "*/5 * * * *",
    ];

    fn read(text: &str) -> Result<Schedule, ParseScheduleError> {
        text.parse()
    }

    #[test]
    fn calendars_are_told_from_what_is_none() {
        for text in GOOD {
            assert_eq!(read(text).map(|schedule| schedule.to_string()).as_deref(), Ok(text));
        }
        for text in BAD {
            read(text).expect_err(text);
        }
        assert_eq!(
            read("Mon 25:00").unwrap_err().to_string(),
            "`Mon 25:00` is no calendar of a timer: `25` is no hour"
        );
    }

    /// systemd's own reader says the same about every one of them, and about texts that are put together at random.
    #[test]
    fn systemd_agrees() {
        let read_by_systemd = |texts: &[String]| {
            let mut systemd = Command::new("systemd-analyze");
            Some(
                systemd
                    .args(["calendar", "--"])
                    .args(texts)
                    .output()
                    .ok()?
                    .status
                    .success(),
            )
        };
        let texts = GOOD.iter().chain(&BAD).map(|text| (*text).to_owned());
        let (good, bad): (Vec<_>, Vec<_>) = texts.chain(random_texts(60)).partition(|text| read(text).is_ok());
        let Some(agrees) = read_by_systemd(&good) else { return };
        assert!(agrees, "one of {good:?}");
        for text in bad {
            assert_eq!(read_by_systemd(std::slice::from_ref(&text)), Some(false), "{text}");
        }
    }

    /// Numbers near the edges in every place, from a fixed seed.
    fn random_texts(count: usize) -> Vec<String> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut pick = |choices: &[&str]| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = usize::try_from(state >> 33).unwrap() % choices.len();
            choices[at].to_owned()
        };
        let number = [
            "*", "0", "1", "2..5", "7,9", "12", "13", "23/1", "28", "31", "59", "3..9/4",
        ];
        let mut texts = Vec::new();
        for _ in 0..count {
            let days = pick(&["", "", "Mon ", "Tue..Thu ", "Sun..Mon "]);
            let year = pick(&["", "*-", "2020-", "69-"]);
            let (month, separator, day) = (pick(&number), pick(&["-", "-", "~"]), pick(&number));
            let (hour, minute) = (pick(&number), pick(&number));
            texts.push(format!("{days}{year}{month}{separator}{day} {hour}:{minute}"));
        }
        texts
    }
}
