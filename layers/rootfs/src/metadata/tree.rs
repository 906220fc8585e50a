//! Merges layers. In: layers as read, from the lowest. Out: the tree that a container engine would unpack: whiteouts
//! hide entries of lower layers, parents are followed through links, a file replaces a folder with its content. The
//! position of a whiteout in its layer does not matter: it applies only to lower layers.

use std::collections::BTreeMap;

use crate::error::{Result, RootfsError};
use crate::metadata::budget::ReadBudget;
use crate::metadata::layer::{AddedPath, LayerContents};
use crate::metadata::walk::{End, join, walk};
use crate::metadata::{TreeEntry, TreeKind};

/// The merged tree, and the kept contents, by real path.
#[derive(Debug, Default)]
pub(super) struct FileTree {
    pub entries: BTreeMap<String, TreeEntry>,
    pub contents: BTreeMap<String, Vec<u8>>,
    /// The origin of each file's content, if wanted: the number of its layer, and its own number in that layer.
    pub origins: Option<BTreeMap<String, Origin>>,
}

/// The number of a layer, and of a file in it. All names of one file have the same origin.
pub(super) type Origin = (usize, usize);

impl FileTree {
    /// Adds the next higher layer; `name` is for messages.
    pub(super) fn apply(&mut self, layer: &LayerContents, name: &str, budget: &ReadBudget) -> Result<()> {
        self.apply_numbered(layer, 0, name, budget)
    }

    /// As [`FileTree::apply`], with the layer's number for [`FileTree::origins`].
    pub(super) fn apply_numbered(
        &mut self,
        layer: &LayerContents,
        number: usize,
        name: &str,
        budget: &ReadBudget,
    ) -> Result<()> {
        for path in &layer.opaque {
            self.clear(path);
        }
        for path in &layer.whiteouts {
            if let End::Found(real) = walk(&self.entries, path, false) {
                self.remove(&real);
            }
        }
        for (file, (path, added)) in layer.added.iter().enumerate() {
            let real = self.place(path, name, budget)?;
            budget.spend(real.len()).map_err(|reason| RootfsError::layer(name, path, reason))?;
            match added {
                AddedPath::Entry(entry) => {
                    self.put(real, entry.clone(), layer.contents.get(path), Some((number, file)));
                }
                AddedPath::Hardlink(target) => self.link(real, target, name)?,
            }
        }
        Ok(())
    }

    fn clear(&mut self, path: &str) {
        match walk(&self.entries, path, true) {
            End::Root => {
                *self = Self { origins: self.origins.is_some().then(BTreeMap::new), ..Self::default() };
            }
            End::Found(real) => self.remove_below(&real),
            End::Missing(_) | End::NotDirectory(_) | End::Loop => {}
        }
    }

    fn remove(&mut self, real: &str) {
        self.remove_one(real);
        self.remove_below(real);
    }

    fn remove_below(&mut self, real: &str) {
        // '0' is the character after '/': everything below the directory is between the two.
        let range = format!("{real}/")..format!("{real}0");
        let below: Vec<String> = self.entries.range(range).map(|(path, _)| path.clone()).collect();
        below.iter().for_each(|path| self.remove_one(path));
    }

    fn remove_one(&mut self, real: &str) {
        self.entries.remove(real);
        self.contents.remove(real);
        if let Some(origins) = &mut self.origins {
            origins.remove(real);
        }
    }

    /// The real path of an entry to add. Parents without a layer entry are created.
    fn place(&mut self, path: &str, name: &str, budget: &ReadBudget) -> Result<String> {
        let Some((parent, last)) = path.rsplit_once('/') else { return Ok(path.to_owned()) };
        if self.entries.get(parent).is_some_and(|entry| entry.kind == TreeKind::Directory) {
            return Ok(path.to_owned());
        }
        let folder = match walk(&self.entries, parent, true) {
            End::Root => String::new(),
            End::Found(real) => match self.entries.get(&real).map(|entry| &entry.kind) {
                Some(TreeKind::Directory) => real,
                _ => return Err(no_directory(name, path, &real)),
            },
            End::Missing(real) => {
                self.make(real, budget).map_err(|reason| RootfsError::layer(name, path, reason))?
            }
            End::NotDirectory(real) => return Err(no_directory(name, path, &real)),
            End::Loop => {
                return Err(RootfsError::layer(name, path, "the links among its parents form a loop"));
            }
        };
        Ok(join(&folder, last))
    }

    fn make(&mut self, folder: String, budget: &ReadBudget) -> Result<String, String> {
        let ends = folder.match_indices('/').map(|(end, _)| end).chain([folder.len()]);
        for path in ends.filter_map(|end| folder.get(..end)) {
            budget.spend(path.len())?;
            self.entries.entry(path.to_owned()).or_insert_with(TreeEntry::implied_directory);
        }
        Ok(folder)
    }

    fn put(&mut self, real: String, entry: TreeEntry, content: Option<&Vec<u8>>, origin: Option<Origin>) {
        let merges = entry.kind == TreeKind::Directory
            && self.entries.get(&real).is_some_and(|below| below.kind == TreeKind::Directory);
        if !merges && self.entries.contains_key(&real) {
            self.remove(&real);
        }
        if let Some(content) = content {
            self.contents.insert(real.clone(), content.clone());
        }
        if let (Some(origins), Some(origin), TreeKind::File(_)) = (&mut self.origins, origin, &entry.kind) {
            origins.insert(real.clone(), origin);
        }
        self.entries.insert(real, entry);
    }

    fn link(&mut self, real: String, target: &str, name: &str) -> Result<()> {
        let found = match walk(&self.entries, target, false) {
            End::Found(found) => found,
            _ => {
                return Err(RootfsError::layer(
                    name,
                    &real,
                    format!("a hard link to {target:?}, which does not exist"),
                ));
            }
        };
        let Some(entry) = self.entries.get(&found).filter(|entry| entry.kind != TreeKind::Directory).cloned()
        else {
            return Err(RootfsError::layer(name, &real, format!("a hard link to the directory {target:?}")));
        };
        if found != real {
            let content = self.contents.get(&found).cloned();
            let origin = self.origins.as_ref().and_then(|origins| origins.get(&found).copied());
            self.put(real, entry, content.as_ref(), origin);
        }
        Ok(())
    }
}

fn no_directory(layer: &str, path: &str, real: &str) -> RootfsError {
    RootfsError::layer(layer, path, format!("its parent {real:?} is not a directory"))
}
