//! Work on all cores, and the error that a single core would have met first.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

/// More threads than this only fight for the file system, and each holds buffers of its own.
const MOST_THREADS: usize = 8;

fn threads(jobs: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    cores.min(MOST_THREADS).min(jobs).max(1)
}

/// Does `work` for each job, in their order as far as threads go; each thread has a scratch value of its own. After an
/// error no new job is started; of several errors, the one of the first job is returned.
pub(crate) fn for_each<J, S, E>(
    jobs: &[J],
    scratch: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &J) -> Result<(), E> + Sync,
) -> Result<(), E>
where
    J: Sync,
    E: Send,
{
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<(usize, E)>> = Mutex::new(None);
    let run = || {
        let mut scratch = scratch();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(at) else { return };
            let Err(error) = work(&mut scratch, job) else { continue };
            next.store(jobs.len(), Ordering::Relaxed);
            let mut first = failed.lock().unwrap_or_else(PoisonError::into_inner);
            if first.as_ref().is_none_or(|(earlier, _)| at < *earlier) {
                *first = Some((at, error));
            }
            return;
        }
    };
    std::thread::scope(|scope| {
        // This thread is one of them.
        for _ in 1..threads(jobs.len()) {
            scope.spawn(run);
        }
        run();
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

/// What `work` makes of each job, in the order of the jobs.
pub(crate) fn map<J, T, E>(jobs: &[J], work: impl Fn(&J) -> Result<T, E> + Sync) -> Result<Vec<T>, E>
where
    J: Sync,
    T: Send,
    E: Send,
{
    let done = Mutex::new(Vec::with_capacity(jobs.len()));
    let numbered: Vec<(usize, &J)> = jobs.iter().enumerate().collect();
    for_each(
        &numbered,
        || (),
        |(), (number, job)| {
            let result = work(job)?;
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((*number, result));
            Ok(())
        },
    )?;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_the_order_of_the_jobs() {
        let jobs: Vec<usize> = (0..1000).collect();
        let doubled = map(&jobs, |n| Ok::<_, ()>(n * 2)).unwrap();
        assert!(doubled.iter().zip(&jobs).all(|(double, n)| *double == n * 2));
        assert_eq!(doubled.len(), 1000);
    }

    #[test]
    fn the_first_error_ends_the_work() {
        let jobs: Vec<usize> = (0..1_000_000).collect();
        let done = AtomicUsize::new(0);
        let error = for_each(
            &jobs,
            || (),
            |(), n| {
                done.fetch_add(1, Ordering::Relaxed);
                if *n >= 10 { Err(*n) } else { Ok(()) }
            },
        );
        assert_eq!(error, Err(10));
        assert!(done.into_inner() < jobs.len());
    }
}
