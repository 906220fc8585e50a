//! A limit on the memory between the threads of the pipeline.
//!
//! The queues between the threads have no limits of their own. One budget in bytes covers them all, so that a thousand
//! small pieces may wait as well as twenty large ones.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A number of free bytes for takers, who have an order.
pub(super) struct Budget {
    state: Mutex<State>,
    changed: Condvar,
    total: usize,
    /// Extra bytes for the taker whose turn it is, so that takers ahead of their turn never block it.
    reserve: usize,
}

struct State {
    taken: usize,
    turn: usize,
    /// The taker whose turn it is waits.
    urgent: bool,
    closed: bool,
}

impl Budget {
    pub(super) fn new(total: usize, reserve: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State { taken: 0, turn: 0, urgent: false, closed: false }),
            changed: Condvar::new(),
            total,
            reserve,
        })
    }

    /// Takes `bytes` for the taker at `place`, as soon as that many are free; `None` once the budget is closed. A
    /// request above the total counts as the total.
    pub(super) fn take(self: &Arc<Self>, place: usize, bytes: usize) -> Option<Permit> {
        let bytes = bytes.min(self.total);
        let full = |state: &State| {
            let reserve = if place <= state.turn { self.reserve } else { 0 };
            state.taken + bytes > self.total + reserve
        };
        let mut state = self.lock();
        while !state.closed && full(&state) {
            state.urgent |= place <= state.turn;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return None;
        }
        state.taken += bytes;
        Some(Permit { budget: Arc::clone(self), bytes })
    }

    /// Announces the turn of the taker at `place`.
    pub(super) fn turn_to(&self, place: usize) {
        self.lock().turn = place;
        self.changed.notify_all();
    }

    /// Ends all waiting; from now on every request gets `None`.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Taken bytes; dropping it returns them.
pub(super) struct Permit {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.budget.lock();
        state.taken -= self.bytes;
        // Takers ahead of their turn may sleep until enough is free for a longer run.
        if std::mem::take(&mut state.urgent) || state.taken <= self.budget.total / 2 {
            self.budget.changed.notify_all();
        }
    }
}

/// Closes budgets when its scope ends for any reason, so that no thread waits for one that has ended.
pub(super) struct CloseAtEnd<'a>(pub(super) [&'a Budget; 2]);

impl Drop for CloseAtEnd<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|budget| budget.close());
    }
}
