//! Two runs of the same scripts, to compare their results. In: keys, and results of scripts. Out: keys for one run, and
//! the differences between two. It knows neither which scripts run nor how the comparison is used.

mod cause;
mod compare;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use fourply_blob::{Inputs as _, Key};

pub use cause::Cause;
pub use compare::{Comparison, Difference};

/// One of two runs. Of all stored results, it uses only its own.
#[derive(Debug, Default)]
pub struct ComparedRun {
    /// The name that separates its results from all others; `None` if they are stored like those of any build.
    name: Option<String>,
    kept: Mutex<BTreeSet<Key>>,
    made: Mutex<Vec<Made>>,
}

fourply_blob::inputs! {
    /// Results of the second run.
    struct SecondRunInputs<'a>: "made in a second run", rules 1 {
        key: &'a Key,
        name: &'a str,
    }
}

impl ComparedRun {
    /// A run whose results are kept for later builds.
    pub fn first() -> ComparedRun {
        ComparedRun::default()
    }

    /// A run whose results nothing else uses; its name must be unique.
    pub fn second(name: String) -> ComparedRun {
        ComparedRun { name: Some(name), ..ComparedRun::default() }
    }

    fn key(&self, key: &Key) -> Key {
        self.name.as_deref().map_or(*key, |name| SecondRunInputs { key, name }.key())
    }

    /// The key in this run, if there is a result under it.
    pub(crate) fn known(&self, key: &Key) -> Option<Key> {
        let key = self.key(key);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).contains(&key).then_some(key)
    }

    /// Stores a result under the key in this run.
    pub(crate) fn keep<T, E>(&self, key: &Key, record: impl FnOnce(&Key) -> Result<T, E>) -> Result<T, E> {
        let key = self.key(key);
        let kept = record(&key)?;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        Ok(kept)
    }

    /// Records a result for the comparison.
    pub fn note(&self, made: Made) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(made);
    }

    /// All recorded results.
    fn noted(&self) -> Vec<Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The number of recorded results.
    pub fn count(&self) -> usize {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Which part of a build produced a result, and the base of its paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MadeIn {
    /// A service's outputs: relative to the workspace's root.
    Service,
    /// Files that a service's build left in node_modules: relative to the workspace's root.
    Generated,
    /// A workspace folder as a package of the image: relative to the folder.
    Folder,
    /// A package whose install scripts ran: relative to the package.
    Package,
    /// Files that these left next to it: relative to the node_modules around the package.
    Beside,
    /// A built git repository: relative to the package.
    Prepared,
    /// A workspace package that was built separately: relative to the workspace's root.
    Project,
}

/// A result of scripts.
#[derive(Debug, Clone)]
pub struct Made {
    place: MadeIn,
    /// A folder of the workspace, or a package by its key in the lockfile.
    who: String,
    key: Key,
    pack: Key,
    /// The placeholder in its files for this run's folder, which the image does not have.
    stand_in: Option<Vec<u8>>,
}

impl Made {
    /// `key` covers everything that the scripts could see.
    pub fn new(place: MadeIn, who: &str, key: Key, pack: Key) -> Made {
        Made { place, who: who.to_owned(), key, pack, stand_in: None }
    }

    /// The same, if files contain a placeholder for the run's folder.
    #[must_use]
    pub fn below(self, stand_in: &[u8]) -> Made {
        Made { stand_in: Some(stand_in.to_owned()), ..self }
    }
}

#[cfg(test)]
mod tests;
