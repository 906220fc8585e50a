//! A limit on the memory for one base's metadata. Compression is so effective that a small layer could name more paths
//! than fit into memory.

use std::sync::atomic::{AtomicU64, Ordering};

/// About forty times what the largest known images need.
const MAX: u64 = 1 << 30;

/// Counts what is kept of all layers; the count never decreases.
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

    /// Counts one more item of this many bytes.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), String> {
        // The memory of an entry in addition to its texts.
        let bytes = bytes as u64 + 100;
        match self.spent.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > self.max {
            true => Err(format!("the base's names and texts take more than {} bytes of memory", self.max)),
            false => Ok(()),
        }
    }
}
