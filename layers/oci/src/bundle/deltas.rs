//! Deltas of the blobs that the other side lacks, against those it has. In: the images of a bundle, the other side's
//! blobs. Out: deltas in the store. Each delta was rebuilt here to the digest of its blob. A blob whose delta is not
//! smaller, or cannot be rebuilt, gets none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::sync::Arc;

use fourply_blob::{Digest, DigestWriter, Encoder};
use fourply_delta::{Content, Delta, DeltaError, Source, SourceBlob, Sources, Target, diff, rebuild};
use fourply_store::{Progress, Store};
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::contents::{BundleContents, BundledDelta, DeltaSource};
use super::image::BundledImage;
use super::since::{OldBlob, Since, repository};
use crate::blob::{Blob, BlobContent};
use crate::descriptor::Descriptor;
use crate::media_type;
use crate::transfer::TransferError;

/// How many deltas are computed at once: each needs up to 100 MB of memory.
const AT_ONCE: usize = 2;
/// The cost of a delta in addition to its bytes: its entry in the bundle's document, in bytes.
const ENTRY: u64 = 500;
/// The size of a tar block in bytes: a blob fills whole blocks.
const BLOCK: u64 = 512;

/// The blobs that have a delta.
#[derive(Debug, Default)]
pub struct Deltas {
    by_target: BTreeMap<Digest, Made>,
    sources: BTreeMap<Digest, DeltaSource>,
}

/// A delta in the store.
#[derive(Debug)]
struct Made {
    blob: Blob,
    sources: Vec<Digest>,
    encoders: Vec<Encoder>,
}

impl Deltas {
    /// Computes deltas of all blobs that the other side lacks.
    ///
    /// # Errors
    /// If a blob cannot be read or the store cannot be written.
    pub fn new(
        images: &[BundledImage],
        since: &Since,
        store: &Store,
        progress: &dyn Progress,
    ) -> Result<Deltas, TransferError> {
        let new = digests(images);
        let targets = targets(images, since)?;
        let mut index = sources(since, &new)?;
        for target in &targets {
            let noted = index.versions.expect(&target.content);
            noted.map_err(|source| TransferError::Io { what: target.blob.digest.to_string(), source })?;
        }
        progress.begin_bytes("compare", targets.iter().map(|target| target.blob.size).sum());
        let work = || {
            let made = targets.par_iter().map(|target| {
                let made = delta(target, &index, store);
                progress.advance(target.blob.size);
                Ok(made?.map(|made| (target.blob.digest, made)))
            });
            made.collect::<Result<Vec<_>, TransferError>>()
        };
        let pool = ThreadPoolBuilder::new().num_threads(AT_ONCE).build();
        let made = pool.map_or_else(|_| work(), |pool| pool.install(work));
        progress.end();
        let by_target: BTreeMap<Digest, Made> = made?.into_iter().flatten().collect();
        let needed: BTreeSet<Digest> = by_target.values().flat_map(|made| &made.sources).copied().collect();
        let sources = since.changed(&new).filter(|old| needed.contains(&old.blob.descriptor.digest));
        let sources = sources.map(|old| (old.blob.descriptor.digest, old.source())).collect();
        Ok(Deltas { by_target, sources })
    }

    /// Adds the delta of a blob to a bundle, if there is one.
    pub(super) fn put(&self, blob: &Descriptor, contents: &mut BundleContents) -> Option<Blob> {
        let made = self.by_target.get(&blob.digest)?;
        let delta = made.blob.descriptor.clone();
        contents.add_delta(blob.digest, BundledDelta { size: blob.size, delta });
        for digest in &made.sources {
            let source = self.sources.get(digest).map(|source| (*digest, source.clone()));
            contents.sources.extend(source);
        }
        contents.encoders.extend(made.encoders.iter().cloned());
        contents.encoders.sort();
        contents.encoders.dedup();
        Some(made.blob.clone())
    }
}

impl OldBlob {
    fn source(&self) -> DeltaSource {
        let (repository, image) = (self.repository.clone(), self.image.clone());
        DeltaSource { size: self.blob.descriptor.size, repository, image }
    }
}

