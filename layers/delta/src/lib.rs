//! Blobs as deltas against other blobs: what changed travels, and the other side rebuilds the same compressed bytes, so that digests and
//! signatures hold.
//!
//! In: a blob, and the blobs that the other side has ([`Source`]). Out: the bytes of a delta; or, from a delta and its sources, the blob. The format
//! is written down in `docs/delta-format.md`. The crate is pure: it knows neither registries nor bundles, nor what the blobs belong to.
//!
//! A layer is a run of gzip members or zstd frames. Members that a source has are copied as they are. The others travel as their uncompressed bytes,
//! compressed by zstd with the most similar members of the sources as dictionary, and are compressed again on the other side by the encoder that
//! made them. A blob that cannot be made again so is not expressed as a delta.
//!
//! | module | what it holds |
//! |---|---|
//! | `bounds` | how large each part of a delta may be |
//! | `content` | where a blob's bytes are |
//! | `members` | a blob → its gzip members or zstd frames |
//! | `names` | uncompressed members of a layer → the entries in them, without versions |
//! | `versions` | names of folders that changed their version |
//! | `predict` | a source's member → the same with the new names in its tar headers |
//! | `sources` | blobs of the other side → which of their members resemble others |
//! | `recipe`, `wire` | how a blob is put together, as bytes and parsed |
//! | `patch` | bytes ↔ bytes, with others as dictionary |
//! | `diff` | a blob and sources → a delta |
//! | `rebuild` | a delta and sources → the blob |
//! | `error` | what can go wrong |

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
