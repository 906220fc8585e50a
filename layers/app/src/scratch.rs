//! The folder that a build runs in. In: a folder for kept installs, the name of one, sources. Out: a workspace of sources and node_modules in
//! which scripts can run. The user's own tree is only read.
//!
//! ```text
//! <folder>/
//!   installs/<first 32 digits of the install's key>/
//!     lock         held by the build that uses it
//!     installed    what node_modules held when it was installed
//!     beside       what install scripts left beside packages: it is put there for each build. It is there if all packages could be fetched
//!     made-of      what decided node_modules besides the folder's name: what install scripts downloaded
//!     synced       what the sources were when they were copied
//!     app/         the workspace: its length is the same for every build of one folder
//!     home/ tmp/   HOME and TMPDIR of scripts, empty at the start
//!   tools/         node, pnpm
//!   stat/          what is known of sources, for each workspace and service
//!   why/           what decided the last build, for each workspace and service
//! ```

use std::collections::BTreeSet;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use fourply_blob::Key;
use fourply_modules::PlannedTree;
use fourply_pnpm::{Closure, PnpmSettings};
use fourply_store::{Store, open_file, remove_tree};

use crate::built_files::{FolderListing, FolderStandIn};
use crate::hash::HashedSource;
use crate::stat_cache::StatCache;
use crate::{AppError, Result, sync};
use fourply_scripts::install::{Beside, Changes, InstallSnapshot, Installed};
use fourply_scripts::{Report, ScriptsError, atomic, install, place};

/// A build folder, locked for one build.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
    modules: BTreeSet<String>,
    _lock: File,
}

/// node_modules before and after scripts.
#[derive(Debug)]
pub(crate) struct Seen {
    installed: Option<InstallSnapshot>,
    now: InstallSnapshot,
}

impl Scratch {
    /// Opens the folder of an install and waits until no other build uses it.
    ///
    /// # Errors
    /// Where it cannot be made or locked.
    pub(crate) fn open(
        folder: &Path,
        install: &Key,
        closure: &Closure,
        settings: &PnpmSettings,
        report: &dyn Report,
    ) -> Result<Scratch> {
        let hex = install.hex();
        let (folder, lock) =
            place::take(&folder.join("installs").join(hex.get(..32).unwrap_or(&hex)), report)?;
        let modules = install::modules_of(closure, settings);
        let scratch = Scratch { folder, modules, _lock: lock };
        make_folder(&scratch.root())?;
        Ok(scratch)
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("app")
    }

    /// Where all of it lies.
    pub(crate) fn place(&self) -> FolderStandIn {
        FolderStandIn::of(&self.folder)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    pub(crate) fn tmp(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    /// Makes sure that node_modules are what the closure needs; asks for `tree` only if they are not. Whether nothing is missing that could not be
    /// fetched.
    ///
    /// # Errors
    /// What `tree` says; files that cannot be written.
    pub(crate) fn install(&self, store: &Store, tree: &dyn Fn(&Path) -> Result<PlannedTree>) -> Result<bool> {
        let (root, list) = (self.root(), self.folder.join("installed"));
        store.note_folder(&self.folder);
        let beside = self.beside().filter(|beside| beside.0.iter().all(|(_, pack)| store.has_pack(pack)));
        if let Some(beside) = beside
            && self.restored(&list)?
        {
            beside.put(store, &root)?;
            return Ok(true);
        }
        let PlannedTree { tree, complete, .. } = tree(&root)?;
        for name in ["installed", BESIDE] {
            remove(&self.folder.join(name))?;
        }
        remove(&root)?;
        fs_err::create_dir_all(&root)?;
        let beside = Beside::of(&tree);
        if complete {
            atomic::write(&self.folder.join(BESIDE), &beside_text(&beside)?, 0o644)?;
        }
        install::install(store, &tree, &root, &list, &self.modules)?;
        beside.put(store, &root)?;
        Ok(complete)
    }

    /// Takes care that all is installed and copied again.
    ///
    /// # Errors
    /// What cannot be removed.
    pub(crate) fn forget(&self) -> Result<()> {
        forget(&self.folder)
    }

    fn restored(&self, list: &Path) -> Result<bool> {
        match InstallSnapshot::installed(list) {
            Some(installed) => match self.snapshot() {
                Ok(now) => Ok(install::restore(&self.root(), &installed, &now)?),
                // A script of an earlier build put a link in the place of one of the folders.
                Err(AppError::Scripts(ScriptsError::Replaced(_))) => Ok(false),
                Err(error) => Err(error),
            },
            None => Ok(false),
        }
    }

    fn beside(&self) -> Option<Beside> {
        let text = atomic::read(&self.folder.join(BESIDE))?;
        let (body, check) = text.strip_suffix('\n')?.rsplit_once('\n')?;
        let sound = check == Key::of(body.as_bytes()).hex();
        sound.then(|| serde_json::from_str(body).ok().map(Beside)).flatten()
    }

    /// Looks at what scripts left: node_modules as they were installed, if a list says it, and as they are now.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub(crate) fn look(&self) -> Result<Seen> {
        Ok(Seen {
            installed: InstallSnapshot::installed(&self.folder.join("installed")),
            now: self.snapshot()?,
        })
    }

    /// What scripts did in node_modules since they were installed; asks for `tree` only if a file was touched that looks as before.
    ///
    /// # Errors
    /// Packs that cannot be read; what `tree` says.
    pub(crate) fn changes(
        &self,
        store: &Store,
        seen: &Seen,
        tree: &dyn Fn(&Path) -> Result<PlannedTree>,
    ) -> Result<Changes> {
        let root = self.root();
        let Some(installed) = &seen.installed else { return Ok(Changes::default()) };
        let mut changes = seen.now.since(installed);
        let touched = seen.now.touched_since(installed);
        if !touched.is_empty() {
            let tree = tree(&root)?.tree;
            Installed { store, tree: &tree, root: &root }.forgive(&touched, &mut changes)?;
        }
        self.beside().unwrap_or_default().adjust(store, &root, &mut changes)?;
        Ok(changes)
    }

    /// What node_modules hold now.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub(crate) fn snapshot(&self) -> Result<InstallSnapshot> {
        Ok(InstallSnapshot::of(&self.root(), &self.modules)?)
    }

