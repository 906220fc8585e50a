//! Fragments → one blob with its two digests, on all cores.
//!
//! In: fragments in the order in which they are to stand, a codec, a cache of compressed pieces. Out: the compressed
//! layer and its [`LayerBlob`]. Every fragment's bytes are cut into chunks of [`Codec::chunk`] bytes, every chunk
//! becomes one piece (a gzip member or zstd frame, or a part of the layer's only one), and the end of the archive is a piece of its own. Where the cuts lie follows from
//! the content alone, so threads and cache decide the time and never a byte.

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

/// A key over all that decides a layer's bytes, known before any of them is made.
pub fn layer_key(fragments: &[Arc<dyn Fragment>], codec: Codec) -> Key {
    let start = codec.add_to(KeyBuilder::new("fourply layer v1")).number("fragments", fragments.len() as u64);
    fragments.iter().fold(start, |key, fragment| key.field("fragment", fragment.key())).finish()
}

/// Writes `fragments`, one after the other, as one layer to `out`.
///
/// The bytes depend on the fragments and `codec` alone. Pieces that `cache` has are not compressed again; new ones are put
/// there. What is held does not grow with the layer: 8 MiB that are read ahead, as much that waits to be used again, a chunk for
/// each reader; 8 to 24 MiB of chunks by the number of threads, as much of their compressed forms at the very worst; and for each
/// thread that compresses 2 MiB for gzip, 6 MiB for zstd, 15 MiB for zstd's release level.
///
/// As many threads compress as rayon's current pool has, but no more than 24, or 6 for zstd; up to three more read the
/// fragments, one hashes what they give, and the caller's own hashes and writes the result. They are threads of their own, as
/// tasks that wait for each other would lock up a pool of one thread.
///
/// # Errors
/// What a fragment, the cache or `out` answers; a path that two fragments have; see [`BlobError`]. What was written to
/// `out` until then is useless.
pub fn write_layer(
    fragments: &[Arc<dyn Fragment>],
    codec: Codec,
    cache: &dyn FragmentCache,
    out: &mut dyn Write,
) -> Result<LayerBlob, BlobError> {
    pipeline::run(fragments, codec, cache, out)
}
