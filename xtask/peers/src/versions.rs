//! Order and parsing of versions, beside `debversion` and python-apt.

use std::cmp::Ordering;
use std::hint::black_box;
use std::process::Command;
use std::str::FromStr;

use anyhow::{Context as _, Result, ensure};
use debversion::Version as Peer;
use pydeploy::changelog::Changelog;
use pydeploy::version::DebianVersion;

use crate::clock::{median, medians, seconds};
use crate::input::{million, neighbours, random_pairs};
use crate::report;

/// How many comparisons are timed at once.
const COMPARISONS: usize = 200_000;

pub(crate) fn compare(runs: usize, versions: &str, changelogs: &[Vec<u8>]) -> Result<()> {
    let mut real = Both::new(versions.lines());
    let histories = changelogs.iter().map(|bytes| Changelog::parse(bytes));
    let histories: Vec<String> = histories
        .flat_map(|changelog| {
            changelog
                .entries()
                .iter()
                .map(|entry| entry.version_text().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    let histories = Both::new(histories.iter().map(String::as_str));
    report(
        "parse",
        medians(
            runs,
            || one_by_one::<DebianVersion>(&real.texts),
            || one_by_one::<Peer>(&real.texts),
        ),
    );

    histories.measure(runs, "history", &neighbours(histories.texts.len()));
    real.measure(runs, "random", &random_pairs(COMPARISONS, real.texts.len()));
    real.sort();
    real.measure(runs, "sorted", &neighbours(real.texts.len()));
    real.count_wrong()
}

/// The same versions as ours and as theirs.
struct Both {
    texts: Vec<String>,
    ours: Vec<DebianVersion>,
    keys: Vec<Vec<u8>>,
    theirs: Vec<Peer>,
}

impl Both {
    /// Leaves out what one of us does not read.
    fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let read = |text: &&str| text.parse::<DebianVersion>().is_ok() && text.parse::<Peer>().is_ok();
        Self::of(texts.filter(read).map(str::to_owned).collect())
    }

    fn of(texts: Vec<String>) -> Self {
        let ours = Self::ours(&texts);
        Self {
            keys: ours.iter().map(DebianVersion::sort_key).collect(),
            theirs: Self::theirs(&texts),
            ours,
            texts,
        }
    }

    fn sort(&mut self) {
        self.texts
            .sort_by_cached_key(|text| text.parse::<DebianVersion>().map(|version| version.sort_key()).ok());
        *self = Self::of(std::mem::take(&mut self.texts));
    }

    fn ours(texts: &[String]) -> Vec<DebianVersion> {
        parsed(texts)
    }

    fn theirs(texts: &[String]) -> Vec<Peer> {
        parsed(texts)
    }

    fn measure(&self, runs: usize, name: &str, pairs: &[(usize, usize)]) {
        let repeated = || pairs.iter().cycle().take(COMPARISONS);
        let values = medians(runs, || each(repeated(), &self.ours), || each(repeated(), &self.theirs));
        report(&format!("compare {name}"), values);
        let keys = medians(runs, || each(repeated(), &self.keys), || each(repeated(), &self.texts));
        report(&format!("key {name}"), keys);
    }

    /// Counts the neighbours, in either direction, of which dpkg's library thinks otherwise.
    fn count_wrong(&self) -> Result<()> {
        let pairs = neighbours(self.texts.len());
        let right = by_apt(&self.texts)?;
        ensure!(right.len() == pairs.len(), "python-apt compared {} pairs", right.len());
        let wrong = |orders: Vec<Ordering>| {
            orders
                .iter()
                .zip(&right)
                .filter(|(order, right)| order != right)
                .count() as f64
        };
        let orders = |of: &dyn Fn(usize, usize) -> Ordering| pairs.iter().map(|&(a, b)| of(a, b)).collect();
        let ours = wrong(orders(&|a, b| self.ours[a].cmp(&self.ours[b])));
        let theirs = wrong(orders(&|a, b| self.theirs[a].cmp(&self.theirs[b])));
        report("wrong", (ours, theirs));
        Ok(())
    }
}

/// In memory that is asked for once.
fn parsed<T: FromStr>(texts: &[String]) -> Vec<T> {
    let mut values = Vec::with_capacity(texts.len());
    values.extend(texts.iter().filter_map(|text| text.parse::<T>().ok()));
    values
}

/// Parses each text and drops what came of it.
fn one_by_one<T: FromStr>(texts: &[String]) {
    texts.iter().for_each(|text| drop(black_box(text.parse::<T>())));
}

/// Compares each pair; the sum is there so that nothing is left out.
fn each<'a, T: Ord>(pairs: impl Iterator<Item = &'a (usize, usize)>, values: &[T]) -> i64 {
    pairs.map(|&(a, b)| values[a].cmp(&values[b]) as i64).sum()
}

/// What the library of apt says about each text and the next.
fn by_apt(texts: &[String]) -> Result<Vec<Ordering>> {
    let answers = python("compare", texts)?;
    let order = |word: &str| match word {
        "-1" => Ordering::Less,
        "0" => Ordering::Equal,
        _ => Ordering::Greater,
    };
    Ok(answers.lines().map(order).collect())
}

/// Sorts a million versions, from texts to the last comparison.
pub(crate) fn sort(runs: usize, versions: &str) -> Result<()> {
    let real = Both::new(versions.lines()).texts;
    let texts = million(&real.iter().map(String::as_str).collect::<Vec<_>>());
    let mut ours = || {
        let mut versions = Both::ours(&texts);
        pydeploy::version::sort(&mut versions);
        versions
    };
    let mut theirs = || {
        let mut versions = Both::theirs(&texts);
        versions.sort();
        versions
    };
    let (mut times, mut times_of_peer, mut times_of_apt) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        times.push(seconds(&mut ours));
        times_of_peer.push(seconds(&mut theirs));
        times_of_apt.push(
            python("sort", &texts)?
                .trim()
                .parse()
                .context("python-apt tells no time")?,
        );
    }
    let ours = median(times);
    report("sort debversion", (ours, median(times_of_peer)));
    report("sort apt", (ours, median(times_of_apt)));
    Ok(())
}

/// Lets python-apt do something with lines.
fn python(verb: &str, texts: &[String]) -> Result<String> {
    let input = std::env::temp_dir().join(format!("peers-{}", std::process::id()));
    std::fs::write(&input, texts.join("\n"))?;
    let script = include_str!("apt.py");
    let output = Command::new("/usr/bin/python3")
        .args(["-c", script, verb])
        .arg(&input)
        .output()?;
    std::fs::remove_file(&input)?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "python-apt (package python3-apt): {said}");
    Ok(String::from_utf8(output.stdout)?)
}