    /// Makes the folder hold `sources`, which lie below `from`, and nothing else beside node_modules.
    ///
    /// # Errors
    /// As [`sync::sync`].
    pub(crate) fn fill(&self, from: &Path, sources: &[HashedSource]) -> Result<()> {
        let list = self.folder.join("synced");
        let last = StatCache::read(&list);
        let synced = sync::sync(from, sources, &self.root(), &self.modules, &last)?;
        synced.write(&list)
    }

    /// Adds sources.
    ///
    /// # Errors
    /// As [`sync::sync`].
    pub(crate) fn add(&self, from: &Path, sources: &[HashedSource]) -> Result<()> {
        sync::add(from, sources, &self.root(), &StatCache::default()).map(drop)
    }

    /// Makes HOME and TMPDIR empty.
    ///
    /// # Errors
    /// Where they cannot be removed or made.
    pub(crate) fn empty_homes(&self) -> Result<()> {
        for folder in [self.home(), self.tmp()] {
            remove(&folder)?;
            fs_err::create_dir_all(&folder)?;
        }
        Ok(())
    }

    /// The folders that have to stay folders whatever scripts do: packages, and what is installed.
    pub(crate) fn folders(&self, closure: &Closure) -> BTreeSet<String> {
        let copied = closure.copied_folders().into_keys();
        let packages = closure.importers.iter().cloned().chain(copied);
        packages.map(|id| id.to_string()).chain(self.modules.iter().cloned()).collect()
    }

    /// Everything in the folder but node_modules.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub(crate) fn listing(&self) -> Result<FolderListing> {
        FolderListing::of(&self.root(), &self.modules)
    }

    /// Removes what scripts added to what was installed. If they changed any of it, the next build installs it again.
    ///
    /// # Errors
    /// Files that cannot be removed or written.
    pub(crate) fn tidy(&self, seen: &Seen) -> Result<()> {
        let (root, list) = (self.root(), self.folder.join("installed"));
        let restored = |installed| install::restore(&root, installed, &seen.now);
        if seen.installed.as_ref().map(restored).transpose()? != Some(true) {
            remove(&list)?;
        }
        Ok(())
    }

    /// Takes care that nothing is gone on with that is made of something else, until [`Scratch::is_made_of`].
    ///
    /// # Errors
    /// What cannot be removed.
    pub(crate) fn take_made_of(&self, key: &Key) -> Result<()> {
        let path = self.folder.join(MADE_OF);
        let made_of = atomic::read(&path);
        remove(&path)?;
        if made_of.is_some_and(|made_of| made_of == key.hex()) { Ok(()) } else { self.forget() }
    }

    /// Notes what node_modules are made of, besides what the folder is named after.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(crate) fn is_made_of(&self, key: &Key) -> Result<()> {
        Ok(atomic::write(&self.folder.join(MADE_OF), key.hex().as_bytes(), 0o644)?)
    }
}

fn forget(install: &Path) -> Result<()> {
    ["installed", "synced"].iter().try_for_each(|name| remove(&install.join(name)))
}

/// Makes a folder where there is none, in the place of what is no folder.
fn make_folder(path: &Path) -> Result<()> {
    if !path.is_dir() {
        remove(path)?;
    }
    Ok(fs_err::create_dir_all(path)?)
}

/// Removes a file, or whatever lies in its place.
fn remove(path: &Path) -> Result<()> {
    let removed = match fs_err::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(remove_tree(path)?),
        Ok(found) if found.is_symlink() => return Ok(place::remove(path)?),
        Ok(_) => fs_err::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// What lies beside packages as a text: one line of JSON, and the BLAKE3 of it.
fn beside_text(beside: &Beside) -> Result<Vec<u8>> {
    let body = serde_json::to_string(&beside.0).map_err(std::io::Error::from)?;
    Ok(format!("{body}\n{}\n", Key::of(body.as_bytes())).into_bytes())
}

/// Takes care that no build goes on with an install of `folder` that was used since a time, in seconds since 1970. One that another build has
/// at the moment is that one's.
///
/// # Errors
/// A folder that cannot be read, a file that cannot be removed.
pub fn forget_installs(folder: &Path, since: i64) -> Result<()> {
    let installs = folder.join("installs");
    if !installs.is_dir() {
        return Ok(());
    }
    for entry in fs_err::read_dir(installs)? {
        let install = entry?.path();
        let used = std::fs::metadata(install.join(MADE_OF)).map_or(i64::MIN, |found| found.mtime());
        let lock = open_file(&install.join("lock")).ok().filter(|lock| lock.try_lock().is_ok());
        if used >= since && lock.is_some() {
            forget(&install)?;
        }
    }
    Ok(())
}

/// The name of the file that says what they are made of.
const MADE_OF: &str = "made-of";
/// The name of the file that says what lies beside packages.
const BESIDE: &str = "beside";
