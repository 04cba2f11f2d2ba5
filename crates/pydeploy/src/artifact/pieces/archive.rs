//! From a tree to one compressed tar stream.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::make::{About, Made, make};
use super::partition::{Plan, partition};
use super::spool::{Sections, Spool};
use super::{Codec, PieceCache};
use crate::Timestamp;
use crate::artifact::Stopped;
use crate::artifact::checksum::Summing;
use crate::digest::{Hashing, Sha256};
use crate::release::ReleaseTree;
use crate::sys::files::At as _;

/// More threads would need more memory than a build may have.
const MOST_THREADS: usize = 4;

/// The compressed archive of a tree: one frame or stream of all pieces.
#[derive(Debug)]
pub(in crate::artifact) struct Archive {
    pieces: Vec<(String, Made)>,
    start: Vec<u8>,
    end: Vec<u8>,
}

/// How a tree becomes an archive.
#[derive(Clone, Copy, Debug)]
pub(in crate::artifact) struct Recipe<'a> {
    /// The time of everything that does not have a time of its own.
    pub(in crate::artifact) at: Timestamp,
    pub(in crate::artifact) codec: Codec,
    /// Whether MD5 of every file is wanted.
    pub(in crate::artifact) md5sums: bool,
    pub(in crate::artifact) cache: Option<&'a PieceCache>,
    /// The folder for files that have no name.
    pub(in crate::artifact) scratch: &'a Path,
}

/// What compresses pieces, and where they lie meanwhile.
#[derive(Clone, Copy, Debug)]
struct Workshop<'a> {
    recipe: &'a Recipe<'a>,
    spool: &'a Spool<'a>,
}

impl Archive {
    /// Compresses what is not in the cache, on all cores.
    pub(in crate::artifact) fn build(tree: &ReleaseTree, recipe: &Recipe<'_>) -> Result<Self, Stopped> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let archive = Self::on_threads(cores.min(MOST_THREADS), tree, recipe)?;
        // A package is no worse for a folder that is too large, or that belongs to somebody else.
        if let Some(Err(error)) = recipe.cache.map(PieceCache::prune) {
            tracing::warn!(%error, "the folder of pieces is not tidied");
        }
        Ok(archive)
    }

    pub(super) fn on_threads(threads: usize, tree: &ReleaseTree, recipe: &Recipe<'_>) -> Result<Self, Stopped> {
        let plans = partition(tree, recipe.at);
        let spool = Spool::new(recipe.scratch);
        let workshop = Workshop { recipe, spool: &spool };
        let made = workshop.make_all(&plans, threads)?;
        let (start, end) = recipe
            .codec
            .ends(made.iter().map(|made| (&made.about.packed, made.about.tar.size)));
        let names = plans.iter().map(|plan| plan.part.to_string());
        Ok(Self {
            pieces: names.zip(made).collect(),
            start,
            end,
        })
    }

    /// How many bytes it has.
    pub(in crate::artifact) fn len(&self) -> u64 {
        let pieces: u64 = self.about().map(|about| about.packed.end - about.packed.start).sum();
        self.start.len() as u64 + pieces + self.end.len() as u64
    }

    /// Its bytes.
    pub(in crate::artifact) fn reader(&self) -> impl Read {
        self.start().chain(self.rest())
    }

    /// Its bytes after the start.
    pub(in crate::artifact) fn rest(&self) -> impl Read {
        Sections::of(self.pieces.iter().map(|(_, made)| made)).chain(self.end.as_slice())
    }

    /// What its bytes begin with, before the pieces.
    pub(in crate::artifact) fn start(&self) -> &[u8] {
        &self.start
    }

    /// The digest of its bytes.
    pub(in crate::artifact) fn digest(&self) -> io::Result<Sha256> {
        let mut digest = Hashing::new(io::sink());
        io::copy(&mut self.reader(), &mut digest)?;
        Ok(digest.finish().2)
    }

    /// MD5 of every regular file, by path, when the recipe wanted them.
    pub(in crate::artifact) fn md5sums(&self) -> BTreeMap<&str, &str> {
        let lines = self.about().flat_map(|about| about.md5sums.lines());
        lines
            .filter_map(|line| line.split_once("  "))
            .map(|(sum, path)| (path, sum))
            .collect()
    }

