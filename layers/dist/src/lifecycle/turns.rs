//! Pieces of work at once, each after those that it waits for. In: who waits for whom, and the work. What the work is, is not known here.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Does each piece of work, by its number, once all that it waits for are done; `threads` of them at once at most. Nobody may wait for
/// a higher number. Where one answers false, none begins after it.
pub(super) fn in_turns(waits: &[BTreeSet<usize>], threads: usize, work: &(dyn Fn(usize) -> bool + Sync)) {
    let state = State { waiting: (0..waits.len()).collect(), ..State::default() };
    let turns = Turns { waits, state: Mutex::new(state), changed: Condvar::new() };
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, waits.len().max(1)) {
            scope.spawn(|| {
                while let Some(number) = turns.next() {
                    let mut done = Done { turns: &turns, number, go_on: false };
                    done.go_on = work(number);
                }
            });
        }
    });
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
    /// The lowest number that may begin; waits for one if need be.
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

/// Work under way. It counts as done also where a panic ends it, so that nobody waits for it for ever.
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
