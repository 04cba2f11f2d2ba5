//! Wheels.

use std::path::PathBuf;

/// A wheel file.
#[derive(Debug)]
pub struct Wheel {}

/// A wheel cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WheelError {
    /// Not a wheel.
    #[error("{} is not a wheel", file.display())]
    NotAWheel {
        /// The file.
        file: PathBuf,
    },
}

impl Wheel {
    /// The bytes of a member, verified.
    ///
    /// # Errors
    ///
    /// When they contradict the wheel's RECORD.
    pub fn read(&self, _member: usize) -> Result<Vec<u8>, WheelError> {
        Ok(Vec::new())
    }
}
