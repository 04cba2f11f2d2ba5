//! What systemd reads as a calendar.

use std::ops::RangeInclusive;

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

pub(super) fn check(words: &[&str]) -> Result<(), String> {
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
