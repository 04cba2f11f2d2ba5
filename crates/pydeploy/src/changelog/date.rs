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

/// The word for the month in a date.
pub(super) fn month(text: &[u8]) -> &[u8] {
    let mut words = text.split(|&b| is_space(b)).filter(|word| !word.is_empty());
    words.nth(1).unwrap_or_default()
}

pub(super) fn is_weekday(name: &[u8]) -> bool {
    matches!(name, b"Mon" | b"Tue" | b"Wed" | b"Thu" | b"Fri" | b"Sat" | b"Sun")
}

/// dpkg reads the three letters in any case.
pub(super) fn month_number(name: &[u8]) -> Option<u8> {
    let at = MONTHS
        .iter()
        .position(|month| month.as_bytes().eq_ignore_ascii_case(name))?;
    u8::try_from(at + 1).ok()
}

/// The month as it should be written.
pub(super) fn month_name(name: &[u8]) -> Option<&'static str> {
    month_number(name).map(|month| MONTHS[usize::from(month) - 1])
}

/// Whether dpkg reads this date, which no calendar has: it counts on from the 30th of February into March, back from a
/// day zero, and knows the years from 1900 on.
pub(super) fn rolls_over(text: &[u8]) -> bool {
    let mut words = text.split(|&b| is_space(b)).filter(|word| !word.is_empty());
    let (day, year, time) = (words.next(), words.nth(1), words.next());
    let mut parts = time.unwrap_or_default().split(|&b| b == b':').map(number);
    let fits = [23, 59, 59]
        .iter()
        .all(|&most| parts.next().is_some_and(|part| part <= most));
    let (day, year) = (number(day.unwrap_or_default()), number(year.unwrap_or_default()));
    fits && day <= 31 && year >= 1900
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
