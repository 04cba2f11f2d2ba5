//! `uv.lock`: distributions and who needs whom.
//!
//! A distribution is installed when the project needs it, directly or through others, by dependencies whose markers hold
//! for the target. The format belongs to uv ([layout]); version 1 is read, of whatever revision.
//!
//! [layout]: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile

mod graph;
mod read;

pub(super) use self::graph::Graph;
pub(super) use self::read::parse;

#[cfg(test)]
mod tests;
