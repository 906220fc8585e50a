//! How much memory the metadata of one base may take. Layers pack so well that a small one could name more paths than any
//! machine holds.

use std::sync::atomic::{AtomicU64, Ordering};

/// Some forty times what the largest images seen need.
const MAX: u64 = 1 << 30;

/// Counts what is kept of all layers; never gives anything back.
#[derive(Debug)]
pub(super) struct ReadBudget {
    spent: AtomicU64,
    max: u64,
}

impl Default for ReadBudget {
    fn default() -> Self {
        Self::of(MAX)
    }
}

impl ReadBudget {
    pub(super) fn of(max: u64) -> Self {
        Self { spent: AtomicU64::new(0), max }
    }

    /// Counts one more thing of so many bytes.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), String> {
        // What an entry takes beside its texts.
        let bytes = bytes as u64 + 100;
        match self.spent.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > self.max {
            true => Err(format!("the base's names and texts take more than {} bytes of memory", self.max)),
            false => Ok(()),
        }
    }
}
