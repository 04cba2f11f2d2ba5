//! When a service runs: the calendar of systemd's timers.

use std::fmt;
use std::ops::RangeInclusive;
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
        match calendar(&words) {
            Ok(()) => Ok(Self(text.to_owned())),
            Err(problem) => Err(ParseScheduleError {
                text: text.to_owned(),
                problem,
            }),
        }
    }
}

impl serde::Serialize for Schedule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Schedule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

const WORDS: [&str; 9] = [
    "minutely",
    "hourly",
    "daily",
    "weekly",
    "monthly",
    "quarterly",
    "semiannually",
    "annually",
    "yearly",
];
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

fn calendar(words: &[&str]) -> Result<(), String> {
    let words = match words {
        [first @ .., last] if !first.is_empty() && is_zone(last) => first,
        all => all,
    };
    if let [word] = words
        && WORDS.contains(&word.to_ascii_lowercase().as_str())
    {
        return Ok(());
    }
    let mut rest = words.iter().peekable();
    if let Some(days) = rest.next_if(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())) {
        days.split(',').try_for_each(weekdays)?;
    }
    if let Some(date) = rest.next_if(|word| !word.contains(':')) {
        check_date(date)?;
    }
    if let Some(time) = rest.next() {
        check_time(time)?;
    }
    match rest.next() {
        Some(word) => Err(format!("nothing is expected where it says `{word}`")),
        None => Ok(()),
    }
}

/// Whether a last word is a time zone: `UTC`, `CET`, `Europe/Berlin`.
fn is_zone(word: &str) -> bool {
    let letters = word.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
    let starts = word.starts_with(|c: char| c.is_ascii_alphabetic());
    starts && letters && weekday(word).is_none() && !WORDS.contains(&word.to_ascii_lowercase().as_str())
}

/// `Mon`, `Monday`, `Mon..Fri`, `Mon-Fri`.
fn weekdays(text: &str) -> Result<(), String> {
    let (first, last) = text
        .split_once("..")
        .or_else(|| text.split_once('-'))
        .unwrap_or((text, text));
    match (weekday(first), weekday(last)) {
        (Some(first), Some(last)) if first <= last => Ok(()),
        (Some(_), Some(_)) => Err(format!("`{text}` ends before it starts; a week starts on Monday")),
        _ => Err(format!("`{text}` is no weekday")),
    }
}

fn weekday(text: &str) -> Option<usize> {
    let text = text.to_ascii_lowercase();
    WEEKDAYS.iter().position(|day| *day == text || day[..3] == text)
}

/// `[YEAR-]MONTH-DAY` or `[YEAR-]MONTH~DAY`.
fn check_date(text: &str) -> Result<(), String> {
    let no_date = || format!("`{text}` is no date");
    let at = text.rfind(['-', '~']).ok_or_else(no_date)?;
    let (before, day) = (&text[..at], &text[at + 1..]);
    let (year, month) = before.split_once('-').unwrap_or(("*", before));
    match text[at..].starts_with('~') {
        true => Number::FROM_END.check(day)?,
        false => Number::DAY.check(day)?,
    }
    Number::MONTH.check(month)?;
    Number::YEAR.check(year)
}

/// `HOUR:MINUTE[:SECOND]`.
fn check_time(text: &str) -> Result<(), String> {
    let mut parts = text.splitn(3, ':');
    let (hour, minute) = (parts.next().unwrap_or_default(), parts.next());
    Number::HOUR.check(hour)?;
    Number::MINUTE.check(minute.ok_or_else(|| format!("`{text}` is no time"))?)?;
    parts.next().map_or(Ok(()), |second| Number::SECOND.check(second))
}

/// One number of a date or a time, in units of which `scale` make one.
struct Number {
    name: &'static str,
    range: RangeInclusive<u64>,
    scale: u64,
    from_end: bool,
}

const fn number(name: &'static str, range: RangeInclusive<u64>) -> Number {
    Number {
        name,
        range,
        scale: 1,
        from_end: false,
    }
}

impl Number {
    const YEAR: Self = number("year", 1970..=2199);
    const MONTH: Self = number("month", 1..=12);
    const DAY: Self = number("day", 1..=31);
    /// Days that every month has.
    const FROM_END: Self = Self {
        from_end: true,
        ..number("day from the end of a month", 1..=28)
    };
    const HOUR: Self = number("hour", 0..=23);
    const MINUTE: Self = number("minute", 0..=59);
    /// In microseconds.
    const SECOND: Self = Self {
        scale: 1_000_000,
        ..number("second", 0..=59_999_999)
    };

    fn check(&self, text: &str) -> Result<(), String> {
        match text == "*" || text.split(',').all(|item| self.holds(item).unwrap_or(false)) {
            true => Ok(()),
            false => Err(format!("`{text}` is no {}", self.name)),
        }
    }

    /// Whether `START`, `START..END`, each with `/STEP` or without, is right; nothing when it is no number at all.
    fn holds(&self, item: &str) -> Option<bool> {
        let (span, step) = match item.split_once('/') {
            Some((span, step)) => (span, Some(self.parse(step)?)),
            None => (item, None),
        };
        let (start, end) = span.split_once("..").unwrap_or((span, span));
        let (start, end) = (self.year(self.parse(start)?), self.year(self.parse(end)?));
        let inside = self.range.contains(&start) && self.range.contains(&end) && start <= end;
        Some(inside && step.is_none_or(|step| self.can_step(start, step)))
    }

    /// A step that leads out of the range at once would never be taken.
    fn can_step(&self, start: u64, step: u64) -> bool {
        let next = match self.from_end {
            true => start.checked_sub(step),
            false => start.checked_add(step),
        };
        step > 0 && next.is_some_and(|next| self.range.contains(&next))
    }

    fn parse(&self, text: &str) -> Option<u64> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let places = u32::try_from(fraction.len()).ok()?;
        let unit = 10_u64.checked_pow(places)?;
        let fraction = digits(fraction).then(|| fraction.parse::<u64>().ok())??;
        if (text.contains('.') && self.scale == 1) || unit > self.scale.max(10) {
            return None;
        }
        let whole = digits(whole).then(|| whole.parse::<u64>().ok())??;
        whole.checked_mul(self.scale)?.checked_add(fraction * self.scale / unit)
    }

    /// A year of two digits is one of 1970 to 2069.
    fn year(&self, value: u64) -> u64 {
        match value {
            0..70 if *self.range.start() == 1970 => value + 2000,
            70..100 if *self.range.start() == 1970 => value + 1900,
            other => other,
        }
    }
}

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
