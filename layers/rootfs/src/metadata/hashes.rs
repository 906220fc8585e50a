//! Hashes of an image's files. In: layers in the store, the paths that count. Out: a hash for each file in the layers;
//! for a path in several layers, the highest counts. Whether a path still exists in the merged tree is known by
//! [`RootfsMetadata`](super::RootfsMetadata).

use std::collections::BTreeMap;
use std::io::Read;

use fourply_store::Store;
use sha1::{Digest as _, Sha1};

use crate::error::{Result, RootfsError};
use crate::metadata::budget::ReadBudget;
use crate::metadata::layer::{AddedPath, FileSink, read_into};
use crate::metadata::read::LayerDigests;
use crate::tarball::{TarEntry, normalise};

/// The hash of a content. It is not used for security.
pub type ContentHash = [u8; 20];

/// The hashes of files by path, without a leading slash, from layers ordered from the lowest.
///
/// # Errors
/// As reading metadata.
pub fn content_hashes(
    store: &Store,
    layers: &[LayerDigests],
    counts: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, ContentHash>> {
    let mut found: BTreeMap<String, ContentHash> = BTreeMap::new();
    for layer in layers {
        let name = layer.digest.to_string();
        let Some(path) = store.blob_path(&layer.digest) else {
            return Err(RootfsError::layer(&name, "", "it is not in the store"));
        };
        let mut hashing = HashedFiles { counts, hashes: BTreeMap::new() };
        let blob = fs_err::File::open(path)?;
        let (contents, _) = read_into(blob, &name, &ReadBudget::default(), Some(&mut hashing))?;
        for (number, (path, added)) in contents.added.into_iter().enumerate() {
            let hash = match &added {
                AddedPath::Entry(_) => hashing.hashes.remove(&number),
                AddedPath::Hardlink(target) => found.get(target).copied(),
            };
            match hash.filter(|_| counts(&path)) {
                Some(hash) => found.insert(path, hash),
                None => found.remove(&path),
            };
        }
    }
    Ok(found)
}

struct HashedFiles<'a> {
    counts: &'a dyn Fn(&str) -> bool,
    /// By the position of the files in their layer.
    hashes: BTreeMap<usize, ContentHash>,
}

impl FileSink for HashedFiles<'_> {
    fn file(&mut self, number: usize, entry: &TarEntry, content: &mut dyn Read) -> std::io::Result<()> {
        let path = normalise(&entry.path).ok().flatten();
        if !path.is_some_and(|path| (self.counts)(&path)) {
            return Ok(());
        }
        let mut hash = Sha1::new();
        let mut buffer = [0; 1 << 14];
        loop {
            match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => hash.update(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.hashes.insert(number, hash.finalize().into());
        Ok(())
    }
}
