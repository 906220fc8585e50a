//! The store's folder: the path of each kind of content, and locks between processes. In: a folder. Out: a [`Store`].

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use fourply_blob::{Digest, Key};
use rustix::fs::{Access, access};

use crate::damages::Damages;
use crate::removal::remove_tree;
use crate::uses::{Uses, lock_file};
use crate::{Journal, Recorded, Result, StoreError, older};

/// The version of the layout on disk. Each version has its own folder.
pub(crate) const VERSION: &str = "v2";

/// The kind of blobs, by their SHA-256.
pub(crate) const BLOBS: &str = "blobs/sha256";

/// The age at which a file of `tmp/` counts as abandoned. Writing a single file never takes longer.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// A store. Clones are cheap and share its state.
#[derive(Debug, Clone)]
pub struct Store {
    root: Arc<Path>,
    /// The version folders of the parent stores.
    pub(crate) parents: Arc<[PathBuf]>,
    journal: Journal,
    recorded: Recorded,
    uses: Arc<Uses>,
    damages: Damages,
    seen: Arc<Mutex<Seen>>,
    written: Arc<AtomicU64>,
}

/// What this process did with the store's files.
#[derive(Debug, Default)]
struct Seen {
    /// The requested kinds and names.
    asked: HashSet<(String, String)>,
    /// The blobs whose bytes were hashed.
    verified: HashSet<Digest>,
    /// By device: whether a file of the store can be cloned to that file system.
    clones: HashMap<u64, bool>,
}

/// An exclusive lock between processes, held while this value exists.
#[derive(Debug)]
pub struct StoreLock(#[expect(dead_code, reason = "the lock is the open file")] File);

impl Store {
    /// Opens the store at `root`. A missing store is created. Abandoned files in `tmp/` are removed. Verifiable content
    /// of a store of an older version is moved into this one.
    ///
    /// # Errors
    /// If the folders cannot be created.
    pub fn open(root: &Path) -> Result<Store> {
        let inner = root.join(VERSION);
        // It may be a file of the user, so it stays.
        if std::fs::symlink_metadata(&inner).is_ok() && !inner.is_dir() {
            return Err(StoreError::NoFolder { path: inner });
        }
        Store::open_folder(root, inner).map_err(|error| match error {
            StoreError::Io(source)
                if matches!(source.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
            {
                StoreError::Unwritable { path: root.to_path_buf(), source }
            }
            other => other,
        })
    }

    fn open_folder(folder: &Path, root: PathBuf) -> Result<Store> {
        fs_err::create_dir_all(&root)?;
        for name in ["tmp", "locks"] {
            make_folder(&root.join(name))?;
        }
        let root = fs_err::canonicalize(&root)?;
        let uses = Arc::new(Uses::begin(&root)?);
        older::take_over(folder, &root)?;
        let (journal, recorded) = (Journal::default(), Recorded::default());
        let (damages, seen, written) = (Damages::default(), Arc::default(), Arc::default());
        let parents = Arc::new([]);
        let store = Store { root: root.into(), parents, journal, recorded, uses, damages, seen, written };
        store.damages.clear_folders(&store.root);
        store.sweep();
        Ok(store)
    }

    /// Checks that this process may write into the store. A store of another user can still be opened and read.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn check_writable(&self) -> Result<()> {
        for folder in [self.root.to_path_buf(), self.tmp()] {
            access(&folder, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| {
                let path = self.root.parent().unwrap_or(&self.root).to_path_buf();
                StoreError::Unwritable { path, source: error.into() }
            })?;
        }
        Ok(())
    }

    /// The folder of this version.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The requests since [`Journal::begin`].
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The records and pointers written since [`Recorded::begin`].
    pub fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    /// The folder for unfinished work, on the same file system as the store.
    pub fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Whether a file of the store can be cloned to this device. `ask` finds out, once for each device.
    pub(crate) fn clones_to(&self, device: u64, ask: impl FnOnce() -> Result<bool>) -> Result<bool> {
        let known = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(clones) = known().clones.get(&device) {
            return Ok(*clones);
        }
        let clones = ask()?;
        known().clones.insert(device, clones);
        Ok(clones)
    }

    /// The path `kind/ab/abcdef…`. An existing file counts as used.
    pub(crate) fn sharded(&self, kind: &str, hex: &str) -> PathBuf {
        self.journal.note(kind, hex);
        self.note_asked(kind, hex);
        let path = self.place_of(kind, hex);
        self.mark_used(&path);
        path
    }

    /// The same path, without marking a use.
    pub(crate) fn place_of(&self, kind: &str, hex: &str) -> PathBuf {
        self.root.join(kind).join(hex.get(..2).unwrap_or("xx")).join(hex)
    }

    /// Marks a file or folder of the store as used, so that [`Store::prune`] keeps it.
    pub fn mark_used(&self, path: &Path) {
        self.uses.mark(path);
    }

    pub(crate) fn uses(&self) -> &Uses {
        &self.uses
    }

    pub(crate) fn damage_list(&self) -> &Damages {
        &self.damages
    }

    pub(crate) fn note_asked(&self, kind: &str, name: &str) {
        self.seen().asked.insert((kind.to_owned(), name.to_owned()));
    }

    /// The number of bytes written since the store was opened or measured.
    pub(crate) fn written(&self) -> &AtomicU64 {
        &self.written
    }

    /// All kinds and names requested since the store was opened.
    pub(crate) fn asked(&self) -> Vec<(String, String)> {
        self.seen().asked.iter().cloned().collect()
    }

    /// Whether this process has verified the blob. If not, `hash` verifies it now.
    pub(crate) fn verified_once(&self, digest: &Digest, hash: impl FnOnce() -> bool) -> bool {
        if self.seen().verified.contains(digest) {
            return true;
        }
        let sound = hash();
        if sound {
            self.seen().verified.insert(*digest);
        }
        sound
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no other process holds the lock of this name.
    ///
    /// # Errors
    /// If the lock's file cannot be created.
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

/// Creates a folder of the store. A non-folder at its path is removed.
fn make_folder(path: &Path) -> Result<()> {
    if std::fs::symlink_metadata(path).is_ok() && !path.is_dir() {
        fs_err::remove_file(path)?;
    }
    Ok(fs_err::create_dir_all(path)?)
}
