//! A limit on the work for one lockfile: a hostile one ends with an error.

use crate::LayoutError;

/// The steps that remain.
#[derive(Debug)]
pub(super) struct Budget(u64);

/// Ten times the steps of the largest public lockfiles.
const STEPS: u64 = 2_000_000_000;

/// How deep node_modules may be nested. A path has room for fewer.
pub(super) const DEPTH: usize = 300;

impl Budget {
    pub(super) fn new() -> Budget {
        Budget(STEPS)
    }

    /// Uses up steps.
    ///
    /// # Errors
    /// If too few steps remain.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), LayoutError> {
        self.0 = self.0.checked_sub(steps as u64).ok_or(LayoutError::TooEntangled)?;
        Ok(())
    }
}

/// Rejects a depth that exceeds any path.
///
/// # Errors
/// Beyond [`DEPTH`].
pub(super) fn check_depth(depth: usize) -> Result<(), LayoutError> {
    if depth > DEPTH { Err(LayoutError::TooEntangled) } else { Ok(()) }
}
