//! Writes layers: entries become tar, tar becomes fragments, fragments become one compressed blob with its digests.
//!
//! In: [`Fragment`]s, each a run of entries plus a [`Key`] covering every input to their bytes; a [`Codec`]; a
//! [`FragmentCache`]. Out: the bytes of one OCI layer and the [`LayerBlob`] that describes them. The same fragments
//! give the same bytes on every host, for any number of threads and any state of the cache. The format is described in
//! `docs/layer-format.md` and numbered by [`LayerFormat`].
//!
//! The crate is pure: it knows nothing of networks, registries, pnpm, or the location of a cache.
//!
//! | module | what it holds |
//! |---|---|
//! | `digest` | SHA-256 names of blobs |
//! | `key` | BLAKE3 keys over inputs |
//! | `value`, `inputs` | the values in a key; kinds of keys, each declared once with all of its fields |
//! | `path`, `meta`, `directories` | the path and metadata of an entry; directories of lower layers |
//! | `tar` | entries → the bytes of tar |
//! | `fragment` | a run of entries that is compressed and cached separately |
//! | `format` | versions of the format |
//! | `codec` | one piece of a fragment → one gzip member or zstd frame |
//! | `encoder` | a codec's compressor by name, version and level, for producing the same bytes elsewhere |
//! | `cache` | where compressed pieces are kept between builds |
//! | `layer` | fragments → one blob, on all cores |
//! | `validate` | one blob, read back by other libraries → its content |

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cache;
mod codec;
mod counted;
mod digest;
mod directories;
mod encoder;
mod error;
mod format;
mod fragment;
mod inputs;
mod key;
mod layer;
mod meta;
mod path;
mod reason;
mod tar;
mod validate;
mod value;

pub use crate::cache::{FragmentCache, NoCache};
pub use crate::codec::{Codec, Compressor, UnknownCodec};
pub use crate::counted::counted;
pub use crate::digest::{Digest, DigestWriter, ParseDigestError};
pub use crate::directories::Directories;
pub use crate::encoder::Encoder;
pub use crate::error::{BlobError, Category};
pub use crate::format::{LayerFormat, UnknownFormat};
pub use crate::fragment::{EntriesFragment, Entry, Fragment};
pub use crate::inputs::Inputs;
pub use crate::key::{Key, KeyBuilder, ParseKeyError};
pub use crate::layer::{LayerBlob, layer_key, write_layer};
pub use crate::meta::{MTIME, Meta};
pub use crate::path::{LayerPath, PathError};
pub use crate::reason::{Cause, Reason};
pub use crate::tar::{TRAILER, TarWriter};
pub use crate::validate::{LayerSummary, ValidateError, validate_layer};
pub use crate::value::{Feed, KeyValue, Raw};

/// The newest format in `docs/layer-format.md`, which is the default.
///
/// Any change of a layer's bytes is a new format. The key of a cached piece contains the number of the format that
/// introduced its bytes, so pieces with different bytes are never mixed.
pub const FORMAT_VERSION: u32 = LayerFormat::V2.number();
