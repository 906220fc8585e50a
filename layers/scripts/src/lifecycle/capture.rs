//! Captures the results of install scripts in a package's slot. In: the slot on disk, and the layout's own entries.
//! Out: archives.
//!
//! It takes every file and link of the package's folder except those of the layout. Empty folders and links out of the
//! package are left out, as in an install that takes the package from pnpm's store. The same holds for entries next to
//! the package, in the slot's node_modules, such as the folder `.prisma`. Nothing else that scripts write is taken.

use std::collections::BTreeSet;

use fourply_blob::Key;
use fourply_pnpm::{Node, Slot, Target, Tree};
use fourply_store::{Pack, PackBuilder, Store, StoreError};

use crate::beneath::{Beneath, Found};
use crate::elf;
use crate::written::{Places, Written};
use crate::{Event, Report, Result, ScriptsError};

/// The files next to a package, in a folder that others share, without installed entries; by path from the root.
pub(super) fn beside(root: &Beneath, slot: &Slot, tree: &Tree) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![slot.modules()];
    while let Some(folder) = folders.pop() {
        for (name, entry) in root.entries(&folder)? {
            let place = format!("{folder}/{name}");
            if is_installed(tree, &place) {
                continue;
            }
            match entry.is_folder() {
                true => folders.push(place),
                false => drop(found.insert(place)),
            }
        }
    }
    Ok(found)
}

/// Whether a package, a link or the commands of a folder are at a path.
fn is_installed(tree: &Tree, place: &str) -> bool {
    let is_slot = tree.slot_around(place).is_some_and(|slot| slot.dir == place);
    let is_link = tree.links.get(place).is_some_and(|node| *node != Node::Directory);
    is_slot || is_link || place.rsplit('/').next().is_some_and(|name| matches!(name, ".bin" | ".pnpm"))
}

/// `path` relative to a folder around it.
fn inside<'p>(folder: &str, path: &'p str) -> &'p str {
    path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}

/// A package whose scripts ran.
pub(super) struct ScriptCapture<'a> {
    pub root: &'a Beneath,
    pub slot: &'a Slot,
    /// All installed entries.
    pub tree: &'a Tree,
    /// The files next to the package from before its scripts, if others share that folder.
    pub before: &'a BTreeSet<String>,
    /// The published package.
    pub published: &'a Pack,
    /// Paths of this host, with their replacements.
    pub places: &'a Places,
    /// The platform for binaries.
    pub target: &'a Target,
    /// Receives warnings about what is left out.
    pub report: &'a dyn Report,
}

/// The cached result of a package's scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    pub package: Key,
    /// The files next to it: an archive, which may be empty.
    pub beside: Key,
}

impl ScriptCapture<'_> {
    /// Stores the package and the files next to it.
    pub(super) fn keep(&self, store: &Store) -> Result<Left> {
        Ok(Left { package: self.package(store)?, beside: self.beside(store)? })
    }

    fn package(&self, store: &Store) -> Result<Key> {
        let mut builder = PackBuilder::spooling(store);
        let mut folders = vec![self.slot.package_dir.clone()];
        while let Some(folder) = folders.pop() {
            for (name, found) in self.root.entries(&folder)? {
                let place = format!("{folder}/{name}");
                if self.slot.nodes.contains_key(&place) && !found.is_folder() {
                    continue;
                }
                let path = inside(&self.slot.package_dir, &place);
                if found.is_folder() {
                    // The location of another package.
                    if !self.slot.nested.contains(&place) {
                        folders.push(place);
                    }
                } else if found.is_link() {
                    match builder.add_symlink(&self.places.path(path), &self.root.target(&place)?) {
                        Err(StoreError::Path { reason, .. }) => self.warn_of_link(path, &reason.to_string()),
                        other => other?,
                    }
                } else if found.is_file() {
                    let bytes = self.file(path, self.root.read(&place)?)?;
                    builder.add_file(&self.places.path(path), found.is_executable(), bytes)?;
                } else {
                    self.warn_of_special(path);
                }
            }
        }
        Ok(builder.save(store)?)
    }

    /// A file's content in its form for the image.
    fn file(&self, path: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
        let published = self.published.find(path).map(|entry| self.published.bytes(entry)).transpose()?;
        if published.as_deref() == Some(&*bytes) {
            return Ok(bytes);
        }
        if let Some(binary) = elf::inspect(&bytes) {
            // Object files are for the same platform as the binaries linked from them.
            binary.check(self.target).map_err(|reason| ScriptsError::ForeignBinary {
                package: self.slot.dep_path.to_string(),
                path: path.to_owned(),
                reason,
            })?;
            return Ok(bytes);
        }
        Ok(self.places.content(bytes))
    }

    fn beside(&self, store: &Store) -> Result<Key> {
        let modules = self.slot.modules();
        let mut written = Written::new(store, self.places, self.target);
        let mut folders = vec![modules.clone()];
        while let Some(folder) = folders.pop() {
            for (name, found) in self.root.entries(&folder)? {
                let place = format!("{folder}/{name}");
                let node = self.slot.nodes.get(&place);
                if place == self.slot.package_dir || node.is_some_and(|node| *node != Node::Directory) {
                    self.warn_of_node(&place, node, &found);
                    continue;
                }
                if !self.slot.is_apart() && (self.before.contains(&place) || is_installed(self.tree, &place))
                {
                    continue;
                }
                let path = inside(&modules, &place);
                if found.is_folder() {
                    folders.push(place);
                } else if found.is_link() {
                    let refused = written.link(path, &self.root.target(&place)?)?;
                    refused.into_iter().for_each(|reason| self.warn_of_link(path, &reason));
                } else if found.is_file() {
                    written.file(path, found.is_executable(), self.root.read(&place)?)?;
                } else {
                    self.warn_of_special(path);
                }
            }
        }
        match written.save(store, self.slot.dep_path.as_str())? {
            Some(pack) => Ok(pack),
            None => Ok(PackBuilder::new().save(store)?),
        }
    }

    fn warn_of_link(&self, path: &str, reason: &str) {
        self.warn(&format!("left {path}, a link that is not taken: {reason}"));
    }

    fn warn_of_special(&self, path: &str) {
        self.warn(&format!("left {path}, which is not a file, folder or link: the image does not have it"));
    }

    /// Entries of the layout stay unchanged.
    fn warn_of_node(&self, place: &str, node: Option<&Node>, found: &Found) {
        let same = match node {
            Some(Node::Symlink(_)) => found.is_link(),
            _ => true,
        };
        if !same {
            self.warn(&format!("replaced {place}, which stays a link"));
        }
    }

    fn warn(&self, what: &str) {
        let text = format!("the install scripts of {} {what}", self.slot.dep_path);
        self.report.event(Event::Warning { text: &text });
    }
}
