//! Layers, one upon the other. Comes in: layers as they were read, from the lowest. Goes out: the tree that a container
//! engine would unpack: whiteouts hide what lies below them, parents are followed through links, a file replaces a folder
//! with all in it. The order of entries in a layer does not matter to its whiteouts: they mean the layers below only.
//! It also knows which entry of which layer each file is: hard links share one.

use std::collections::BTreeMap;

use crate::error::{Result, RootfsError};
use crate::metadata::budget::ReadBudget;
use crate::metadata::layer::{AddedPath, LayerContents};
use crate::metadata::walk::{End, join, walk};
use crate::metadata::{TreeEntry, TreeKind};

/// Where a file's bytes are: the number of the layer, counted as the layers are applied, and of the entry among what it adds.
pub(crate) type FileSource = (usize, usize);

/// The merged tree, and the contents that were kept, by real path.
#[derive(Debug, Default)]
pub(crate) struct FileTree {
    pub entries: BTreeMap<String, TreeEntry>,
    pub contents: BTreeMap<String, Vec<u8>>,
    /// Of the entries that are files.
    pub sources: BTreeMap<String, FileSource>,
    layers: usize,
}

impl FileTree {
    /// Lays one more layer on top; `name` is for messages.
    pub(crate) fn apply(&mut self, layer: &LayerContents, name: &str, budget: &ReadBudget) -> Result<()> {
        for path in &layer.opaque {
            self.clear(path);
        }
        for path in &layer.whiteouts {
            if let End::Found(real) = walk(&self.entries, path, false) {
                self.remove(&real);
            }
        }
        for (number, (path, added)) in layer.added.iter().enumerate() {
            let real = self.place(path, name, budget)?;
            budget.spend(real.len()).map_err(|reason| RootfsError::layer(name, path, reason))?;
            match added {
                AddedPath::Entry(entry) => {
                    let source = (self.layers, number);
                    self.put(real, entry.clone(), layer.contents.get(path), Some(source));
                }
                AddedPath::Hardlink(target) => self.link(real, target, name)?,
            }
        }
        self.layers += 1;
        Ok(())
    }

    fn clear(&mut self, path: &str) {
        match walk(&self.entries, path, true) {
            End::Root => *self = Self { layers: self.layers, ..Self::default() },
            End::Found(real) => self.remove_below(&real),
            End::Missing(_) | End::NotDirectory(_) | End::Loop => {}
        }
    }

    fn remove(&mut self, real: &str) {
        self.forget(real);
        self.remove_below(real);
    }

    fn remove_below(&mut self, real: &str) {
        // '0' is the character behind '/': between the two lies all that is below the directory.
        let range = format!("{real}/")..format!("{real}0");
        let below: Vec<String> = self.entries.range(range).map(|(path, _)| path.clone()).collect();
        below.iter().for_each(|path| self.forget(path));
    }

    fn forget(&mut self, real: &str) {
        self.entries.remove(real);
        self.contents.remove(real);
        self.sources.remove(real);
    }

    /// The real path of an entry that is to be added, its parents made where no layer states them.
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
                return Err(RootfsError::layer(name, path, "the links among its parents are a loop"));
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

    fn put(
        &mut self,
        real: String,
        entry: TreeEntry,
        content: Option<&Vec<u8>>,
        source: Option<FileSource>,
    ) {
        let merges = entry.kind == TreeKind::Directory
            && self.entries.get(&real).is_some_and(|below| below.kind == TreeKind::Directory);
        if !merges && self.entries.contains_key(&real) {
            self.remove(&real);
        }
        if let Some(content) = content {
            self.contents.insert(real.clone(), content.clone());
        }
        if let Some(source) = source.filter(|_| matches!(entry.kind, TreeKind::File(_))) {
            self.sources.insert(real.clone(), source);
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
                    format!("a hard link to {target:?}, which is not there"),
                ));
            }
        };
        let Some(entry) = self.entries.get(&found).filter(|entry| entry.kind != TreeKind::Directory).cloned()
        else {
            return Err(RootfsError::layer(name, &real, format!("a hard link to the directory {target:?}")));
        };
        if found != real {
            let (content, source) = (self.contents.get(&found).cloned(), self.sources.get(&found).copied());
            self.put(real, entry, content.as_ref(), source);
        }
        Ok(())
    }
}

fn no_directory(layer: &str, path: &str, real: &str) -> RootfsError {
    RootfsError::layer(layer, path, format!("{real:?}, where it is to lie, is no directory"))
}
