//! SHA-256 digests, and writers and readers that compute them while bytes pass.

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use sha2::{Digest as _, Sha256 as Hasher};

/// A SHA-256 digest (FIPS 180-4).
///
/// # Syntax
///
/// 64 lower-case hexadecimal digits; parsing takes upper-case ones too.
///
/// ```
/// use pydeploy::digest::Sha256;
///
/// let digest = Sha256::of(b"");
/// assert_eq!(digest.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
/// assert_eq!(digest.to_string().parse(), Ok(digest));
/// assert!("e3b0".parse::<Sha256>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Hasher::digest(bytes).into())
    }

    /// The digest with these 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a SHA-256 digest of 64 hexadecimal digits")]
pub struct ParseDigestError(String);

impl FromStr for Sha256 {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || ParseDigestError(text.to_owned());
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(bad());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| bad())?;
        }
        Ok(Self(bytes))
    }
}

impl serde::Serialize for Sha256 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Sha256 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A writer or reader that counts and hashes what passes through it.
///
/// ```
/// use std::io::Write as _;
/// use pydeploy::digest::{Hashing, Sha256};
///
/// let mut out = Hashing::new(Vec::new());
/// out.write_all(b"wheel")?;
/// let (bytes, size, digest) = out.finish();
/// assert_eq!((bytes.as_slice(), size, digest), (&b"wheel"[..], 5, Sha256::of(b"wheel")));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Hashing<T> {
    inner: T,
    hasher: Hasher,
    size: u64,
}

impl<T> Hashing<T> {
    /// Wraps `inner`; nothing has passed yet.
    pub fn new(inner: T) -> Self {
        Self {
            inner,
            hasher: Hasher::new(),
            size: 0,
        }
    }

    /// What is wrapped.
    #[cfg(feature = "artifact")]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Bytes that have passed so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The digest of what has passed so far.
    pub fn so_far(&self) -> Sha256 {
        Sha256(self.hasher.clone().finalize().into())
    }

    /// What was wrapped, how many bytes passed and their digest.
    pub fn finish(self) -> (T, u64, Sha256) {
        (self.inner, self.size, Sha256(self.hasher.finalize().into()))
    }

    fn passed(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.passed(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let (passed, _) = buffer.split_at(count);
        self.hasher.update(passed);
        self.size += count as u64;
        Ok(count)
    }
}
