//! The folder of a build. In: a folder for kept installs, the name of one, sources. Out: a workspace of sources and
//! node_modules in which scripts can run. The user's own tree is only read.
//!
//! ```text
//! <folder>/
//!   installs/<first 32 digits of the install's key>/
//!     lock         held by the build that uses it
//!     installed    the content of node_modules after the install
//!     beside       files of install scripts next to packages, for each build; exists if every package was fetched
//!     made-of      inputs of node_modules that are not in the folder's name: downloads of install scripts
//!     synced       the state of the sources when they were copied
//!     app/         the workspace: its length is the same for every build of one folder
//!     home/ tmp/   HOME and TMPDIR of scripts, empty at the start
//!   tools/         node, pnpm
//!   stat/          the known hashes of sources, for each workspace and service
//!   why/           the inputs of the last build, for each workspace and service
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
    /// If it cannot be created or locked.
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

    /// The location of the folder.
    pub(crate) fn place(&self) -> FolderStandIn {
        FolderStandIn::of(&self.folder)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    pub(crate) fn tmp(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    /// Ensures that node_modules match the closure; calls `tree` only if they do not. Returns whether every package
    /// could be fetched.
    ///
    /// # Errors
    /// Those of `tree`; or a file cannot be written.
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

    /// Forces a new install and a new copy of the sources.
    ///
    /// # Errors
    /// If something cannot be removed.
    pub(crate) fn forget(&self) -> Result<()> {
        forget(&self.folder)
    }

    fn restored(&self, list: &Path) -> Result<bool> {
        match InstallSnapshot::installed(list) {
            Some(installed) => match self.snapshot() {
                Ok(now) => Ok(install::restore(&self.root(), &installed, &now)?),
                // A script of an earlier build replaced one of the folders with a link.
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

    /// Lists node_modules after the install, if recorded, and now.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub(crate) fn look(&self) -> Result<Seen> {
        Ok(Seen {
            installed: InstallSnapshot::installed(&self.folder.join("installed")),
            now: self.snapshot()?,
        })
    }

    /// The scripts' changes to node_modules since the install. Calls `tree` only if a touched file looks unchanged.
    ///
    /// # Errors
    /// Those of `tree`; or an archive cannot be read.
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

    /// The current content of node_modules.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub(crate) fn snapshot(&self) -> Result<InstallSnapshot> {
        Ok(InstallSnapshot::of(&self.root(), &self.modules)?)
    }

    /// Makes the folder contain `sources`, which are below `from`, and nothing else except node_modules.
    ///
    /// # Errors
    /// Those of [`sync::sync`].
    pub(crate) fn fill(&self, from: &Path, sources: &[HashedSource]) -> Result<()> {
        let list = self.folder.join("synced");
        let last = StatCache::read(&list);
        let synced = sync::sync(from, sources, &self.root(), &self.modules, &last)?;
        synced.write(&list)
    }

    /// Adds sources.
    ///
    /// # Errors
    /// Those of [`sync::sync`].
    pub(crate) fn add(&self, from: &Path, sources: &[HashedSource]) -> Result<()> {
        sync::add(from, sources, &self.root(), &StatCache::default()).map(drop)
    }

    /// Empties HOME and TMPDIR.
    ///
    /// # Errors
    /// If they cannot be removed or created.
    pub(crate) fn empty_homes(&self) -> Result<()> {
        for folder in [self.home(), self.tmp()] {
            remove(&folder)?;
            fs_err::create_dir_all(&folder)?;
        }
        Ok(())
    }

    /// The folders that scripts must not replace: packages, and installed folders.
    pub(crate) fn folders(&self, closure: &Closure) -> BTreeSet<String> {
        let copied = closure.copied_folders().into_keys();
        let packages = closure.importers.iter().cloned().chain(copied);
        packages.map(|id| id.to_string()).chain(self.modules.iter().cloned()).collect()
    }

    /// Everything in the folder except node_modules.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub(crate) fn listing(&self) -> Result<FolderListing> {
        FolderListing::of(&self.root(), &self.modules)
    }

    /// Removes scripts' additions to the install. If they changed installed files, the next build installs again.
    ///
    /// # Errors
    /// If a file cannot be removed or written.
    pub(crate) fn tidy(&self, seen: &Seen) -> Result<()> {
        let (root, list) = (self.root(), self.folder.join("installed"));
        let restored = |installed| install::restore(&root, installed, &seen.now);
        if seen.installed.as_ref().map(restored).transpose()? != Some(true) {
            remove(&list)?;
        }
        Ok(())
    }

    /// Invalidates an install with other content, until [`Scratch::is_made_of`] is called.
    ///
    /// # Errors
    /// If something cannot be removed.
    pub(crate) fn take_made_of(&self, key: &Key) -> Result<()> {
        let path = self.folder.join(MADE_OF);
        let made_of = atomic::read(&path);
        remove(&path)?;
        if made_of.is_some_and(|made_of| made_of == key.hex()) { Ok(()) } else { self.forget() }
    }

    /// Records the inputs of node_modules that are not in the folder's name.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn is_made_of(&self, key: &Key) -> Result<()> {
        Ok(atomic::write(&self.folder.join(MADE_OF), key.hex().as_bytes(), 0o644)?)
    }
}

fn forget(install: &Path) -> Result<()> {
    ["installed", "synced"].iter().try_for_each(|name| remove(&install.join(name)))
}

/// Creates a missing folder. A non-folder at its path is removed.
fn make_folder(path: &Path) -> Result<()> {
    if !path.is_dir() {
        remove(path)?;
    }
    Ok(fs_err::create_dir_all(path)?)
}

/// Removes a file, or whatever is at its path.
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

/// The files next to packages as text: one line of JSON, and its BLAKE3.
fn beside_text(beside: &Beside) -> Result<Vec<u8>> {
    let body = serde_json::to_string(&beside.0).map_err(std::io::Error::from)?;
    Ok(format!("{body}\n{}\n", Key::of(body.as_bytes())).into_bytes())
}

/// Invalidates every install of `folder` that was used since a time, in seconds since 1970. An install that another
/// build is using is left to that build.
///
/// # Errors
/// If a folder cannot be read or a file cannot be removed.
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

/// The file with their inputs.
const MADE_OF: &str = "made-of";
/// The file that lists the files next to packages.
const BESIDE: &str = "beside";