/// The digests of all blobs of images. The blobs of an included store are left out: the receiving host may have
/// nothing.
pub fn digests(images: &[BundledImage]) -> BTreeSet<Digest> {
    let images = images.iter().filter(|image| image.artifact_type.is_none());
    images.flat_map(|image| &image.tree.blobs).map(|blob| blob.descriptor.digest).collect()
}

fn targets(images: &[BundledImage], since: &Since) -> Result<Vec<Target>, TransferError> {
    let mut targets: BTreeMap<Digest, Target> = BTreeMap::new();
    for image in images.iter().filter(|image| image.artifact_type.is_none()) {
        let repository = repository(&image.name).unwrap_or_default();
        for blob in image.tree.blobs.iter().filter(|blob| !since.has(&blob.descriptor.digest)) {
            let (named, names) = (named(&blob.descriptor), names(&blob.descriptor, &repository));
            let target = Target { blob: named, content: content(blob)?, names };
            targets.insert(blob.descriptor.digest, target);
        }
    }
    Ok(targets.into_values().collect())
}

/// The blobs of the other side that are on this host and intact.
fn sources(since: &Since, new: &BTreeSet<Digest>) -> Result<Sources, TransferError> {
    let mut sources = Vec::new();
    for old in since.changed(new).filter(|old| old.blob.is_here()) {
        let descriptor = &old.blob.descriptor;
        let content = content(&old.blob)?;
        if is_whole(&old.blob) {
            let names = names(descriptor, &old.repository);
            sources.push(Source { blob: named(descriptor), content, names });
        }
    }
    let failed = |source| TransferError::Io { what: "what the other side has".to_owned(), source };
    Sources::index(sources).map_err(failed)
}

fn is_whole(blob: &Blob) -> bool {
    let mut hash = DigestWriter::new(io::sink());
    let read = blob.open().and_then(|mut bytes| io::copy(&mut bytes, &mut hash));
    read.is_ok() && hash.into_parts().1 == blob.descriptor.digest
}

/// The delta of one blob, if it saves enough.
fn delta(target: &Target, index: &Sources, store: &Store) -> Result<Option<Made>, TransferError> {
    let digest = target.blob.digest;
    let failed = |source: DeltaError| TransferError::Diff { digest, source: Box::new(source) };
    let in_store = |source| TransferError::Store { what: format!("the delta for {digest}"), source };
    let mut out = store.blob_writer().map_err(in_store)?;
    if !diff(target, index, &mut out).map_err(failed)? {
        return Ok(None);
    }
    let (named, size) = out.commit(None).map_err(in_store)?;
    let descriptor = Descriptor { media_type: media_type::DELTA.to_owned(), digest: named, size };
    let blob = Blob::in_store(store, descriptor);
    if size.next_multiple_of(BLOCK) + ENTRY >= target.blob.size.next_multiple_of(BLOCK) {
        return Ok(None);
    }
    let delta = Delta::open(content(&blob)?).map_err(failed)?;
    match rebuild(&delta, &index.contents(), &mut io::sink()) {
        Ok(()) => {}
        // The blob itself is sent.
        Err(DeltaError::Rebuilt { .. }) => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    let sources = delta.sources().iter().map(|source| source.digest).collect();
    Ok(Some(Made { blob, sources, encoders: delta.encoders().to_vec() }))
}

fn named(descriptor: &Descriptor) -> SourceBlob {
    SourceBlob { digest: descriptor.digest, size: descriptor.size }
}

/// Names of similar blobs: those of the same kind, with the same repository first.
fn names(descriptor: &Descriptor, repository: &str) -> Vec<String> {
    vec![format!("{} {repository}", descriptor.media_type), descriptor.media_type.clone()]
}

/// The blob's bytes with random access.
pub(super) fn content(blob: &Blob) -> Result<Content, TransferError> {
    let (path, start) = match &blob.content {
        BlobContent::Bytes(bytes) => return Ok(Content::Bytes(Arc::clone(bytes))),
        BlobContent::File(path) => (path, 0),
        BlobContent::Part(path, start) => (path, *start),
    };
    let open = || -> io::Result<Content> {
        let file: File = fourply_store::open_file(path)?;
        let length = file.metadata()?.len().saturating_sub(start).min(blob.descriptor.size);
        Ok(Content::File { file: Arc::new(file), start, length })
    };
    open().map_err(|source| TransferError::Io { what: blob.descriptor.digest.to_string(), source })
}
