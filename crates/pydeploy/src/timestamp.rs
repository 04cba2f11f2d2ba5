//! Points in time, to the second, in UTC.

use std::fmt;
use std::str::FromStr;

/// Seconds since 1970-01-01T00:00:00Z, between the years 1970 and 9999.
///
/// The library never looks at the clock by itself where bytes or versions depend on it: a timestamp comes from the
/// caller, who takes it from a commit, from `SOURCE_DATE_EPOCH` or from the system.
///
/// Leap seconds do not exist here, as in POSIX time. Arithmetic on the calendar follows the proleptic Gregorian
/// calendar.
///
/// # Syntax
///
/// [`FromStr`] and [`Display`](fmt::Display) use the number of seconds, as `SOURCE_DATE_EPOCH` does.
///
/// ```
/// use pydeploy::Timestamp;
///
/// let time: Timestamp = "1476025815".parse()?;
/// assert_eq!(time.compact(), "20161009151015");
/// assert_eq!(Timestamp::from_compact("20161009151015"), Some(time));
/// assert_eq!(time.rfc2822(), "Sun, 09 Oct 2016 15:10:15 +0000");
/// # Ok::<(), pydeploy::timestamp::ParseTimestampError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The last second of the year 9999.
const LAST: i64 = 253_402_300_799;
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A date and a time of day in UTC, as a calendar shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// 1970 to 9999.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

impl Timestamp {
    /// The start of 1970, in UTC.
    ///
    /// ```
    /// assert_eq!(pydeploy::Timestamp::EPOCH.rfc3339(), "1970-01-01T00:00:00Z");
    /// ```
    pub const EPOCH: Self = Self(0);

    /// The start of 2000: archives refuse files that claim to be ancient.
    #[cfg(feature = "artifact")]
    pub(crate) const YEAR_2000: Self = Self(946_684_800);

    /// The timestamp of `seconds` since the epoch, if it lies in the years 1970 to 9999.
    ///
    /// ```
    /// assert!(pydeploy::Timestamp::from_second(-1).is_none());
    /// ```
    #[must_use]
    pub fn from_second(seconds: i64) -> Option<Self> {
        (0..=LAST).contains(&seconds).then_some(Self(seconds))
    }

    /// Seconds since the epoch.
    ///
    /// ```
    /// let time = pydeploy::Timestamp::from_second(42).expect("in range");
    /// assert_eq!(time.as_second(), 42);
    /// ```
    #[must_use]
    pub fn as_second(self) -> i64 {
        self.0
    }

    /// The same moment as a calendar shows it in UTC.
    ///
    /// ```
    /// let leap_day = pydeploy::Timestamp::from_second(951_782_400).expect("in range");
    /// assert_eq!((leap_day.civil().month, leap_day.civil().day), (2, 29));
    /// ```
    #[must_use]
    pub fn civil(self) -> Civil {
        let (days, rest) = (self.0.div_euclid(86_400), self.0.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        let small = |n: i64| u8::try_from(n).unwrap_or(0);
        Civil {
            year,
            month,
            day,
            hour: small(rest / 3600),
            minute: small(rest / 60 % 60),
            second: small(rest % 60),
        }
    }

    /// The moment that a calendar in UTC shows, or `None` when there is no such date or time.
    ///
    /// ```
    /// use pydeploy::Timestamp;
    /// assert!(Timestamp::from_civil(2023, 2, 29, 0, 0, 0).is_none());
    /// ```
    #[must_use]
    pub fn from_civil(year: i64, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Option<Self> {
        if !(1970..=9999).contains(&year) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        let days = days_from_civil(year, i64::from(month), i64::from(day));
        let time = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        Self::from_second(days * 86_400 + time)
    }

    /// `YYYYMMDDhhmmss`, the form that snapshot versions hold.
    ///
    /// ```
    /// assert_eq!(pydeploy::Timestamp::EPOCH.compact(), "19700101000000");
    /// ```
    #[must_use]
    pub fn compact(self) -> String {
        let c = self.civil();
        format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            c.year, c.month, c.day, c.hour, c.minute, c.second
        )
    }

    /// Reads `YYYYMMDDhhmmss`; `None` for anything else.
    ///
    /// ```
    /// assert!(pydeploy::Timestamp::from_compact("20161332000000").is_none());
    /// ```
    #[must_use]
    pub fn from_compact(text: &str) -> Option<Self> {
        if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let two = |at: usize| text.get(at..at + 2)?.parse::<u8>().ok();
        let year = text.get(..4)?.parse().ok()?;
        Self::from_civil(year, two(4)?, two(6)?, two(8)?, two(10)?, two(12)?)
    }

    /// `Sun, 09 Oct 2016 15:10:15 +0000`, as a changelog trailer holds it (RFC 2822, section 3.3).
    ///
    /// ```
    /// let time = pydeploy::Timestamp::EPOCH;
    /// assert_eq!(time.rfc2822(), "Thu, 01 Jan 1970 00:00:00 +0000");
    /// ```
    #[must_use]
    pub fn rfc2822(self) -> String {
        format!("{} +0000", self.without_zone())
    }

    /// `Sun, 09 Oct 2016 15:10:15 UTC`, as an apt `Release` file holds it.
    ///
    /// ```
    /// let time = pydeploy::Timestamp::EPOCH;
    /// assert_eq!(time.release_date(), "Thu, 01 Jan 1970 00:00:00 UTC");
    /// ```
    #[must_use]
    pub fn release_date(self) -> String {
        format!("{} UTC", self.without_zone())
    }

    /// `2016-10-09T15:10:15Z` (RFC 3339), for people and for JSON.
    ///
    /// ```
    /// let time = pydeploy::Timestamp::EPOCH;
    /// assert_eq!(time.rfc3339(), "1970-01-01T00:00:00Z");
    /// ```
    #[must_use]
    pub fn rfc3339(self) -> String {
        let c = self.civil();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            c.year, c.month, c.day, c.hour, c.minute, c.second
        )
    }

