//! How much work a lockfile may make: one that was made to hurt ends with an error.

use crate::LayoutError;

/// Steps that are left.
#[derive(Debug)]
pub(super) struct Budget(u64);

/// Ten times what the largest public lockfiles take.
const STEPS: u64 = 2_000_000_000;

/// How many node_modules may lie in one another. A path has room for fewer.
pub(super) const DEPTH: usize = 300;

impl Budget {
    pub(super) fn new() -> Budget {
        Budget(STEPS)
    }

    /// Takes some steps.
    ///
    /// # Errors
    /// Where there are not as many.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), LayoutError> {
        self.0 = self.0.checked_sub(steps as u64).ok_or(LayoutError::TooEntangled)?;
        Ok(())
    }
}

/// Refuses a depth that no path has room for.
///
/// # Errors
/// Beyond [`DEPTH`].
pub(super) fn check_depth(depth: usize) -> Result<(), LayoutError> {
    if depth > DEPTH { Err(LayoutError::TooEntangled) } else { Ok(()) }
}
