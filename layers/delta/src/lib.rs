//! Blobs as deltas against other blobs: only the changes are transferred. The receiver rebuilds the same compressed
//! bytes, so digests and signatures stay valid.
//!
//! In: a blob, and the receiver's blobs ([`Source`]). Out: the bytes of a delta; or, from a delta and its sources, the
//! blob. The format is specified in `docs/delta-format.md`. The crate is pure: it must not know registries, bundles, or
//! what the blobs belong to.
//!
//! A layer is a sequence of gzip members or zstd frames. Members that a source has are copied unchanged. The others are
//! transferred as uncompressed bytes, compressed by zstd with the most similar members of the sources as dictionary.
//! The receiver compresses them again with the encoder that wrote them. A blob that cannot be reproduced this way is
//! not expressed as a delta.
//!
//! | module | what it holds |
//! |---|---|
//! | `bounds` | size limits for the parts of a delta |
//! | `content` | access to a blob's bytes |
//! | `members` | a blob → its gzip members or zstd frames |
//! | `names` | uncompressed members of a layer → their entries, without versions |
//! | `versions` | names of folders whose version changed |
//! | `predict` | a source's member → the same with the new names in its tar headers |
//! | `sources` | the receiver's blobs → an index of similar members |
//! | `recipe`, `wire` | the composition of a blob, as bytes and parsed |
//! | `patch` | bytes ↔ compressed bytes, with a dictionary |
//! | `diff` | a blob and sources → a delta |
//! | `rebuild` | a delta and sources → the blob |
//! | `error` | errors |

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod bounds;
mod content;
mod diff;
mod error;
#[doc(hidden)]
pub mod fuzz;
mod members;
mod names;
mod patch;
mod predict;
mod rebuild;
mod recipe;
mod sources;
mod versions;
mod wire;

pub use content::Content;
pub use diff::{Target, diff};
pub use error::DeltaError;
pub use rebuild::rebuild;
pub use recipe::{Delta, SourceBlob};
pub use sources::{Source, Sources};
pub use versions::Versions;

#[cfg(test)]
mod tests;
