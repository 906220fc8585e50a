//! The folder that a build runs in. In: a folder for kept installs, the name of one, sources. Out: a workspace of sources and node_modules in
//! which scripts can run. The user's own tree is only read.
//!
//! ```text
//! <folder>/
//!   installs/<first 32 digits of the install's key>/
//!     lock         held by the build that uses it
//!     installed    what node_modules held when it was installed
//!     clean        is there while node_modules are known to be just that: not during a build, nor after one that was killed
//!     synced       what the sources were when they were copied
//!     app/         the workspace: its length is the same for every build of one folder
//!     home/ tmp/   HOME and TMPDIR of scripts, empty at the start
//!   tools/         node, pnpm
//!   stat/          what is known of sources, for each workspace and service
//! ```

use std::collections::BTreeSet;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use fourply_blob::Key;
use fourply_modules::{Closure, Tree};
use fourply_store::Store;

use crate::hash::Hashed;
use crate::levels::Listing;
use crate::stat_cache::StatCache;
use crate::{Result, install, sync};

/// A build folder, locked for one build.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
    modules: BTreeSet<String>,
    _lock: File,
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
        modules_dir: &str,
    ) -> Result<Scratch> {
        let hex = install.hex();
        let folder = folder.join("installs").join(hex.get(..32).unwrap_or(&hex));
        fs_err::create_dir_all(&folder)?;
        let folder = fs_err::canonicalize(folder)?;
        let path = folder.join("lock");
        let lock =
            fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(path)?.into_file();
        lock.lock()?;
        let folders = closure
            .importers
            .iter()
            .map(|id| id.path_of(modules_dir))
            .chain([modules_dir.to_owned()])
            .collect();
        let scratch = Scratch { folder, modules: folders, _lock: lock };
        fs_err::create_dir_all(scratch.root())?;
        Ok(scratch)
    }

    /// The workspace's root.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("app")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    pub(crate) fn tmp(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    /// Makes sure that node_modules are what the closure needs; asks for `tree` only if they are not.
    ///
    /// # Errors
    /// What `tree` says; files that cannot be written.
    pub(crate) fn install(&self, store: &Store, tree: &dyn Fn(&Path) -> Result<Tree>) -> Result<()> {
        let (root, list) = (self.root(), self.folder.join("installed"));
        if self.take_clean()? || install::restore(&root, &list, &self.modules)? {
            return Ok(());
        }
        let was_installed = list.exists();
        let tree = tree(&root)?;
        if was_installed {
            fs_err::remove_file(&list)?;
            install::forget_unfolded(store, &tree);
        }
        fs_err::remove_dir_all(&root)?;
        fs_err::create_dir_all(&root)?;
        install::install(store, &tree, &root, &list, &self.modules)
    }

    /// Makes the folder hold `sources`, which lie below `from`, and nothing else beside node_modules.
    ///
    /// # Errors
    /// As [`sync::sync`].
    pub(crate) fn fill(&self, from: &Path, sources: &[Hashed]) -> Result<()> {
        let list = self.folder.join("synced");
        let last = StatCache::read(&list);
        let synced = sync::sync(from, sources, &self.root(), &self.modules, &last)?;
        synced.write(&list)
    }

    /// Adds sources.
    ///
    /// # Errors
    /// As [`sync::sync`].
    pub(crate) fn add(&self, from: &Path, sources: &[Hashed]) -> Result<()> {
        sync::add(from, sources, &self.root(), &StatCache::default()).map(drop)
    }

    /// Makes HOME and TMPDIR empty.
    ///
    /// # Errors
    /// Where they cannot be removed or made.
    pub(crate) fn empty_homes(&self) -> Result<()> {
        for folder in [self.home(), self.tmp()] {
            if folder.exists() {
                fs_err::remove_dir_all(&folder)?;
            }
            fs_err::create_dir_all(&folder)?;
        }
        Ok(())
    }

    /// Everything in the folder but node_modules.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub(crate) fn listing(&self) -> Result<Listing> {
        Listing::of(&self.root(), &self.modules)
    }

    /// Whether node_modules are exactly what was installed.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub(crate) fn is_untouched(&self) -> Result<bool> {
        install::is_untouched(&self.root(), &self.folder.join("installed"), &self.modules)
    }

    /// Looks whether scripts changed what was installed, and sees to it that no other build is touched by that.
    ///
    /// # Errors
    /// As [`Scratch::install`].
    pub(crate) fn tidy(&self, store: &Store, tree: &dyn Fn(&Path) -> Result<Tree>) -> Result<()> {
        let (root, list) = (self.root(), self.folder.join("installed"));
        if install::restore(&root, &list, &self.modules)? {
            fs_err::write(self.folder.join(CLEAN), "")?;
        } else if list.exists() {
            let tree = tree(&root)?;
            fs_err::remove_file(&list)?;
            install::forget_unfolded(store, &tree);
            self.suspect_others()?;
        }
        Ok(())
    }

    /// Whether node_modules were clean; from now on they are not known to be.
    fn take_clean(&self) -> Result<bool> {
        match fs_err::remove_file(self.folder.join(CLEAN)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The other installs may have links to the files that were changed here: they are compared before they are used again.
    fn suspect_others(&self) -> Result<()> {
        let Some(installs) = self.folder.parent() else { return Ok(()) };
        for install in fs_err::read_dir(installs)? {
            let _ = std::fs::remove_file(install?.path().join(CLEAN));
        }
        Ok(())
    }
}

/// The name of the file that says that node_modules are what was installed.
const CLEAN: &str = "clean";
