//! The node_modules of a kept build folder, and what scripts did to them.
//!
//! Packages are put on disk as files of the install's own. A script may write into node_modules: caches, generated clients. The next build
//! must not see that, so a list of what was installed (mode, size, times and inode of each entry) is kept and compared before and after each
//! build: what was added is removed; where something was changed, the install is thrown away. So is that of a store that was copied, and of before a restart of the machine. What a
//! build changed is told by contents: the list says only which files have to be read.
//!
//! What install scripts left beside packages is what build steps write over (Prisma). It is no part of that list: it is put there
//! again, as files of its own, for each build.

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

/// The folders that packages and links lie in, relative to the workspace's root, none in another.
pub fn modules_of(closure: &Closure, settings: &PnpmSettings) -> BTreeSet<String> {
    let (links, packages) = (&settings.folders.modules_dir, &settings.folders.virtual_store_dir);
    let apart = packages.strip_prefix(links.as_str()).is_none_or(|rest| !rest.starts_with('/'));
    let importers = closure.importers.iter().chain(&closure.others).map(|id| id.path_of(links));
    importers.chain([links.clone()]).chain(apart.then(|| packages.clone())).collect()
}

/// Whether the node_modules below `root`, where `found` lies now, are what was installed, once what was added is removed.
///
/// # Errors
/// An addition that cannot be removed.
pub fn restore(root: &Path, installed: &InstallSnapshot, found: &InstallSnapshot) -> Result<bool> {
    let difference = ListDifference::between(&installed.0, &found.0, &Stamp::eq);
    if !difference.changed.is_empty() || !difference.gone.is_empty() {
        return Ok(false);
    }
    let root = Beneath::open(root)?;
    // What lies in an added folder goes with it.
    difference.added.into_iter().try_for_each(|(path, _)| root.remove(path))?;
    Ok(true)
}

/// Puts the tree on disk below `root`, but for what lies beside packages, and writes `list`, last: a list without its install cannot
/// be.
///
/// # Errors
/// Where packs are missing or files cannot be written.
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

/// What lies beside packages: the packs, each with the folder that it belongs to, relative to the workspace's root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside(pub Vec<(String, Key)>);

impl Beside {
    /// That of a tree.
    pub fn of(tree: &Tree) -> Beside {
        Beside(tree.slots.iter().filter_map(|slot| Some((slot.modules(), slot.beside?))).collect())
    }

    /// Puts it on disk.
    ///
    /// # Errors
    /// Where a pack is missing or a file cannot be written.
    pub fn put(&self, store: &Store, root: &Path) -> Result<()> {
        let root = Beneath::open(root)?;
        self.0.iter().try_for_each(|(modules, pack)| put_beside(&*store.open_pack(pack)?, &root, modules))
    }

    /// Removes from `changes` what is still as it was put, and adds what is gone.
    ///
    /// # Errors
    /// Where a pack is missing or a file cannot be read.
    pub fn adjust(&self, store: &Store, root: &Path, changes: &mut Changes) -> Result<()> {
        let root = Beneath::open(root)?;
        for (modules, pack) in &self.0 {
            let pack = store.open_pack(pack)?;
            for entry in pack.entries() {
                let path = format!("{modules}/{}", entry.path);
                let found = match root.found(&path) {
                    Ok(Some(found)) => found,
                    // What lies behind a link is not what was put there.
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

/// What lies in the folders of packages and links at some time.
#[derive(Debug)]
pub struct InstallSnapshot(Listing);

impl InstallSnapshot {
    /// What lies there now.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn of(root: &Path, modules: &BTreeSet<String>) -> Result<InstallSnapshot> {
        Ok(InstallSnapshot(listing(root, modules)?))
    }

    /// What was installed, if a list says it.
    pub fn installed(list: &Path) -> Option<InstallSnapshot> {
        read_list(list, boot_id()).map(InstallSnapshot)
    }

    /// The files and links that were there before and that something was done to: whether that changed what they hold, only their contents tell.
    pub fn touched_since(&self, before: &InstallSnapshot) -> Vec<String> {
        let touched = ListDifference::between(&before.0, &self.0, &Stamp::eq).changed;
        let files = touched.into_iter().filter(|(_, stamp)| *stamp != Stamp::Folder);
        files.map(|(path, _)| path.clone()).collect()
    }

    /// What was done since an earlier one. What was touched counts as written: [`Installed::forgive`] takes out what holds the same.
    pub fn since(&self, before: &InstallSnapshot) -> Changes {
        let ListDifference { added, changed, gone } = ListDifference::between(&before.0, &self.0, &Stamp::eq);
        let files = |entries: &[&InstallEntry]| -> BTreeSet<String> {
            let files = entries.iter().filter(|(_, stamp)| *stamp != Stamp::Folder);
            files.map(|(path, _)| path.clone()).collect()
        };
        Changes { written: files(&added).into_iter().chain(files(&changed)).collect(), gone: files(&gone) }
    }
}

/// What scripts did in the folders of packages and links. Paths are relative to the workspace's root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files and links that are new or another.
    pub written: BTreeSet<String>,
    /// Files and links that are there no more.
    pub gone: BTreeSet<String>,
}

/// How two lists differ.
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
