//! Which records and pointers a piece of work wrote, so that it can be taken back: it turned out that nobody may rely on it. In: paths, as the
//! store writes them. Out: they are gone. What they led to stays; nobody finds it without them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Result;

/// See the module. All clones of a store share it.
#[derive(Debug, Clone, Default)]
pub struct Recorded(Arc<Mutex<Option<BTreeSet<PathBuf>>>>);

impl Recorded {
    /// From now on, what is written is noted.
    pub fn begin(&self) {
        *self.noted() = Some(BTreeSet::new());
    }

    /// Removes what was written since [`Recorded::begin`], and notes no more.
    ///
    /// # Errors
    /// A file that cannot be removed.
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
