//! Parts of a store as an OCI artifact, so that an empty store is warm after one pull: packages by their tarballs, layers and their pieces,
//! what stages found out.
//!
//! In: entries and blobs of a store. Out: a manifest whose layers are the blobs themselves and **shards**, tars of the entries. Which
//! entries lie in one shard follows from their names alone, so two runs that differ in one package differ in one shard or two. On the way back every
//! entry is checked against its name. It must not know what the entries mean.
//!
//! | module | what it holds |
//! |---|---|
//! | `shard` | entries → shards, and back |
//! | `kinds` | the media types of its layers |
//! | `pack` | entries and blobs → artifact |
//! | `unpack` | artifact → store |

mod kinds;
mod pack;
mod shard;
mod unpack;

pub use pack::{Artifact, pack};
pub use unpack::{Unpacked, unpack};

#[cfg(test)]
mod tests;
