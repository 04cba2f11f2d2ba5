//! Seconds of this thread on the processor, which other work on the machine does not stretch.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

/// Runs both in turns and returns the medians of their times.
pub(crate) fn medians<A, B>(runs: usize, mut ours: impl FnMut() -> A, mut theirs: impl FnMut() -> B) -> (f64, f64) {
    // What is done the first time only is nobody's merit.
    drop((black_box(ours()), black_box(theirs())));
    let (ours, theirs) = (0..runs).map(|_| (seconds(&mut ours), seconds(&mut theirs))).unzip();
    (median(ours), median(theirs))
}

/// How long `work` takes; what it returns is dropped after the time.
pub(crate) fn seconds<T>(work: &mut impl FnMut() -> T) -> f64 {
    let start = now();
    let made = black_box(work());
    let taken = now() - start;
    drop(made);
    taken
}

pub(crate) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
