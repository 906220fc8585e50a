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

mod shard;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use fourply_blob::{Digest, Key};
use fourply_store::{Entry, Progress, Store, StoreError};
use rayon::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::image::{Content, MANIFEST_MEDIA_TYPE};
use crate::registry::{Manifest, Reference, Registries};
use crate::transfer::{Freight, Held, Origin, TransferError};

/// What the artifact is called by type.
pub const ARTIFACT_TYPE: &str = "application/vnd.fourply.store.v1";
/// The media type of a shard: a plain tar, since what it holds is compressed already.
const SHARD: &str = "application/vnd.fourply.store.shard.v1.tar";
/// The media type of a blob of the store.
const BLOB: &str = "application/vnd.fourply.store.blob.v1";
/// OCI's media type for a configuration that says nothing.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// The store's name for records of which entries a shard has.
const RECORD: &str = "shard";

/// An artifact that can be pushed or bundled. Its shards are files of their own until it is dropped.
#[derive(Debug)]
pub struct Artifact {
    /// The manifest and its blobs.
    pub freight: Freight,
    _shards: TempDir,
}

/// What an artifact brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// Entries and blobs that the store did not have.
    pub taken: usize,
    /// Shards and blobs that were not fetched, as the store has them.
    pub present: usize,
    /// The size of what was fetched, in bytes.
    pub bytes: u64,
}

/// Makes an artifact of what the store has of these.
///
/// # Errors
/// Where a file of the store cannot be read.
pub fn pack(
    store: &Store,
    entries: &BTreeSet<Entry>,
    blobs: &BTreeSet<Digest>,
) -> Result<Artifact, StoreError> {
    let groups = shard::groups(store, entries)?;
    let folder = TempDir::new_in(store.tmp())?;
    let shards = groups.par_iter().map(|group| shard::write(folder.path(), group));
    let shards: Vec<Held> = shards.collect::<Result<_, _>>()?;
    let mut freight = empty(store)?;
    let mut layers: Vec<Content> = shards.iter().map(|shard| shard.content.clone()).collect();
    freight.blobs.extend(shards.into_iter().map(|shard| (shard.content.digest, shard)));
    for digest in blobs {
        if let Some(path) = store.blob_path(digest) {
            let size = fs_err::metadata(path)?.len();
            let content = Content { media_type: BLOB.to_owned(), digest: *digest, size };
            freight.blobs.insert(*digest, held(store, content.clone()));
            layers.push(content);
        }
    }
    let manifest = manifest(store, &layers)?;
    freight.root = manifest.content.digest;
    freight.manifests = vec![manifest];
    Ok(Artifact { freight, _shards: folder })
}

fn held(store: &Store, content: Content) -> Held {
    Held { path: store.blob_place(&content.digest), content, start: None, origin: None }
}

fn empty(store: &Store) -> Result<Freight, StoreError> {
    let config = Content { media_type: EMPTY.to_owned(), digest: store.put_blob(b"{}")?, size: 2 };
    Ok(Freight {
        manifests: Vec::new(),
        root: config.digest,
        blobs: BTreeMap::from([(config.digest, held(store, config))]),
        referrers: BTreeSet::new(),
    })
}

fn manifest(store: &Store, layers: &[Content]) -> Result<Manifest, StoreError> {
    let config = Content { media_type: EMPTY.to_owned(), digest: store.put_blob(b"{}")?, size: 2 };
    let document = json!({
        "schemaVersion": 2, "mediaType": MANIFEST_MEDIA_TYPE, "artifactType": ARTIFACT_TYPE,
        "config": config, "layers": layers,
    });
    Ok(Manifest::new(MANIFEST_MEDIA_TYPE, document.to_string().into_bytes()))
}

/// Brings an artifact into the store. What the store has already is not fetched.
///
/// # Errors
/// Where the origin has something else, a part is not there, or one is not what its name promises; what came before stays.
pub fn unpack(
    origin: &dyn Origin,
    registries: &Registries,
    store: &Store,
    progress: &dyn Progress,
) -> Result<Unpacked, TransferError> {
    let root = origin.root()?;
    let value: Value = serde_json::from_slice(&root.bytes).unwrap_or_default();
    if value.get("artifactType").and_then(Value::as_str) != Some(ARTIFACT_TYPE) {
        let reason = "it is no part of a fourply store".to_owned();
        return Err(TransferError::Tree { image: origin.name(), reason });
    }
    let mut done = Unpacked::default();
    let mut wanted = Vec::new();
    for content in root.names(&origin.name())?.blobs {
        let known = match content.media_type.as_str() {
            SHARD => shard_is_here(store, &content.digest)?,
            BLOB => store.blob_path(&content.digest).is_some(),
            _ => continue,
        };
        if known {
            done.present += 1;
        } else {
            done.bytes += content.size;
            wanted.push(origin.blob(&content)?);
        }
    }
    fetch(&wanted, registries, progress)?;
    let name = origin.name();
    let taken = wanted.par_iter().map(|held| take(store, held, &name));
    done.taken = taken.collect::<Result<Vec<_>, _>>()?.into_iter().sum();
    Ok(done)
}

fn fetch(wanted: &[Held], registries: &Registries, progress: &dyn Progress) -> Result<(), TransferError> {
    let Some(image) = wanted.iter().find_map(|held| held.origin.as_deref()) else { return Ok(()) };
    let contents: Vec<Content> =
        wanted.iter().filter(|held| !held.is_here()).map(|held| held.content.clone()).collect();
    Ok(registries.fetch(&Reference::parse(image)?, &contents, progress)?)
}

/// Takes one part; tells how many entries it had.
fn take(store: &Store, held: &Held, image: &str) -> Result<usize, TransferError> {
    let what = || format!("{} of {image}", held.content.digest);
    let failed = |source| TransferError::Io { what: what(), source };
    let broken = |error: StoreError| TransferError::Tree { image: what(), reason: error.to_string() };
    let own = store.blob_place(&held.content.digest) == held.path;
    if held.content.media_type == BLOB {
        if !own {
            let mut writer = store.blob_writer().map_err(broken)?;
            let mut reader = held.blob().source.open().map_err(failed)?;
            io::copy(&mut reader, &mut writer).map_err(failed)?;
            writer.commit(Some(&held.content.digest)).map_err(broken)?;
        }
        return Ok(1);
    }
    let entries = match shard::read(store, held) {
        // Another process that fetched the same shard has taken and removed it.
        Err(_) if !held.is_here() && shard_is_here(store, &held.content.digest)? => return Ok(0),
        answer => answer.map_err(broken)?,
    };
    let names: Vec<String> = entries.iter().map(Entry::to_string).collect();
    store.put_record(RECORD, &record_key(&held.content.digest), &names).map_err(broken)?;
    if own {
        let _ = std::fs::remove_file(&held.path);
    }
    Ok(entries.len())
}

fn record_key(digest: &Digest) -> Key {
    Key::of(digest.to_string().as_bytes())
}

/// Whether all entries of a shard that was taken before are still in the store.
fn shard_is_here(store: &Store, digest: &Digest) -> Result<bool, TransferError> {
    let failed =
        |error: StoreError| TransferError::Tree { image: digest.to_string(), reason: error.to_string() };
    let Some(names) = store.record::<Vec<String>>(RECORD, &record_key(digest)).map_err(failed)? else {
        return Ok(false);
    };
    for name in names {
        let Some(entry) = Entry::parse(&name) else { return Ok(false) };
        if !store.has_entry(&entry).map_err(failed)? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
