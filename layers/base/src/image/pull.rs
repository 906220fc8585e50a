//! The layers of a resolved image → blobs of the store. In: a manifest and a source. Out: layers whose every byte was
//! hashed on arrival. Each different layer is fetched once, and only if the store lacks it.

use std::io::{self, Read, Write};
use std::sync::Mutex;

use fourply_blob::Digest;
use fourply_rootfs::stream::Form;
use fourply_rootfs::{LayerDigests, is_on_record};
use fourply_store::{Progress, Store, StoreError};
use oci_spec::image::{ImageConfiguration, MediaType};

use crate::error::{BaseError, Result};
use crate::image::manifest::BlobReference;
use crate::image::resolve::Resolved;
use crate::image::source::ImageSource;
use crate::layer::{BaseLayer, media_type, rootfs_layers};

/// The most parallel fetches.
const CONCURRENCY: usize = 4;

fourply_store::record! {
    /// The media types of layers, detected from their bytes.
    struct TypesOf<'a> in BaseLayerTypes, rules 1 => Vec<MediaType> {
        layers: &'a [LayerDigests],
    }
}

/// Fetches the layers and pairs them with their diff IDs. With `away`, layers that were read before are not fetched
/// again: their metadata is stored, and their bytes are still at the source.
pub(crate) fn layers(
    source: &dyn ImageSource,
    image: &Resolved,
    away: bool,
    store: &Store,
    progress: &dyn Progress,
) -> Result<Vec<BaseLayer>> {
    let name = source.name();
    let diff_ids = diff_ids(&name, &image.parsed, image.manifest.layers.len())?;
    let pairs: Vec<(&BlobReference, Digest)> = image.manifest.layers.iter().zip(diff_ids).collect();
    if away && let Some(layers) = remembered(store, &pairs)? {
        return Ok(layers);
    }
    fetch(source, &image.manifest.layers, store, progress)?;
    let layers = pairs.iter().map(|(blob, diff_id)| layer(&name, blob, *diff_id, store));
    let layers = layers.collect::<Result<Vec<BaseLayer>>>()?;
    let types = layers.iter().map(|layer| layer.descriptor.media_type().clone()).collect();
    store.put(&TypesOf { layers: &rootfs_layers(&layers) }, &types)?;
    Ok(layers)
}

/// The layers as they were read before, if their metadata is stored too.
fn remembered(store: &Store, pairs: &[(&BlobReference, Digest)]) -> Result<Option<Vec<BaseLayer>>> {
    let stated = |(blob, diff_id): &(&BlobReference, Digest)| {
        let media_type = blob.descriptor.media_type().clone();
        BaseLayer::new(media_type, blob.digest, blob.descriptor.size(), *diff_id)
    };
    let stated = pairs.iter().map(stated).collect::<Result<Vec<_>>>()?;
    let keyed = rootfs_layers(&stated);
    let types = store.get(&TypesOf { layers: &keyed });
    let Some(types) = types.filter(|types| types.len() == stated.len() && is_on_record(store, &keyed)) else {
        return Ok(None);
    };
    let layers = stated.into_iter().zip(types);
    let layer = |(layer, media_type): (BaseLayer, MediaType)| {
        BaseLayer::new(media_type, layer.digest, layer.size(), layer.diff_id)
    };
    layers.map(layer).collect::<Result<Vec<_>>>().map(Some)
}

/// The diff IDs in a configuration, one for each layer.
pub(super) fn diff_ids(name: &str, config: &ImageConfiguration, layers: usize) -> Result<Vec<Digest>> {
    let texts = config.rootfs().diff_ids();
    if texts.len() != layers {
        let reason = format!("it has {} diff IDs for {layers} layers", texts.len());
        return Err(BaseError::malformed(name, "its configuration", reason));
    }
    let parsed = texts.iter().map(|text| text.parse());
    parsed
        .collect::<Result<_, _>>()
        .map_err(|error| BaseError::malformed(name, "a diff ID of its configuration", error))
}

/// The layer in the store, of the size in the manifest. Its bytes determine the media type, because some tools declare
/// a wrong one.
fn layer(name: &str, blob: &BlobReference, diff_id: Digest, store: &Store) -> Result<BaseLayer> {
    let Some(path) = store.blob_path(&blob.digest) else {
        return Err(BaseError::malformed(name, blob.digest.to_string(), "the layer vanished from the store"));
    };
    let file = fs_err::File::open(path)?;
    let (expected, actual) = (blob.descriptor.size(), file.metadata()?.len());
    if expected != actual {
        let (expected, actual) = (format!("{expected} bytes"), format!("{actual} bytes"));
        let what = format!("the layer {}", blob.digest);
        return Err(BaseError::Mismatch { image: name.to_owned(), what, expected, actual });
    }
    let mut head = Vec::new();
    file.take(6).read_to_end(&mut head)?;
    let media_type = media_type(Form::of(&head));
    let media_type = media_type.unwrap_or_else(|| blob.descriptor.media_type().clone());
    BaseLayer::new(media_type, blob.digest, blob.descriptor.size(), diff_id)
}

fn fetch(
    source: &dyn ImageSource,
    blobs: &[BlobReference],
    store: &Store,
    progress: &dyn Progress,
) -> Result<()> {
    let mut missing: Vec<&BlobReference> = blobs
        .iter()
        .filter(|blob| store.blob_of_size(&blob.digest, blob.descriptor.size()).is_none())
        .collect();
    missing.sort_by_key(|blob| blob.digest);
    missing.dedup_by_key(|blob| blob.digest);
    if missing.is_empty() {
        return Ok(());
    }
    progress.begin_bytes("base image", missing.iter().map(|blob| blob.descriptor.size()).sum());
    let workers = missing.len().min(CONCURRENCY);
    let queue = Mutex::new(missing.into_iter());
    let work = || -> Result<()> {
        loop {
            let next = queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
            let Some(blob) = next else { return Ok(()) };
            fetch_one(source, blob, store, progress)?;
        }
    };
    let done = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        ended.collect::<Vec<_>>()
    });
    progress.end();
    done.into_iter().collect()
}

fn fetch_one(
    source: &dyn ImageSource,
    blob: &BlobReference,
    store: &Store,
    progress: &dyn Progress,
) -> Result<()> {
    let size = blob.descriptor.size();
    let mut out = Checked { out: store.blob_writer()?, left: size, progress };
    source.blob(&blob.descriptor, &mut out)?;
    if out.left > 0 {
        let (expected, actual) = (format!("{size} bytes"), format!("{} bytes", size - out.left));
        return Err(BaseError::Mismatch {
            image: source.name(),
            what: format!("the layer {}", blob.digest),
            expected,
            actual,
        });
    }
    match out.out.commit(Some(&blob.digest)) {
        Ok(_) => Ok(()),
        Err(StoreError::Mismatch { expected, found, .. }) => {
            let what = "a layer".to_owned();
            Err(BaseError::Mismatch { image: source.name(), what, expected, actual: found })
        }
        Err(error) => Err(error.into()),
    }
}

/// Passes bytes on while there are no more than announced.
struct Checked<'p, W> {
    out: W,
    left: u64,
    progress: &'p dyn Progress,
}

impl<W: Write> Write for Checked<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.progress.advance(count as u64);
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other("a layer is larger than its manifest says")),
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
