//! The store's folder: where each kind of thing lies, and locks between processes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use fourply_blob::Key;

use crate::removal::remove_tree;
use crate::uses::{Uses, lock_file};
use crate::{Journal, Recorded, Result, atomic};

/// The version of the layout on disk; another one is another folder.
const VERSION: &str = "v1";

/// How old a file of `tmp/` has to be before it is taken for left behind. No single file takes longer to be written.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// A store. Cloning it is cheap, and all clones are one store.
#[derive(Debug, Clone)]
pub struct Store {
    root: Arc<Path>,
    journal: Journal,
    recorded: Recorded,
    uses: Arc<Uses>,
}

/// An exclusive lock between processes, held while this value lives.
#[derive(Debug)]
pub struct StoreLock(#[expect(dead_code, reason = "the lock is the open file")] File);

impl Store {
    /// Opens the store at `root`, making it where there is none, and sweeps what killed builds left in `tmp/`.
    ///
    /// # Errors
    /// Where the folders cannot be made.
    pub fn open(root: &Path) -> Result<Store> {
        let root = root.join(VERSION);
        fs_err::create_dir_all(root.join("tmp"))?;
        let root = fs_err::canonicalize(&root)?;
        let uses = Arc::new(Uses::begin(&root)?);
        let (journal, recorded) = (Journal::default(), Recorded::default());
        let store = Store { root: root.into(), journal, recorded, uses };
        store.sweep();
        Ok(store)
    }

    /// The folder of this version's files.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What was asked for since [`Journal::begin`].
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The records and pointers that were written since [`Recorded::begin`].
    pub fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    /// A folder for unfinished work, on the same file system as everything else.
    pub fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// `kind/ab/abcdef…`; what lies there counts as used.
    pub(crate) fn sharded(&self, kind: &str, hex: &str) -> PathBuf {
        self.journal.note(kind, hex);
        let path = self.root.join(kind).join(hex.get(..2).unwrap_or("xx")).join(hex);
        self.mark_used(&path);
        path
    }

    /// Notes that a file or folder of the store is used, so that [`Store::prune`] lets it be.
    pub fn mark_used(&self, path: &Path) {
        self.uses.mark(path);
    }

    pub(crate) fn uses(&self) -> &Uses {
        &self.uses
    }

    /// The pack that `key` led to, as a line of text in a small file.
    pub(crate) fn pointer(&self, kind: &str, key: &Key) -> Option<Key> {
        let text = std::fs::read_to_string(self.sharded(kind, &key.hex())).ok()?;
        text.trim_end().parse().ok()
    }

    pub(crate) fn set_pointer(&self, kind: &str, key: &Key, to: &Key) -> Result<()> {
        let path = self.sharded(kind, &key.hex());
        self.recorded.note(&path);
        atomic::write(&self.tmp(), &path, format!("{to}\n").as_bytes())
    }

    /// Waits until no other process holds the lock of this name.
    ///
    /// # Errors
    /// Where the lock's file cannot be made.
    pub fn lock(&self, name: &str) -> Result<StoreLock> {
        let file = lock_file(&self.root, &Key::of(name.as_bytes()).hex())?;
        file.lock()?;
        Ok(StoreLock(file))
    }

    fn sweep(&self) {
        let Ok(entries) = std::fs::read_dir(self.tmp()) else { return };
        let now = SystemTime::now();
        for entry in entries.flatten() {
            let modified = entry.metadata().and_then(|meta| meta.modified());
            let old = modified.is_ok_and(|time| now.duration_since(time).is_ok_and(|age| age > ABANDONED));
            if old {
                let path = entry.path();
                let _ = if path.is_dir() { remove_tree(&path) } else { std::fs::remove_file(&path) };
            }
        }
    }
}