    /// Reads `2016-10-09T15:10:15Z`, or with an offset such as `+02:00` in place of the `Z`; a blank may stand for the
    /// `T`, as git prints it. `None` for anything else.
    ///
    /// ```
    /// use pydeploy::Timestamp;
    ///
    /// let time = Timestamp::from_rfc3339("2016-10-09T17:10:15+02:00").expect("a time");
    /// assert_eq!(time.rfc3339(), "2016-10-09T15:10:15Z");
    /// assert!(Timestamp::from_rfc3339("2016-10-09").is_none());
    /// ```
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let (local, zone) = text.split_at_checked(19)?;
        let marks: Vec<(usize, char)> = local.char_indices().filter(|(_, c)| !c.is_ascii_digit()).collect();
        let [(4, '-'), (7, '-'), (10, 'T' | ' '), (13, ':'), (16, ':')] = *marks else {
            return None;
        };
        let digits: String = local.chars().filter(char::is_ascii_digit).collect();
        let there = Self::from_compact(&digits)?;
        Self::from_second(there.0 - offset(zone.trim_start_matches(' '))?)
    }

    /// The three letters of the day of the week.
    ///
    /// ```
    /// assert_eq!(pydeploy::Timestamp::EPOCH.weekday(), "Thu");
    /// ```
    #[must_use]
    pub fn weekday(self) -> &'static str {
        let day = usize::try_from(self.0.div_euclid(86_400).rem_euclid(7)).unwrap_or(0);
        WEEKDAYS[day]
    }

    fn without_zone(self) -> String {
        let c = self.civil();
        let month = MONTHS[usize::from(c.month - 1)];
        format!(
            "{}, {:02} {month} {:04} {:02}:{:02}:{:02}",
            self.weekday(),
            c.day,
            c.year,
            c.hour,
            c.minute,
            c.second
        )
    }
}

/// Seconds of `Z`, `+02:00` or `+0200`.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let two = |text: &str, end: i64| {
        let plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|&number: &i64| plain && number < end)
    };
    Some(sign * (two(hours, 24)? * 3600 + two(minutes, 60)? * 60))
}

/// Days since the epoch of a date of the Gregorian calendar: years are counted from March, so that the leap day is a
/// year's last, and in eras of 400 years, which all have the same length.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}

fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The text is not a number of seconds between the years 1970 and 9999.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseTimestampError(String);

impl fmt::Display for ParseTimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a number of seconds since 1970", self.0)
    }
}

impl std::error::Error for ParseTimestampError {}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        plain
            .then(|| text.parse().ok().and_then(Self::from_second))
            .flatten()
            .ok_or_else(|| ParseTimestampError(text.to_owned()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eight_thousand_years_round_trips() {
        for day in 0..=LAST / 86_400 {
            let (year, month, number) = civil_from_days(day);
            assert_eq!(days_from_civil(year, i64::from(month), i64::from(number)), day);
        }
    }

    #[test]
    fn offsets_are_taken_off() {
        for (text, time) in [
            ("2016-10-09T15:10:15Z", Some("20161009151015")),
            ("2016-10-09 17:10:15 +0200", Some("20161009151015")),
            ("2016-10-09T00:10:15+05:30", Some("20161008184015")),
            ("2016-10-09T23:10:15-01:00", Some("20161010001015")),
            ("1970-01-01T00:00:00+00:01", None),
            ("2016-10-09T15:10:15", None),
            ("2016-10-09T15:10:15z", None),
            ("2016-10-09T15:10:15+2:00", None),
            ("2016-10-09T15:10:15+02:60", None),
            ("2016-10-0915:10:15Z  ", None),
            ("2016-13-09T15:10:15Z", None),
            ("2016-10-09T15:10:1\u{e9}Z", None),
        ] {
            let read = Timestamp::from_rfc3339(text).map(Timestamp::compact);
            assert_eq!(read.as_deref(), time, "{text}");
        }
    }

    #[test]
    fn compact_refuses_what_no_calendar_shows() {
        for text in [
            "",
            "2016100915101",
            "20160230000000",
            "20161009240000",
            "2016100915101x",
        ] {
            assert_eq!(Timestamp::from_compact(text), None, "{text}");
        }
    }
}
