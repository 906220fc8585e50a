//! Which names a layer has already, so that no reader can be of two minds about it.
//!
//! A name is kept as 128 bits of its BLAKE3, since a layer may have hundreds of thousands: 17 bytes each instead of a
//! path. Two paths with the same 128 bits would be refused as one, which will not happen.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::header::Kind;
use crate::{BlobError, LayerPath};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Directory,
    /// Something lies below it, but it has no entry of its own yet.
    ImpliedDirectory,
    File,
    Other,
}

/// The names of a layer.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: HashMap<[u8; 16], Is>,
    /// The directory of the entry before: most entries lie in the same one, and it was looked at.
    last_parent: Option<String>,
}

impl Names {
    pub(super) fn has_file(&self, path: &LayerPath) -> bool {
        self.names.get(&hash(path.as_str())) == Some(&Is::File)
    }

    /// Notes an entry.
    pub(super) fn add(&mut self, path: &LayerPath, kind: Kind<'_>) -> Result<(), BlobError> {
        self.add_parents(path)?;
        let is = match kind {
            Kind::Directory => Is::Directory,
            Kind::File | Kind::Hardlink(_) => Is::File,
            Kind::Symlink(_) => Is::Other,
        };
        match self.names.entry(hash(path.as_str())) {
            Entry::Vacant(place) => {
                place.insert(is);
                Ok(())
            }
            Entry::Occupied(mut place) if *place.get() == Is::ImpliedDirectory => {
                if is != Is::Directory {
                    return Err(BlobError::NotADirectory { path: path.clone(), at: path.clone() });
                }
                place.insert(is);
                Ok(())
            }
            Entry::Occupied(_) => Err(BlobError::Duplicate { path: path.clone() }),
        }
    }

    fn add_parents(&mut self, path: &LayerPath) -> Result<(), BlobError> {
        let Some((parent, _)) = path.as_str().rsplit_once('/') else { return Ok(()) };
        if self.last_parent.as_deref() == Some(parent) {
            return Ok(());
        }
        for above in path.ancestors() {
            let is = *self.names.entry(hash(above.as_str())).or_insert(Is::ImpliedDirectory);
            if !matches!(is, Is::Directory | Is::ImpliedDirectory) {
                return Err(BlobError::NotADirectory { path: path.clone(), at: above });
            }
        }
        self.last_parent = Some(parent.to_owned());
        Ok(())
    }
}

fn hash(path: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.iter_mut().zip(blake3::hash(path.as_bytes()).as_bytes()).for_each(|(to, from)| *to = *from);
    short
}
