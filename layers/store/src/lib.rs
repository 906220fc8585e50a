//! The source and the store of all bytes.
//!
//! In: integrities, URLs, results of stages. Out: package archives ("packs"), blobs, records and fragments, each
//! verified when it is read. All remote content enters here, so offline work and provenance depend on this crate only.
//! The crate knows tarballs and registries. It must not know lockfiles or images.
//!
//! # The store as a tree
//!
//! ```text
//! v2/
//!   packs/ab/<blake3>           one package's (or build output's) files in one file, named by the BLAKE3 of all its bytes
//!   sources/ab/<key>            the pack of a tarball, by the tarball's integrity
//!   tarballs/ab/<key>           the tarball itself, for a cache or a bundle
//!   derived/ab/<key>            a pack from another source: a patched package, a build's outputs, pnpm's store
//!   unpacked/<key>/             the files of a layer of an image that was started, each under its number
//!   unfolded/<blake3>/          a pack as files, created when a build step needs it on disk
//!   blobs/sha256/ab/<sha256>    layers, configurations, fetched files
//!   documents/ab/<key>          indexes as last fetched, by their URL, each with its checksum
//!   fragments/ab/<key>          compressed pieces of layers, each with its checksum
//!   records/<kind>/ab/<key>     small JSON documents, each with a checksum over kind, key and content (pointers too)
//!   build/                      where build steps run: installs, tools
//!   locks/<name>                empty files that processes lock
//!   locks/running/<name>        one for each process that has the store open
//!   tmp/                        unfinished files; removed after their writer has ended
//! ```
//!
//! The modification time of a file or folder is the time of its last use; `prune` depends on it. Damaged content is
//! removed when it is detected, and is built or fetched again.
//!
//! A file is renamed to its name once it is complete. The store is therefore valid after a kill at any moment, and two
//! builds that write the same name write the same bytes.

#![warn(missing_docs)]

mod atomic;
mod blobs;
mod boot;
mod bound;
mod bounded;
mod damage;
mod damages;
mod durable;
mod error;
mod fetch;
mod fragments;
#[doc(hidden)]
pub mod fuzz;
mod hashed;
mod header_bytes;
mod http;
mod integrity;
mod journal;
mod layers;
mod listed;
mod npmrc;
mod older;
mod pack;
mod packs;
mod parents;
mod pieces;
mod pnpm_store;
mod progress;
mod prune;
mod recorded;
mod records;
mod redacted;
mod removal;
mod sealed;
mod size_record;
mod small;
mod sound;
mod stamps;
mod store;
mod tarball;
mod travel;
mod unfold;
mod used_by;
mod uses;
mod verify;

pub use blobs::{BlobWriter, LayerWriter};
pub use boot::boot_id;
pub use bound::Bounded;
pub use damages::Damage;
pub use durable::{persist_durably, sync_folder};
pub use error::{Result, StoreError};
pub use fetch::{
    Checksum, Download, DownloadRequest, FetchSettings, Fetcher, GitOptions, NpmVersion, PackageRequest,
    retry_after,
};
pub use fourply_input::{InputKind, open_file, read_file, read_named, read_text};
pub use fragments::FragmentDir;
pub use http::{
    Failure, Lapse, Pace, Paced, Retries, beginning, client_builder, harmless, send_request, words,
};
pub use integrity::{HashAlgorithm, Integrity};
pub use journal::Journal;
pub use layers::BuiltLayer;
pub use listed::Listed;
pub use npmrc::{
    Authorization, NpmConfig, NpmCredentials, NpmNotice, NpmPolicy, NpmSource, NpmTls, NpmTrust, Pem,
};
pub use pack::{ExecutableBy, Pack, PackBuilder, PackEntry, PackFile, PackKind, PackReader};
pub use progress::{NoProgress, Progress};
pub use prune::{PruneReport, PruneRequest, Pruned};
pub use recorded::Recorded;
pub use records::{Record, RecordKind};
pub use redacted::{Redact, Redacted, Secret};
pub use removal::remove_tree;
pub use size_record::check_size_record;
pub use stamps::{EntryStamp, Watch};
pub use store::{Store, StoreLock};
pub use tarball::{Limits, read_tarball};
pub use travel::StoreEntry;
pub use used_by::UsedBy;
pub use verify::Verified;

/// Crates that [`record!`] uses.
#[doc(hidden)]
pub mod reexport {
    pub use fourply_blob::{Inputs, KeyBuilder};
}
