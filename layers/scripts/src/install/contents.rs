//! Whether a file of an install still has the installed content. In: the tree, the store, a path. Out: yes or no. It
//! does not use lists.

use std::borrow::Cow;
use std::path::Path;

use fourply_pnpm::{Node, Slot, Tree};
use fourply_store::{PackKind, Store};

use super::Changes;
use crate::beneath::{Beneath, Found};
use crate::{Result, ScriptsError};

/// The installed state, to compare files with.
#[derive(Debug, Clone, Copy)]
pub struct Installed<'a> {
    pub store: &'a Store,
    pub tree: &'a Tree,
    /// The folder of the install.
    pub root: &'a Path,
}

impl Installed<'_> {
    /// Removes from `changes` the files of `touched` that still have the installed content. A new inode, a hard link,
    /// or changed times do not count as a change.
    ///
    /// # Errors
    /// Archives or files that cannot be read.
    pub fn forgive(&self, touched: &[String], changes: &mut Changes) -> Result<()> {
        let root = Beneath::open(self.root)?;
        for path in touched {
            if self.holds(&root, path)? {
                changes.written.remove(path);
            }
        }
        Ok(())
    }

    /// A path that belongs to no package and no link was not installed here.
    fn holds(&self, root: &Beneath, path: &str) -> Result<bool> {
        let Some(found) = root.found(path)? else { return Ok(false) };
        let found = OnDisk { root, path, found };
        let slot = self.tree.slot_around(path);
        let node = slot.and_then(|slot| slot.nodes.get(path)).or_else(|| self.tree.links.get(path));
        match (node, slot) {
            (Some(Node::File { executable, bytes }), _) => found.is_file(*executable, bytes),
            (Some(Node::Symlink(target)), _) => found.is_link(target),
            (Some(Node::Directory), _) | (None, None) => Ok(false),
            (None, Some(slot)) => self.holds_packed(slot, path, &found),
        }
    }

    fn holds_packed(&self, slot: &Slot, path: &str, found: &OnDisk<'_>) -> Result<bool> {
        let name = path.strip_prefix(&slot.package_dir).and_then(|name| name.strip_prefix('/'));
        let Some(name) = name else { return Ok(false) };
        let failed = |source| ScriptsError::at(format!("cannot read {name} of {}", slot.dep_path), source);
        let pack = self.store.open_pack(&slot.pack).map_err(failed)?;
        let Some(entry) = pack.find(name) else { return Ok(false) };
        let executable = match &entry.kind {
            PackKind::Symlink { target } => return found.is_link(target),
            PackKind::File { executable } => *executable || slot.executables.contains(name),
        };
        let bytes = match slot.replaced.get(name) {
            Some(bytes) => Cow::Borrowed(&**bytes),
            None => pack.bytes(entry).map_err(failed)?,
        };
        found.is_file(executable, &bytes)
    }
}

/// The current entry at a path.
struct OnDisk<'p> {
    root: &'p Beneath,
    path: &'p str,
    found: Found,
}

impl OnDisk<'_> {
    fn is_file(&self, executable: bool, bytes: &[u8]) -> Result<bool> {
        let alike = self.found.is_file()
            && self.found.size() == bytes.len() as u64
            && self.found.is_executable() == executable;
        Ok(alike && self.root.read(self.path)? == bytes)
    }

    fn is_link(&self, target: &str) -> Result<bool> {
        Ok(self.found.is_link() && self.root.target(self.path)? == target)
    }
}
