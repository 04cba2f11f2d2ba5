//! Wheels that are opened and read; what several subjects are tested with.

mod archive;
mod install;
mod members;
mod metadata;
mod record;

use std::fs;
use std::path::Path;

use super::testing::{Entry, WheelBuilder, zip};
use super::*;

/// A wheel, and the folder that it lies in.
#[derive(Debug)]
struct Opened {
    wheel: Wheel,
    _dir: tempfile::TempDir,
}

impl std::ops::Deref for Opened {
    type Target = Wheel;

    fn deref(&self) -> &Wheel {
        &self.wheel
    }
}

fn open_by(
    builder: &WheelBuilder,
    open: impl FnOnce(&Path) -> Result<Wheel, WheelError>,
) -> Result<Opened, WheelError> {
    let dir = tempfile::tempdir().unwrap();
    let wheel = open(&builder.write(dir.path()))?;
    Ok(Opened { wheel, _dir: dir })
}

fn open(builder: &WheelBuilder) -> Result<Opened, WheelError> {
    open_by(builder, Wheel::open)
}

/// The error of a wheel that holds `bytes`, without its path.
#[track_caller]
fn refusal_of(bytes: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = WheelBuilder::new().write_bytes(dir.path(), bytes);
    Wheel::open(&path).unwrap_err().problem.to_string()
}

#[track_caller]
fn refusal(builder: &WheelBuilder) -> String {
    open(builder).unwrap_err().problem.to_string()
}

fn scheme() -> Scheme {
    Scheme {
        venv: "/opt/site/venv".to_owned(),
        python_minor: "3.11".to_owned(),
    }
}

fn entry(name: &str, change: impl FnOnce(&mut Entry)) -> WheelBuilder {
    let mut entry = Entry::new(name, "content");
    change(&mut entry);
    WheelBuilder::new().entry(entry)
}

fn is_sync<T: Send + Sync>(_: &T) {}

#[test]
fn a_wheel_is_opened_and_its_members_are_read() {
    let mut builder = WheelBuilder::named("Demo_Site", "1.0").file("demo.py", "x = 1\n");
    builder.metadata +=
        "Requires-Dist: django >=4.2,\n  <6\nRequires-Dist: gunicorn\nRequires-Python: >=3.9\n\nName: no\n";
    let wheel = open(&builder).unwrap();
    is_sync(&wheel);
    assert_eq!(wheel.metadata().name.as_str(), "demo-site");
    assert_eq!(wheel.metadata().requires_dist, ["django >=4.2, <6", "gunicorn"]);
    assert!(wheel.metadata().accepts(&"debian12".parse().unwrap()));
    assert_eq!(wheel.members().next(), Some("demo.py"));
    assert_eq!(wheel.read(0).unwrap(), b"x = 1\n");
}

/// Five million bytes that do not repeat.
fn large() -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8 & 0x3f
    };
    (0..5_000_000).map(|_| next()).collect()
}

/// The content of member 0 in pieces, and how large the largest was.
fn pieces(wheel: &Wheel) -> Result<(Vec<u8>, usize), WheelError> {
    let (mut bytes, mut largest) = (Vec::new(), 0);
    wheel.copy(0, &mut MemberBuffer::default(), |piece| {
        largest = largest.max(piece.len());
        bytes.extend(piece);
        Ok::<_, WheelError>(())
    })?;
    Ok((bytes, largest))
}

#[test]
fn a_wheel_that_was_replaced_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let builder = WheelBuilder::new().file("a", "x");
    let wheel = Wheel::open(&builder.write(dir.path())).unwrap();
    assert_eq!(wheel.read(0).unwrap(), b"x");
    let other = tempfile::tempdir().unwrap();
    fs::rename(builder.write(other.path()), wheel.path()).unwrap();
    let error = wheel.read(0).unwrap_err().problem.to_string();
    assert!(
        error.ends_with("it was replaced or written to while it was used"),
        "{error}"
    );
    fs::remove_file(wheel.path()).unwrap();
    assert!(matches!(
        *wheel.read(0).unwrap_err().problem,
        WheelProblem::Unreadable(_)
    ));
}
