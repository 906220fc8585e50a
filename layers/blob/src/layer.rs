//! Fragments → one blob with its two digests, on all cores.
//!
//! In: fragments in layer order, a codec, a cache of compressed pieces. Out: the compressed layer and its
//! [`LayerBlob`]. Every fragment's bytes are cut into chunks of [`Codec::chunk`] bytes. Every chunk becomes one piece
//! (a gzip member or zstd frame, or a part of the layer's only one), and the end of the archive is a piece of its own.
//! The cuts depend only on the content, so threads and cache change the time, never a byte.

use std::io::Write;
use std::sync::Arc;

use crate::{BlobError, Codec, Fragment, FragmentCache, Key, KeyBuilder};

mod budget;
mod buffers;
mod described;
mod piece;
mod pipeline;
mod read;

pub use described::LayerBlob;

/// A key of every input to a layer's bytes, known before any of them is produced.
pub fn layer_key(fragments: &[Arc<dyn Fragment>], codec: Codec) -> Key {
    let start = codec.add_to(KeyBuilder::new("fourply layer v1")).number("fragments", fragments.len() as u64);
    fragments.iter().fold(start, |key, fragment| key.field("fragment", fragment.key())).finish()
}

/// Writes `fragments`, one after the other, as one layer to `out`.
///
/// The bytes depend only on the fragments and `codec`. Pieces in `cache` are not compressed again; new pieces are added
/// to it. Memory does not grow with the layer: 8 MiB read ahead, 8 MiB of buffers for reuse, a chunk for each reader; 8
/// to 24 MiB of chunks, depending on the number of threads, and at worst as much of compressed pieces; and for each
/// compressing thread 2 MiB for gzip, 6 MiB for zstd, 15 MiB for zstd's release level.
///
/// As many threads compress as rayon's current pool has, but at most 24, or 6 for zstd. Up to three more read the
/// fragments, one hashes their bytes, and the caller's own thread hashes and writes the result. They are separate
/// threads, because tasks that wait for each other would deadlock a pool of one thread.
///
/// # Errors
/// Errors of a fragment, the cache or `out`; a path in two fragments; see [`BlobError`]. Bytes already written to `out`
/// are then useless.
pub fn write_layer(
    fragments: &[Arc<dyn Fragment>],
    codec: Codec,
    cache: &dyn FragmentCache,
    out: &mut dyn Write,
) -> Result<LayerBlob, BlobError> {
    pipeline::run(fragments, codec, cache, out)
}
