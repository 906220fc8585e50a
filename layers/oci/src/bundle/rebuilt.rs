//! The deltas of a bundle → the blobs in the store, before anything is sent. In: an open bundle, the registry that has
//! the old blobs. Out: the store has every blob, or an error names what the registry lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_blob::{Digest, Encoder};
use fourply_delta::{Delta, DeltaError, rebuild};
use fourply_store::{Progress, Store};

use super::contents::{BundleContents, DeltaSource, UNNAMED_ENCODER};
use super::deltas::content;
use super::site::below;
use crate::blob::{Blob, BlobContent};
use crate::descriptor::Descriptor;
use crate::registry::{Registries, RegistryError};
use crate::transfer::{Local, Origin as _, TransferError};

/// The deltas of a bundle. This program has all of their encoders.
pub(super) struct Rebuilding<'r> {
    path: &'r Path,
    contents: &'r BundleContents,
    /// By the digest of the rebuilt blob.
    deltas: BTreeMap<Digest, Blob>,
}

impl<'r> Rebuilding<'r> {
    /// Finds all deltas of the bundle.
    ///
    /// # Errors
    /// If a delta is missing or needs an encoder that this program does not have.
    pub(super) fn of(
        local: &Local,
        path: &'r Path,
        contents: &'r BundleContents,
    ) -> Result<Rebuilding<'r>, TransferError> {
        check(path, &contents.encoders, contents)?;
        let deltas = contents.deltas.iter();
        let deltas = deltas.map(|(digest, one)| Ok((*digest, local.blob(&one.delta)?)));
        Ok(Rebuilding { path, contents, deltas: deltas.collect::<Result<_, TransferError>>()? })
    }

    /// The deltas, as blobs of the bundle.
    pub(super) fn blobs(&self) -> impl Iterator<Item = &Blob> {
        self.deltas.values()
    }

    /// Rebuilds every blob that the store lacks. Sources in old images are fetched from the registry.
    ///
    /// # Errors
    /// If an old image is missing or a delta is damaged.
    pub(super) fn run(
        &self,
        registry: &str,
        registries: &Registries,
        store: &Store,
        progress: &dyn Progress,
    ) -> Result<(), TransferError> {
        let missing = self.deltas.iter().filter(|(digest, _)| store.sound_blob(digest).is_none());
        let missing: Vec<(&Digest, &Blob)> = missing.collect();
        // Only one recipe is in memory at a time: a hostile bundle may have many large ones.
        let (mut needed, mut bytes) = (BTreeSet::new(), 0);
        for (digest, blob) in &missing {
            let delta = self.open(digest, blob)?;
            needed.extend(delta.sources().iter().map(|source| source.digest));
            bytes += delta.target().size;
        }
        self.bring(&needed, registry, registries, store, progress)?;
        progress.begin_bytes("rebuild", bytes);
        let result = missing.iter().try_for_each(|(digest, blob)| {
            let delta = self.open(digest, blob)?;
            self.rebuild(&delta, store)?;
            progress.advance(delta.target().size);
            Ok(())
        });
        progress.end();
        result
    }

    /// Opens a delta and checks that it matches the bundle's document.
    fn open(&self, digest: &Digest, blob: &Blob) -> Result<Delta, TransferError> {
        let delta = Delta::open(content(blob)?).map_err(|error| self.damaged(digest, error))?;
        let size = self.contents.deltas.get(digest).map(|one| one.size);
        let known = |source: &fourply_delta::SourceBlob| {
            self.contents.sources.get(&source.digest).is_some_and(|known| known.size == source.size)
        };
        if delta.target().digest != *digest || Some(delta.target().size) != size {
            return Err(self.damaged(digest, DeltaError::Malformed("it leads to another blob")));
        }
        if !delta.sources().iter().all(known) {
            let reason = "it needs blobs that the bundle's document does not name";
            return Err(self.damaged(digest, DeltaError::Malformed(reason)));
        }
        if !self.contents.has_encoders(&delta) {
            return Err(self.damaged(digest, DeltaError::Malformed(UNNAMED_ENCODER)));
        }
        check(self.path, delta.encoders(), self.contents)?;
        Ok(delta)
    }

    fn damaged(&self, digest: &Digest, source: DeltaError) -> TransferError {
        let (path, source) = (self.path.to_path_buf(), Box::new(source));
        TransferError::Delta { path, digest: *digest, source }
    }

    /// Fetches the sources image by image, so that an error can name the missing image.
    fn bring(
        &self,
        needed: &BTreeSet<Digest>,
        registry: &str,
        registries: &Registries,
        store: &Store,
        progress: &dyn Progress,
    ) -> Result<(), TransferError> {
        let mut by_image: BTreeMap<&str, BTreeMap<Digest, &DeltaSource>> = BTreeMap::new();
        for digest in needed.iter().filter(|digest| store.sound_blob(digest).is_none()) {
            if let Some(known) = self.contents.sources.get(digest) {
                by_image.entry(&known.image).or_default().insert(*digest, known);
            }
        }
        for (image, sources) in by_image {
            for (digest, source) in sources {
                let place = below(registry, &source.repository, "latest")?;
                let media_type = "application/octet-stream".to_owned();
                let descriptor = Descriptor { media_type, digest, size: source.size };
                registries.fetch(&place, &[descriptor], progress).map_err(|error| match error {
                    RegistryError::Status { status, .. } if status.as_u16() == 404 => {
                        TransferError::OldImage { place: place.name(), image: image.to_owned(), digest }
                    }
                    other => other.into(),
                })?;
            }
        }
        Ok(())
    }

    fn rebuild(&self, delta: &Delta, store: &Store) -> Result<(), TransferError> {
        let target = delta.target();
        let in_store = |source| TransferError::Store { what: target.digest.to_string(), source };
        let mut contents = BTreeMap::new();
        for source in delta.sources() {
            let descriptor =
                Descriptor { media_type: String::new(), digest: source.digest, size: source.size };
            let file = BlobContent::File(store.blob_place(&source.digest));
            let blob = Blob { descriptor, content: file, origin: None };
            contents.insert(source.digest, content(&blob)?);
        }
        let mut out = store.blob_writer().map_err(in_store)?;
        rebuild(delta, &contents, &mut out).map_err(|error| self.damaged(&target.digest, error))?;
        out.commit(Some(&target.digest)).map_err(in_store)?;
        Ok(())
    }
}

/// Checks that this program has all of these encoders.
fn check(path: &Path, encoders: &[Encoder], contents: &BundleContents) -> Result<(), TransferError> {
    let wanted: Vec<Encoder> = encoders.iter().filter(|encoder| encoder.codec().is_none()).cloned().collect();
    let writer = match contents.writer.is_empty() {
        true => "the program".to_owned(),
        false => contents.writer.clone(),
    };
    match wanted.is_empty() {
        true => Ok(()),
        false => Err(TransferError::Encoders { path: path.to_path_buf(), wanted, writer }),
    }
}
