//! Folders of an image outside the workspace that its user may write to. In: an account, the base's metadata, paths.
//! Out: the account with the entries of these folders. The base's files there stay unchanged.

use std::collections::BTreeSet;

use fourply_blob::{Entry, LayerPath, Meta};
use fourply_rootfs::{RootfsMetadata, TreeKind};

use crate::accounts::Account;
use crate::error::{BaseError, Result};

/// The permission of everybody to write.
const BY_ALL: u32 = 0o002;
/// The permissions that a folder's owner needs.
const BY_OWNER: u32 = 0o700;

impl Account {
    /// Gives the user these absolute paths: missing folders are created; existing ones, with the folders in them,
    /// become the user's. A folder that everybody may write to, such as /tmp, stays unchanged.
    ///
    /// # Errors
    /// [`BaseError::Setting`] if the base has something else at such a path.
    pub fn with_folders(mut self, rootfs: &RootfsMetadata, folders: &BTreeSet<String>) -> Result<Account> {
        for folder in folders {
            for (path, meta) in self.folders(rootfs, folder)? {
                for (parent, meta) in rootfs.parents(&path) {
                    self.entries.entry(parent).or_insert(Entry::Directory(meta));
                }
                self.entries.insert(path, Entry::Directory(meta));
            }
        }
        Ok(self)
    }

    fn folders(&self, rootfs: &RootfsMetadata, folder: &str) -> Result<Vec<(LayerPath, Meta)>> {
        let refuse = || BaseError::Setting {
            what: "writable folder",
            text: folder.to_owned(),
            reason: "the base has something else there".into(),
        };
        let (uid, gid) = (self.uid, self.gid);
        let Some((real, _)) = rootfs.lookup(folder) else {
            let real = rootfs.real_path(folder).ok_or_else(refuse)?;
            // A dangling link exists, although its target does not.
            return match rootfs.entries.contains_key(&real) {
                true => Err(refuse()),
                false => Ok(vec![(LayerPath::new(real)?, Meta::directory(uid, gid))]),
            };
        };
        let below = format!("{real}/");
        let inside = rootfs.entries.range(below.clone()..).take_while(|(path, _)| path.starts_with(&below));
        let own = rootfs.entries.get_key_value(real).into_iter();
        let mut found = Vec::new();
        for (path, entry) in own.chain(inside) {
            match entry.kind {
                TreeKind::Directory if entry.mode & BY_ALL == 0 => {
                    let meta = Meta { uid, gid, mode: entry.mode | BY_OWNER, ..entry.meta() };
                    found.push((LayerPath::new(path.as_str())?, meta));
                }
                TreeKind::Directory => {}
                _ if path == real => return Err(refuse()),
                _ => {}
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
