//! What happened on a host, one JSON line a record, numbered, never rewritten.

use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};

use serde::{Deserialize, Serialize};

use super::DeployError;
use super::layout::{Layout, without_position};
use crate::release::ReleaseId;
use crate::sys::files::{self, At as _};
use crate::timestamp::Timestamp;

/// What happened to a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Phase {
    /// Its deployment began.
    Started,
    /// It is unpacked and prepared, and can be made current.
    Ready,
    /// `current` names it.
    Switched,
    /// It answers with its id: the deployment holds.
    Live,
    /// Its deployment failed.
    Failed,
    /// It was current; the release in `to`, if any, is current again.
    RolledBack,
    /// Its service was stopped.
    Stopped,
}

/// One line of the history.
///
/// ```
/// use pydeploy::deploy::{Phase, Record};
///
/// let line = r#"{"schema":1,"seq":4,"at":1476025815,"phase":"live","release":"1.0","version":"1.0"}"#;
/// let record: Record = serde_json::from_str(line)?;
/// assert_eq!((record.phase, record.at.rfc3339().as_str()), (Phase::Live, "2016-10-09T15:10:15Z"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The number of the record, from 1. Order comes from here, never from a clock.
    pub seq: u64,
    /// When the command that wrote it was started, in seconds since the epoch.
    #[serde(with = "seconds")]
    pub at: Timestamp,
    /// What happened.
    pub phase: Phase,
    /// The release that it happened to.
    pub release: ReleaseId,
    /// The release's version.
    pub version: String,
    /// After a rollback, the release that is current.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ReleaseId>,
    /// After a failure, the step and the cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Record {
    /// A record that has no number yet.
    pub(super) fn new(at: Timestamp, phase: Phase, release: &ReleaseId, version: &str) -> Self {
        Self {
            seq: 0,
            at,
            phase,
            release: release.clone(),
            version: version.to_owned(),
            to: None,
            detail: None,
        }
    }
}

mod seconds {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::timestamp::Timestamp;

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.as_second())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let seconds = i64::deserialize(deserializer)?;
        Timestamp::from_second(seconds).ok_or_else(|| D::Error::custom("no time between the years 1970 and 9999"))
    }
}

/// Every record, oldest first. A last line without its end was cut off by a crash and does not count.
pub(super) fn read(layout: &Layout) -> Result<Vec<Record>, DeployError> {
    let path = layout.journal();
    let bytes = files::read_if_exists(&path)?.unwrap_or_default();
    whole_lines(&bytes)
        .split_inclusive(|byte| *byte == b'\n')
        .enumerate()
        .map(|(at, line)| {
            serde_json::from_slice(line).map_err(|error| DeployError::Malformed {
                file: path.clone(),
                line: at + 1,
                message: without_position(&error),
            })
        })
        .collect()
}

/// Adds a record behind the others; it has reached the disk when this returns.
pub(super) fn append(layout: &Layout, mut record: Record) -> Result<(), DeployError> {
    let path = layout.journal();
    record.seq = read(layout)?.last().map_or(0, |last| last.seq) + 1;
    let kept = whole_lines(&files::read_if_exists(&path)?.unwrap_or_default()).len() as u64;
    let mut line = serde_json::to_vec(&record)
        .map_err(std::io::Error::from)
        .at("write", &path)?;
    line.push(b'\n');
    let mut options = OpenOptions::new();
    let opened = options.write(true).create(true).truncate(false).open(&path);
    let mut file = opened.at("open", &path)?;
    let written = file
        .set_len(kept)
        .and_then(|()| file.seek(SeekFrom::End(0)))
        .and_then(|_| file.write_all(&line))
        .and_then(|()| file.sync_all());
    written.at("write", &path)?;
    Ok(files::sync_dir(layout.root())?)
}

fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    &bytes[..end]
}

/// What the records add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Past {
    /// Releases that were good, the one that is live last.
    pub(super) live: Vec<ReleaseId>,
    /// Releases that can be made current.
    pub(super) ready: Vec<ReleaseId>,
    /// Whether the service was stopped and not started since.
    pub(super) stopped: bool,
}

impl Past {
    pub(super) fn of(records: &[Record]) -> Self {
        let mut past = Self::default();
        records.iter().for_each(|record| past.take(record));
        past
    }

    fn take(&mut self, record: &Record) {
        let release = &record.release;
        match record.phase {
            Phase::Started | Phase::Switched => {}
            Phase::Stopped => self.stopped = true,
            Phase::Ready => self.ready.push(release.clone()),
            Phase::Live => {
                self.live.retain(|id| id != release);
                self.live.push(release.clone());
                self.stopped = false;
            }
            Phase::Failed => {
                self.ready.retain(|id| id != release);
                self.live.retain(|id| id != release);
            }
            Phase::RolledBack => self.go_back(release, record.to.as_ref()),
        }
    }

    fn go_back(&mut self, from: &ReleaseId, to: Option<&ReleaseId>) {
        self.live.retain(|id| id != from);
        if let Some(at) = self.live.iter().position(|id| Some(id) == to) {
            self.live.truncate(at + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(phase: Phase, release: &str) -> Record {
        Record::new(
            Timestamp::from_second(7).unwrap(),
            phase,
            &release.parse().unwrap(),
            release,
        )
    }

    #[test]
    fn records_are_numbered_and_a_line_cut_off_by_a_crash_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path());
        append(&layout, record(Phase::Started, "1.0")).unwrap();
        let mut text = std::fs::read(layout.journal()).unwrap();
        text.extend_from_slice(b"{\"seq\":2,\"at\"");
        std::fs::write(layout.journal(), text).unwrap();
        assert_eq!(read(&layout).unwrap().len(), 1);
        append(&layout, record(Phase::Ready, "1.0")).unwrap();
        insta::assert_snapshot!(std::fs::read_to_string(layout.journal()).unwrap(), @r#"
        {"seq":1,"at":7,"phase":"started","release":"1.0","version":"1.0"}
        {"seq":2,"at":7,"phase":"ready","release":"1.0","version":"1.0"}
        "#);
    }

    #[test]
    fn a_broken_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path());
        append(&layout, record(Phase::Started, "1.0")).unwrap();
        let mut text = std::fs::read(layout.journal()).unwrap();
        text.extend_from_slice(b"{}\n");
        std::fs::write(layout.journal(), text).unwrap();
        let error = read(&layout).unwrap_err().to_string();
        assert!(error.ends_with("journal.jsonl:2: missing field `seq`"), "{error}");
    }

    #[test]
    fn going_back_never_returns_to_what_was_left() {
        let mut records: Vec<_> = ["1", "2", "3"].map(|id| record(Phase::Live, id)).into();
        let mut back = record(Phase::RolledBack, "3");
        back.to = "1".parse().ok();
        records.push(back);
        records.push(record(Phase::Live, "1"));
        let ids: Vec<_> = Past::of(&records).live.iter().map(ToString::to_string).collect();
        assert_eq!(ids, ["1"]);
    }
}
