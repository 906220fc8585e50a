//! An artifact → its contents, in a store. Every part is checked against its name.

use std::io;

use fourply_blob::Digest;
use fourply_store::{Progress, Store, StoreEntry, StoreError};
use rayon::prelude::*;
use serde_json::Value;

use super::kinds::{BLOB, SHARD};
use super::shard;
use crate::blob::Blob;
use crate::descriptor::Descriptor;
use crate::media_type;
use crate::reference::Reference;
use crate::registry::Registries;
use crate::transfer::{Origin, TransferError};

fourply_store::record! {
    /// The names of a shard's entries.
    struct EntriesOf<'a> in Shard, rules 1 => Vec<String> {
        shard: &'a Digest,
    }
}

/// The result of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// Entries and blobs that were new to the store.
    pub taken: usize,
    /// Shards and blobs that were not fetched because the store has them.
    pub present: usize,
    /// Fetched bytes.
    pub bytes: u64,
}

/// Imports an artifact into the store. Parts that the store has are not fetched.
///
/// # Errors
/// If the origin is not such an artifact, a part is missing, or a part does not match its name. Parts imported before
/// the error stay.
pub fn unpack(
    origin: &dyn Origin,
    registries: &Registries,
    store: &Store,
    progress: &dyn Progress,
) -> Result<Unpacked, TransferError> {
    let root = origin.root()?;
    let value: Value = serde_json::from_slice(&root.bytes).unwrap_or_default();
    if value.get("artifactType").and_then(Value::as_str) != Some(media_type::STORE_ARTIFACT) {
        let reason = "it is no part of a fourply store".into();
        return Err(TransferError::Tree { image: origin.name(), reason });
    }
    let mut done = Unpacked::default();
    let mut wanted = Vec::new();
    for descriptor in root.names(&origin.name())?.blobs {
        let known = match descriptor.media_type.as_str() {
            SHARD => shard_is_here(store, &descriptor.digest)?,
            BLOB => store.blob_path(&descriptor.digest).is_some(),
            _ => continue,
        };
        if known {
            done.present += 1;
        } else {
            done.bytes += descriptor.size;
            wanted.push(origin.blob(&descriptor)?);
        }
    }
    fetch(&wanted, registries, progress)?;
    let name = origin.name();
    let taken = wanted.par_iter().map(|blob| take(store, blob, &name));
    done.taken = taken.collect::<Result<Vec<_>, _>>()?.into_iter().sum();
    Ok(done)
}

fn fetch(wanted: &[Blob], registries: &Registries, progress: &dyn Progress) -> Result<(), TransferError> {
    let Some(image) = wanted.iter().find_map(|blob| blob.origin.as_deref()) else { return Ok(()) };
    let descriptors: Vec<Descriptor> =
        wanted.iter().filter(|blob| !blob.is_here()).map(|blob| blob.descriptor.clone()).collect();
    Ok(registries.fetch(&Reference::parse(image)?, &descriptors, progress)?)
}

/// Imports one part. Returns the number of its entries.
fn take(store: &Store, blob: &Blob, image: &str) -> Result<usize, TransferError> {
    let what = || format!("{} of {image}", blob.descriptor.digest);
    let failed = |source| TransferError::Io { what: what(), source };
    let broken = |source: StoreError| TransferError::Store { what: what(), source };
    let own = blob.path() == Some(store.blob_place(&blob.descriptor.digest).as_path());
    if blob.descriptor.media_type == BLOB {
        if !own {
            let mut writer = store.blob_writer().map_err(broken)?;
            let mut reader = blob.open().map_err(failed)?;
            io::copy(&mut reader, &mut writer).map_err(failed)?;
            writer.commit(Some(&blob.descriptor.digest)).map_err(broken)?;
        }
        return Ok(1);
    }
    let entries = match shard::read(store, blob) {
        // Another process has fetched, imported and removed the same shard.
        Err(_) if !blob.is_here() && shard_is_here(store, &blob.descriptor.digest)? => return Ok(0),
        answer => answer.map_err(broken)?,
    };
    let names: Vec<String> = entries.iter().map(StoreEntry::to_string).collect();
    store.put(&EntriesOf { shard: &blob.descriptor.digest }, &names).map_err(broken)?;
    if own {
        let _ = std::fs::remove_file(store.blob_place(&blob.descriptor.digest));
    }
    Ok(entries.len())
}

/// Whether the store still has all entries of a shard that was imported before.
fn shard_is_here(store: &Store, digest: &Digest) -> Result<bool, TransferError> {
    let failed = |source: StoreError| TransferError::Store { what: digest.to_string(), source };
    let Some(names) = store.get(&EntriesOf { shard: digest }) else { return Ok(false) };
    for name in names {
        let Some(entry) = StoreEntry::parse(&name) else { return Ok(false) };
        if !store.has_entry(&entry).map_err(failed)? {
            return Ok(false);
        }
    }
    Ok(true)
}
