//! Parallel work with dependencies. In: the dependencies, and the work. Out: the work done in a valid order. This
//! module does not know what the work does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tracing::Span;

use crate::ScriptsError;

/// Does each piece of work, by its number, after its dependencies; at most `threads` at once. Work must not depend on
/// higher numbers. After one returns false, no other starts.
pub fn in_turns(waits: &[BTreeSet<usize>], threads: usize, work: &(dyn Fn(usize) -> bool + Sync)) {
    let state = State { waiting: (0..waits.len()).collect(), ..State::default() };
    let turns = Turns { waits, state: Mutex::new(state), changed: Condvar::new() };
    let here = Span::current();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, waits.len().max(1)) {
            scope.spawn(|| {
                let _here = here.enter();
                while let Some(number) = turns.next() {
                    let mut done = Done { turns: &turns, number, go_on: false };
                    done.go_on = work(number);
                }
            });
        }
    });
}

/// An error of cancellable work.
pub trait Stoppable: From<ScriptsError> + Send {
    /// Whether it only reports cancellation.
    fn is_stop(&self) -> bool;
}

impl Stoppable for ScriptsError {
    fn is_stop(&self) -> bool {
        matches!(self, ScriptsError::Interrupted)
    }
}

/// The same for fallible work. After an error nothing else starts, and running work is told to stop, as it is once
/// `cancelled` returns true. Of several errors, the one with the lowest number is returned; that of cancelled work only
/// if there is no other.
///
/// # Errors
/// Errors of `work`; [`ScriptsError::Interrupted`].
pub fn try_in_turns<E: Stoppable>(
    waits: &[BTreeSet<usize>],
    threads: usize,
    cancelled: &(dyn Fn() -> bool + Sync),
    work: impl Fn(usize, &(dyn Fn() -> bool + Sync)) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let errors = Mutex::new(BTreeMap::new());
    let failed = || !errors.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
    let stop = || failed() || cancelled();
    in_turns(waits, threads, &|number| {
        let done = if stop() { Err(ScriptsError::Interrupted.into()) } else { work(number, &stop) };
        let Err(error) = done else { return true };
        let order = (error.is_stop(), number);
        errors.lock().unwrap_or_else(PoisonError::into_inner).insert(order, error);
        false
    });
    let errors = errors.into_inner().unwrap_or_else(PoisonError::into_inner);
    errors.into_values().next().map_or(Ok(()), Err)
}

struct Turns<'a> {
    waits: &'a [BTreeSet<usize>],
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: BTreeSet<usize>,
    done: BTreeSet<usize>,
    stopped: bool,
}

impl Turns<'_> {
    /// The lowest number that may start; waits for one if needed.
    fn next(&self) -> Option<usize> {
        let mut state = self.state();
        while !state.stopped && !state.waiting.is_empty() {
            let ready =
                |number: &&usize| self.waits.get(**number).is_none_or(|waits| waits.is_subset(&state.done));
            if let Some(number) = state.waiting.iter().find(ready).copied() {
                state.waiting.remove(&number);
                return Some(number);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Running work. It counts as done even after a panic, so that nothing waits for it forever.
struct Done<'a> {
    turns: &'a Turns<'a>,
    number: usize,
    go_on: bool,
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.done.insert(self.number);
        state.stopped |= !self.go_on;
        self.turns.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
