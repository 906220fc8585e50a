//! The records and pointers that a task wrote, so that they can be removed if the task turns out to be unreliable. In:
//! paths, as the store writes them. Out: the files are removed. Their targets stay, but cannot be found without them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Result;

/// The list of written records. All clones of a store share it.
#[derive(Debug, Clone, Default)]
pub struct Recorded(Arc<Mutex<Option<BTreeSet<PathBuf>>>>);

impl Recorded {
    /// Starts recording writes.
    pub fn begin(&self) {
        *self.noted() = Some(BTreeSet::new());
    }

    /// Removes the files written since [`Recorded::begin`], and stops recording.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn take_back(&self) -> Result<()> {
        for path in self.noted().take().unwrap_or_default() {
            match fs_err::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn note(&self, path: &Path) {
        if let Some(noted) = &mut *self.noted() {
            noted.insert(path.to_owned());
        }
    }

    fn noted(&self) -> MutexGuard<'_, Option<BTreeSet<PathBuf>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
