//! The contents of some files of an image. Comes in: layers in the store, which paths count. Goes out: bytes by path, of a file that a later layer states
//! again, the later ones. Whether a path is still there in the end, [`RootfsMetadata`](super::RootfsMetadata) knows.

use std::collections::BTreeMap;
use std::io::Read;

use fourply_store::Store;

use crate::error::{Result, RootfsError};
use crate::metadata::budget::ReadBudget;
use crate::metadata::layer::{AddedPath, FileSink, read_into};
use crate::metadata::read::LayerDigests;
use crate::tarball::{TarEntry, normalise};

/// The most bytes of one file; of a larger one, nothing is given.
const MOST: u64 = 4 << 20;
/// The most bytes of all.
const ALL: usize = 256 << 20;

/// The contents of files by their paths without the slash in front, from the lowest layer to the topmost.
///
/// # Errors
/// As reading metadata; more bytes than any image has in such files.
pub fn file_texts(
    store: &Store,
    layers: &[LayerDigests],
    counts: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for layer in layers {
        let name = layer.digest.to_string();
        let Some(path) = store.blob_path(&layer.digest) else {
            return Err(RootfsError::layer(&name, "", "it is not in the store"));
        };
        let mut kept = KeptFiles { counts, texts: BTreeMap::new(), room: ALL };
        let blob = fs_err::File::open(path)?;
        let (contents, _) = read_into(blob, &name, &ReadBudget::default(), Some(&mut kept))?;
        if kept.room == 0 {
            return Err(RootfsError::layer(
                &name,
                "",
                "its package.json files are larger than any that are known",
            ));
        }
        for (number, (path, added)) in contents.added.into_iter().enumerate() {
            let text = match &added {
                AddedPath::Entry(_) => kept.texts.remove(&number),
                AddedPath::Hardlink(target) => found.get(target).cloned(),
            };
            match text.filter(|_| counts(&path)) {
                Some(text) => drop(found.insert(path, text)),
                None => drop(found.remove(&path)),
            }
        }
    }
    Ok(found)
}

struct KeptFiles<'a> {
    counts: &'a dyn Fn(&str) -> bool,
    /// By the places of the files in their layer.
    texts: BTreeMap<usize, Vec<u8>>,
    /// How many bytes may still come.
    room: usize,
}

impl FileSink for KeptFiles<'_> {
    fn file(&mut self, number: usize, entry: &TarEntry, content: &mut dyn Read) -> std::io::Result<()> {
        let path = normalise(&entry.path).ok().flatten();
        if !path.is_some_and(|path| (self.counts)(&path)) {
            return Ok(());
        }
        let mut text = Vec::new();
        content.take(MOST + 1).read_to_end(&mut text)?;
        self.room = self.room.saturating_sub(text.len());
        if text.len() as u64 <= MOST && self.room > 0 {
            self.texts.insert(number, text);
        }
        Ok(())
    }
}
