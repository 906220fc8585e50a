//! Whether a file of an install still holds what was installed. In: the tree, the store, a path. Out: yes or no. It knows no lists.

use std::borrow::Cow;
use std::path::Path;

use fourply_pnpm::{Node, Slot, Tree};
use fourply_store::Store;

use super::Changes;
use crate::{Result, ScriptsError};

/// What was installed, to compare files with.
#[derive(Debug, Clone, Copy)]
pub struct Installed<'a> {
    pub store: &'a Store,
    pub tree: &'a Tree,
    /// Where it was put.
    pub root: &'a Path,
}

impl Installed<'_> {
    /// Removes from `changes` those of `touched` that hold what was installed: a hard link to a file, or a time that was set, is no change of
    /// it.
    ///
    /// # Errors
    /// Packs and files that cannot be read.
    pub fn forgive(&self, touched: &[String], changes: &mut Changes) -> Result<()> {
        for path in touched {
            if self.holds(path)? {
                changes.written.remove(path);
            }
        }
        Ok(())
    }

    /// What is known of no package and no link was not installed from here.
    fn holds(&self, path: &str) -> Result<bool> {
        let file = self.root.join(path);
        // Nothing but another link changes where a link leads to.
        if fs_err::symlink_metadata(&file)?.is_symlink() {
            return Ok(true);
        }
        let slot = self.tree.slot_around(path);
        let node = slot.and_then(|slot| slot.nodes.get(path)).or_else(|| self.tree.links.get(path));
        match (node, slot) {
            (Some(Node::File { bytes, .. }), _) => Ok(fs_err::read(&file)? == **bytes),
            (Some(_), _) | (None, None) => Ok(false),
            (None, Some(slot)) => self.holds_packed(slot, path, &file),
        }
    }

    fn holds_packed(&self, slot: &Slot, path: &str, file: &Path) -> Result<bool> {
        let name = path.strip_prefix(&slot.package_dir).and_then(|name| name.strip_prefix('/'));
        let Some(name) = name else { return Ok(false) };
        let failed = |source| ScriptsError::at(format!("cannot read {name} of {}", slot.dep_path), source);
        let pack = self.store.open_pack(&slot.pack).map_err(failed)?;
        let Some(entry) = pack.find(name) else { return Ok(false) };
        let bytes = match slot.replaced.get(name) {
            Some(bytes) => Cow::Borrowed(&**bytes),
            None => pack.bytes(entry).map_err(failed)?,
        };
        Ok(fs_err::read(file)? == *bytes)
    }
}
