//! Parts of a store as an OCI artifact: package archives, layers with their pieces, and results of stages. One pull
//! warms an empty store.
//!
//! In: entries and blobs of a store. Out: a manifest whose layers are the blobs themselves and **shards**, which are
//! tars of entries. The names of the entries alone decide which entries share a shard. Two runs that differ in one
//! package therefore differ in one or two shards. On import, every entry is checked against its name. This module must
//! not know what the entries mean.
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
