//! Work that mostly waits, for several things at once, on threads of its own: a thread of rayon's that waits for a program could be the
//! one that the program's files wait for.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::scope;

/// What `work` makes of each item, in the order of the items. After the first error nothing more is begun; of several errors, that of the
/// earliest item is given.
///
/// # Errors
/// Those of `work`.
pub fn at_once<T: Sync, R: Send, E: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let worker = || {
        let mut done = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { break };
            let outcome = work(item);
            failed.fetch_or(outcome.is_err(), Ordering::Relaxed);
            done.push((index, outcome));
        }
        done
    };
    let mut outcomes: Vec<_> = scope(|scope| {
        let workers: Vec<_> =
            (0..threads.clamp(1, items.len().max(1))).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

#[cfg(test)]
mod tests;