    /// Takes the tar stream that a reader finds in the archive, and compares it with what went in.
    pub(in crate::artifact) fn comparison(&self) -> Comparison<'_> {
        Comparison {
            expected: self
                .pieces
                .iter()
                .map(|(name, made)| (name.as_str(), &made.about))
                .collect(),
            at: 0,
            sum: Summing::new(io::sink()),
            unlike: None,
        }
    }

    fn about(&self) -> impl Iterator<Item = &About> {
        self.pieces.iter().map(|(_, made)| &made.about)
    }
}

impl Workshop<'_> {
    /// Makes the largest first, so that no thread is left with one at the end; of several errors, that of the first
    /// piece is reported.
    fn make_all(&self, plans: &[Plan<'_>], threads: usize) -> Result<Vec<Made>, Stopped> {
        let mut order: Vec<usize> = (0..plans.len()).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(plans[at].size()));
        let next = AtomicUsize::new(0);
        let results = Mutex::new(BTreeMap::new());
        std::thread::scope(|scope| {
            for _ in 0..threads.clamp(1, plans.len().max(1)) {
                scope.spawn(|| {
                    while let Some(&at) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let result = self.make(&plans[at]).and_then(|made| self.spool.settle(made));
                        if result.is_err() {
                            next.store(order.len(), Ordering::Relaxed);
                        }
                        let mut results = results.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                        results.insert(at, result);
                    }
                });
            }
        });
        let results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        results.into_values().collect()
    }

    /// The piece from the cache, or a new one.
    fn make(&self, plan: &Plan<'_>) -> Result<Made, Stopped> {
        let Recipe {
            codec,
            md5sums,
            scratch,
            ..
        } = *self.recipe;
        let Some((cache, key)) = self.recipe.cache.zip(plan.key(codec, md5sums)) else {
            let file = tempfile::tempfile_in(scratch).at("create a file in", scratch)?;
            let about = make(plan, codec, md5sums, &file)?;
            let file = Arc::new(file);
            return Ok(Made { file, about });
        };
        if let Some(made) = cache.find(key)? {
            return Ok(made);
        }
        let staged = cache.stage()?;
        let about = make(plan, codec, md5sums, staged.as_file())?;
        Ok(cache.keep(key, staged, about)?)
    }
}

/// An archive does not hold what went into it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what the archive holds of {piece} is not what went in")]
pub(in crate::artifact) struct Unlike {
    /// What the first piece that differs holds.
    pub(in crate::artifact) piece: String,
}

/// Sums up a tar stream piece by piece.
pub(in crate::artifact) struct Comparison<'a> {
    expected: Vec<(&'a str, &'a About)>,
    at: usize,
    sum: Summing<io::Sink>,
    unlike: Option<&'a str>,
}

impl Comparison<'_> {
    /// Whether it was the stream that went in, all of it and nothing more.
    pub(in crate::artifact) fn finish(mut self) -> Result<(), Unlike> {
        self.next_pieces();
        let missing = self.expected.get(self.at).map(|(name, _)| *name);
        match self.unlike.or(missing).or((self.sum.size() > 0).then_some("nothing")) {
            None => Ok(()),
            Some(piece) => Err(Unlike {
                piece: piece.to_owned(),
            }),
        }
    }

    /// Goes on to the piece that the next byte belongs to.
    fn next_pieces(&mut self) {
        while let Some((name, about)) = self
            .expected
            .get(self.at)
            .filter(|(_, about)| about.tar.size == self.sum.size())
        {
            let sum = std::mem::replace(&mut self.sum, Summing::new(io::sink()));
            if sum.finish().1 != about.tar {
                self.unlike = self.unlike.or(Some(name));
            }
            self.at += 1;
        }
    }
}

impl Write for Comparison<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.next_pieces();
        let left = self
            .expected
            .get(self.at)
            .map(|(_, about)| about.tar.size - self.sum.size());
        let count = left.map_or(bytes.len(), |left| {
            bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX))
        });
        self.sum.write_all(&bytes[..count])?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
