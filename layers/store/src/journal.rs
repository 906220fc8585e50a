//! The entries of a store that a task requested. In: kinds and names, as the store resolves them. Out: the list, for
//! exporting or keeping the task's inputs.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Records the requests to a store: everything that a task used. All clones of a store share it.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    on: Arc<AtomicBool>,
    noted: Arc<Mutex<BTreeSet<(String, String)>>>,
}

impl Journal {
    /// Starts an empty list.
    pub fn begin(&self) {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.on.store(true, Ordering::SeqCst);
    }

    /// Ends the list and returns the requests as kind and name, including requests for missing entries.
    pub fn end(&self) -> BTreeSet<(String, String)> {
        self.on.store(false, Ordering::SeqCst);
        std::mem::take(&mut *self.noted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn note(&self, kind: &str, name: &str) {
        if self.on.load(Ordering::Relaxed) {
            let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
            noted.insert((kind.to_owned(), name.to_owned()));
        }
    }
}
