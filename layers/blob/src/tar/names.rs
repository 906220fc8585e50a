//! The names in a layer, to ensure that all readers interpret it the same way.
//!
//! In: the entries of all fragments, possibly from several threads at once. Out: an error for a name in two entries,
//! and for a file or link with entries below it. The result does not depend on which of the two came first.
//!
//! A name is kept as 128 bits of its BLAKE3, because a layer may have hundreds of thousands: about 20 bytes each
//! instead of a path. Two paths with the same 128 bits would count as one, but no such pair will ever occur.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use super::header::HeaderKind;
use crate::{BlobError, LayerPath};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Directory,
    /// There are entries below it, but none for itself yet.
    ImpliedDirectory,
    /// A regular file, and its run of entries.
    File(usize),
    Symlink,
}

type Table = HashMap<[u8; 16], Is>;

/// The names of a layer, as one run of its entries sees them.
#[derive(Debug, Default)]
pub(crate) struct Names {
    table: Arc<Mutex<Table>>,
    run: usize,
    /// The directory of the previous entry, already checked: most entries are in the same one.
    last_parent: Option<String>,
}

impl Names {
    /// The same names, for the run with this number.
    pub(crate) fn for_run(&self, run: usize) -> Self {
        Self { table: Arc::clone(&self.table), run, last_parent: None }
    }

    /// Whether an earlier file of the same run has this name. Files of other runs do not count, because their order
    /// depends on the threads.
    pub(super) fn has_file(&self, path: &LayerPath) -> bool {
        self.with_table(|table| table.get(&hash(path.as_str())) == Some(&Is::File(self.run)))
    }

    /// Notes an entry.
    pub(super) fn add(&mut self, path: &LayerPath, kind: HeaderKind<'_>) -> Result<(), BlobError> {
        let is = match kind {
            HeaderKind::Directory => Is::Directory,
            HeaderKind::File | HeaderKind::Hardlink(_) => Is::File(self.run),
            HeaderKind::Symlink(_) => Is::Symlink,
        };
        let parent = path.as_str().rsplit_once('/').map(|(parent, _)| parent);
        let new_parent = parent.filter(|parent| self.last_parent.as_deref() != Some(parent));
        self.with_table(|table| {
            if new_parent.is_some() {
                add_parents(table, path)?;
            }
            add(table, path, is)
        })?;
        if let Some(parent) = new_parent {
            self.last_parent = Some(parent.to_owned());
        }
        Ok(())
    }

    fn with_table<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.table.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn add(table: &mut Table, path: &LayerPath, is: Is) -> Result<(), BlobError> {
    match table.entry(hash(path.as_str())) {
        Entry::Vacant(place) => {
            place.insert(is);
            Ok(())
        }
        Entry::Occupied(mut place) => match (*place.get(), is) {
            (Is::ImpliedDirectory, Is::Directory) => {
                place.insert(is);
                Ok(())
            }
            (Is::ImpliedDirectory, _) => Err(BlobError::NotADirectory { path: path.clone() }),
            _ => Err(BlobError::Duplicate { path: path.clone() }),
        },
    }
}

fn add_parents(table: &mut Table, path: &LayerPath) -> Result<(), BlobError> {
    for above in path.ancestors() {
        let is = *table.entry(hash(above.as_str())).or_insert(Is::ImpliedDirectory);
        if !matches!(is, Is::Directory | Is::ImpliedDirectory) {
            return Err(BlobError::NotADirectory { path: above });
        }
    }
    Ok(())
}

fn hash(path: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.iter_mut().zip(blake3::hash(path.as_bytes()).as_bytes()).for_each(|(to, from)| *to = *from);
    short
}
