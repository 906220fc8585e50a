//! The node_modules of a kept build folder, and the changes of scripts to them.
//!
//! Packages are written to disk as separate files of the install. A script may write into node_modules: caches,
//! generated clients. The next build must not see these. So a list of the installed entries (mode, size, times and
//! inode) is kept, and compared before and after each build. Additions are removed; if anything was changed, the
//! install is discarded. An install from a copied store, or from before a reboot, is also discarded. Changes by a build
//! are detected by content: the list only shows which files must be read.
//!
//! Build steps overwrite the files that install scripts left next to packages (Prisma). So these files are not in the
//! list: they are written again, as separate files, for each build.

mod contents;
mod list;

use std::collections::BTreeSet;
use std::path::Path;

use fourply_blob::Key;
use fourply_pnpm::{Closure, PnpmSettings, Tree};
use fourply_store::{PackKind, Store, boot_id};

pub use contents::Installed;

use crate::beneath::Beneath;
use crate::{Result, ScriptsError, materialise, put_beside};
use list::{InstallEntry, Listing, Stamp, listing, read_list, write_list};

/// The folders of packages and links, relative to the workspace's root; none is inside another.
pub fn modules_of(closure: &Closure, settings: &PnpmSettings) -> BTreeSet<String> {
    let (links, packages) = (&settings.folders.modules_dir, &settings.folders.virtual_store_dir);
    let apart = packages.strip_prefix(links.as_str()).is_none_or(|rest| !rest.starts_with('/'));
    let importers = closure.importers.iter().chain(&closure.others).map(|id| id.path_of(links));
    importers.chain([links.clone()]).chain(apart.then(|| packages.clone())).collect()
}

/// Whether the node_modules below `root` (now listed in `found`) match the installed state after removing additions.
///
/// # Errors
/// An addition that cannot be removed.
pub fn restore(root: &Path, installed: &InstallSnapshot, found: &InstallSnapshot) -> Result<bool> {
    let difference = ListDifference::between(&installed.0, &found.0, &Stamp::eq);
    if !difference.changed.is_empty() || !difference.gone.is_empty() {
        return Ok(false);
    }
    let root = Beneath::open(root)?;
    // The content of an added folder is removed with it.
    difference.added.into_iter().try_for_each(|(path, _)| root.remove(path))?;
    Ok(true)
}

/// Writes the tree to disk below `root`, without the files next to packages. It writes `list` last, so that a list
/// never exists without its install.
///
/// # Errors
/// Missing archives, or files that cannot be written.
pub fn install(
    store: &Store,
    tree: &Tree,
    root: &Path,
    list: &Path,
    modules: &BTreeSet<String>,
) -> Result<()> {
    materialise(store, tree, root)?;
    write_list(list, &listing(root, modules)?, boot_id())
}

/// The files next to packages: their archives, each with its folder relative to the workspace's root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside(pub Vec<(String, Key)>);

impl Beside {
    /// The files next to packages of a tree.
    pub fn of(tree: &Tree) -> Beside {
        Beside(tree.slots.iter().filter_map(|slot| Some((slot.modules(), slot.beside?))).collect())
    }

    /// Writes them to disk.
    ///
    /// # Errors
    /// A missing archive, or a file that cannot be written.
    pub fn put(&self, store: &Store, root: &Path) -> Result<()> {
        let root = Beneath::open(root)?;
        self.0.iter().try_for_each(|(modules, pack)| put_beside(&*store.open_pack(pack)?, &root, modules))
    }

    /// Removes unchanged files from `changes`, and adds missing ones.
    ///
    /// # Errors
    /// A missing archive, or a file that cannot be read.
    pub fn adjust(&self, store: &Store, root: &Path, changes: &mut Changes) -> Result<()> {
        let root = Beneath::open(root)?;
        for (modules, pack) in &self.0 {
            let pack = store.open_pack(pack)?;
            for entry in pack.entries() {
                let path = format!("{modules}/{}", entry.path);
                let found = match root.found(&path) {
                    Ok(Some(found)) => found,
                    // A file behind a link is not the one that was written there.
                    Ok(None) | Err(ScriptsError::Replaced(_)) => {
                        changes.gone.insert(path);
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                let same = match &entry.kind {
                    PackKind::Symlink { target } => found.is_link() && root.target(&path)? == *target,
                    PackKind::File { executable } => {
                        found.is_file()
                            && found.is_executable() == *executable
                            && root.read(&path)? == *pack.bytes(entry)?
                    }
                };
                if same {
                    changes.written.remove(&path);
                }
            }
        }
        Ok(())
    }
}

/// The state of the folders of packages and links at some time.
#[derive(Debug)]
pub struct InstallSnapshot(Listing);

impl InstallSnapshot {
    /// The current state.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn of(root: &Path, modules: &BTreeSet<String>) -> Result<InstallSnapshot> {
        Ok(InstallSnapshot(listing(root, modules)?))
    }

    /// The installed state, if there is a valid list.
    pub fn installed(list: &Path) -> Option<InstallSnapshot> {
        read_list(list, boot_id()).map(InstallSnapshot)
    }

    /// The files and links that existed before and were touched. Only their contents show whether they changed.
    pub fn touched_since(&self, before: &InstallSnapshot) -> Vec<String> {
        let touched = ListDifference::between(&before.0, &self.0, &Stamp::eq).changed;
        let files = touched.into_iter().filter(|(_, stamp)| *stamp != Stamp::Folder);
        files.map(|(path, _)| path.clone()).collect()
    }

    /// The changes since an earlier state. Touched files count as written: [`Installed::forgive`] removes those with
    /// unchanged content.
    pub fn since(&self, before: &InstallSnapshot) -> Changes {
        let ListDifference { added, changed, gone } = ListDifference::between(&before.0, &self.0, &Stamp::eq);
        let files = |entries: &[&InstallEntry]| -> BTreeSet<String> {
            let files = entries.iter().filter(|(_, stamp)| *stamp != Stamp::Folder);
            files.map(|(path, _)| path.clone()).collect()
        };
        Changes { written: files(&added).into_iter().chain(files(&changed)).collect(), gone: files(&gone) }
    }
}

/// The changes of scripts in the folders of packages and links. Paths are relative to the workspace's root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files and links that are new or changed.
    pub written: BTreeSet<String>,
    /// Files and links that were removed.
    pub gone: BTreeSet<String>,
}

/// The difference between two lists.
#[derive(Debug, Default)]
struct ListDifference<'a> {
    added: Vec<&'a InstallEntry>,
    changed: Vec<&'a InstallEntry>,
    gone: Vec<&'a InstallEntry>,
}

impl<'a> ListDifference<'a> {
    fn between(
        before: &'a Listing,
        now: &'a Listing,
        same: &dyn Fn(&Stamp, &Stamp) -> bool,
    ) -> ListDifference<'a> {
        let mut difference = ListDifference::default();
        let mut rest = before.iter().peekable();
        for entry in now {
            while let Some(old) = rest.next_if(|old| old.0 < entry.0) {
                difference.gone.push(old);
            }
            match rest.next_if(|old| old.0 == entry.0) {
                Some(old) if same(&old.1, &entry.1) => {}
                Some(_) => difference.changed.push(entry),
                None => difference.added.push(entry),
            }
        }
        difference.gone.extend(rest);
        difference
    }
}

#[cfg(test)]
mod tests;
