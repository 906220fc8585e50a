//! Two runs of the same scripts, to see whether they make the same. In: keys, and what scripts made. Out: keys that belong to one run, and
//! how two runs differ. It knows neither which scripts run nor what becomes of the answer.

mod cause;
mod compare;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use fourply_blob::{Inputs as _, Key};

pub use cause::Cause;
pub use compare::{Comparison, Difference};

/// One of two runs. Of what is kept, it uses nothing but what it made itself.
#[derive(Debug, Default)]
pub struct ComparedRun {
    /// What keeps its results from those of all others; nothing where they are kept as every build's.
    name: Option<String>,
    kept: Mutex<BTreeSet<Key>>,
    made: Mutex<Vec<Made>>,
}

fourply_blob::inputs! {
    /// What one of two runs made.
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

    /// A run whose results are for nobody else; no other may have its name.
    pub fn second(name: String) -> ComparedRun {
        ComparedRun { name: Some(name), ..ComparedRun::default() }
    }

    fn key(&self, key: &Key) -> Key {
        self.name.as_deref().map_or(*key, |name| SecondRunInputs { key, name }.key())
    }

    /// The key in this run, if something is kept under it.
    pub(crate) fn known(&self, key: &Key) -> Option<Key> {
        let key = self.key(key);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).contains(&key).then_some(key)
    }

    /// Keeps something under the key in this run.
    pub(crate) fn keep<T, E>(&self, key: &Key, record: impl FnOnce(&Key) -> Result<T, E>) -> Result<T, E> {
        let key = self.key(key);
        let kept = record(&key)?;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        Ok(kept)
    }

    /// Notes what scripts made, for the comparison.
    pub fn note(&self, made: Made) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(made);
    }

    /// All that was noted.
    fn noted(&self) -> Vec<Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many results were noted.
    pub fn count(&self) -> usize {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Which part of a build made something, and where its paths begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MadeIn {
    /// A service's outputs: at the workspace's root.
    Service,
    /// What a service's build left in node_modules: at the workspace's root.
    Generated,
    /// A folder of the workspace as a package of the image: in the folder.
    Folder,
    /// A package whose install scripts ran: in the package.
    Package,
    /// What these left beside it: in the node_modules that the package lies in.
    Beside,
    /// A git repository that was built: in the package.
    Prepared,
    /// A workspace package that was built by itself: at the workspace's root.
    Project,
}

/// What scripts made.
#[derive(Debug, Clone)]
pub struct Made {
    place: MadeIn,
    /// A folder of the workspace, or a package by its key in the lockfile.
    who: String,
    key: Key,
    pack: Key,
    /// What stands in its files for the folder of this run, which the image has not.
    stand_in: Option<Vec<u8>>,
}

impl Made {
    /// `key` is over all that the scripts could see.
    pub fn new(place: MadeIn, who: &str, key: Key, pack: Key) -> Made {
        Made { place, who: who.to_owned(), key, pack, stand_in: None }
    }

    /// The same, where files hold a stand-in for the folder of the run.
    #[must_use]
    pub fn below(self, stand_in: &[u8]) -> Made {
        Made { stand_in: Some(stand_in.to_owned()), ..self }
    }
}

#[cfg(test)]
mod tests;
