//! The date of a trailer.

use super::lines::{is_space, split_while};
use crate::Timestamp;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A date that the calendar has.
pub(super) struct Date {
    pub(super) at: Timestamp,
    /// Where it was written.
    pub(super) weekday: &'static str,
}

/// Why a text that looks like a date is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Month,
    Calendar,
}

/// Reads `09 Oct 2016 15:10:15 +0000`.
pub(super) fn parse(text: &[u8]) -> Result<Date, Fault> {
    let mut words = text.split(|&b| is_space(b)).filter(|word| !word.is_empty());
    let mut word = || words.next().unwrap_or_default();
    let (day, month, year, time, zone) = (number(word()), word(), number(word()), word(), word());
    let month = month_number(month).ok_or(Fault::Month)?;
    let (hour, rest) = split_while(time, |b| b.is_ascii_digit());
    let (minute, second) = (rest.get(1..3).unwrap_or_default(), rest.get(4..).unwrap_or_default());
    let small = |number: i64| u8::try_from(number).unwrap_or(u8::MAX);
    let (hour, minute, second) = (small(number(hour)), small(number(minute)), small(number(second)));
    let there = Timestamp::from_civil(year, month, small(day), hour, minute, second).ok_or(Fault::Calendar)?;
    let at = Timestamp::from_second(there.as_second() - offset(zone)).ok_or(Fault::Calendar)?;
    let weekday = there.weekday();
    Ok(Date { at, weekday })
}

pub(super) fn month_number(name: &[u8]) -> Option<u8> {
    let at = MONTHS.iter().position(|month| month.as_bytes() == name)?;
    u8::try_from(at + 1).ok()
}

/// Seconds of `+hhmm`.
fn offset(zone: &[u8]) -> i64 {
    let digits = number(zone.get(1..).unwrap_or_default());
    let seconds = digits / 100 * 3600 + digits % 100 * 60;
    if zone.first() == Some(&b'-') { -seconds } else { seconds }
}

/// A number of few digits.
fn number(digits: &[u8]) -> i64 {
    let digits = digits.iter().take(9).filter(|b| b.is_ascii_digit());
    digits.fold(0, |number, &digit| number * 10 + i64::from(digit - b'0'))
}
