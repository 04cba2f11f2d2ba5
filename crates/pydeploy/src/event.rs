//! What long operations report while they work.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// Something worth telling a person who waits.
///
/// The library never prints: whoever calls it passes an [`Observer`] and renders what it likes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// A named step begins.
    StepStarted {
        /// The step's name, `wheelhouse` for example.
        step: String,
    },
    /// A named step is done.
    StepFinished {
        /// The step's name.
        step: String,
        /// What came of it, in one line.
        detail: String,
        /// How long it took.
        elapsed: Duration,
    },
    /// A file arrived whole and has the hash that was expected.
    Downloaded {
        /// The file's name.
        file: String,
        /// Its size in bytes.
        size: u64,
    },
    /// Something that is not an error but that a person should know.
    Note {
        /// One line.
        text: String,
    },
}

/// Receives events, in the order in which they happen, on the thread that called the library.
pub trait Observer {
    /// Called for each event.
    fn observe(&mut self, event: Event);
}

/// Drops every event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&mut self, _: Event) {}
}

/// Keeps every event, for tests.
impl Observer for Vec<Event> {
    fn observe(&mut self, event: Event) {
        self.push(event);
    }
}

/// A number of bytes as people read it, in powers of a thousand.
///
/// ```
/// use pydeploy::event::Bytes;
///
/// let sizes = [0, 999, 1_000, 72_584_000, 2_000_000_000].map(|size| Bytes(size).to_string());
/// assert_eq!(sizes, ["0 B", "999 B", "1.0 kB", "72.5 MB", "2.0 GB"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
        match units.iter().find(|(_, unit)| self.0 >= *unit) {
            Some((name, unit)) => {
                let tenths = self.0 / (unit / 10);
                write!(f, "{}.{} {name}", tenths / 10, tenths % 10)
            }
            None => write!(f, "{} B", self.0),
        }
    }
}
