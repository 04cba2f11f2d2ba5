//! Where the text of a version is kept: nearly all are short, and reading those asks for no memory.

/// How many bytes need no memory of their own: enough for the snapshots of most versions.
pub(super) const SHORT: usize = 46;

/// Text that does not change.
#[derive(Clone)]
pub(super) enum Text {
    /// The length, and the bytes with zeros after them.
    Short(u8, [u8; SHORT]),
    Long(Box<str>),
}

impl Text {
    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(text) => text.as_bytes(),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            // It was a `str` when it came in.
            Self::Short(..) => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::Long(text) => text,
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(start), Ok(length)) => {
                start.copy_from_slice(text.as_bytes());
                Self::Short(length, bytes)
            }
            _ => Self::Long(text.into()),
        }
    }
}
