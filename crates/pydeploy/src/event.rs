//! What long operations report while they work.

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
