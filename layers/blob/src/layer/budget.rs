//! How much may be in memory between the threads of the pipeline.
//!
//! The queues between the threads have no limits of their own: one budget, counted in bytes, stands for all of them, so
//! that a thousand small pieces may wait as well as twenty large ones.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A number of bytes that are free to be taken.
pub(super) struct Budget {
    state: Mutex<State>,
    changed: Condvar,
    total: usize,
}

struct State {
    free: usize,
    closed: bool,
}

impl Budget {
    pub(super) fn new(total: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State { free: total, closed: false }),
            changed: Condvar::new(),
            total,
        })
    }

    /// Takes `bytes`, as soon as so many are free; `None` once the budget is closed. More than there are in all counts as
    /// all.
    pub(super) fn take(self: &Arc<Self>, bytes: usize) -> Option<Permit> {
        let bytes = bytes.min(self.total);
        let state = self.lock();
        let wait = self.changed.wait_while(state, |state| !state.closed && state.free < bytes);
        let mut state = wait.unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return None;
        }
        state.free -= bytes;
        Some(Permit { budget: Arc::clone(self), bytes })
    }

    /// Nobody gets anything any more; whoever waits is woken.
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

/// Bytes that were taken; dropping it gives them back.
pub(super) struct Permit {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.budget.lock().free += self.bytes;
        self.budget.changed.notify_all();
    }
}

/// Closes a budget however the scope that holds this ends, so that no thread waits for one that has gone.
pub(super) struct CloseAtEnd<'a>(pub(super) &'a Budget);

impl Drop for CloseAtEnd<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
