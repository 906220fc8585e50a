//! Entries → shards, and back. In: names and sizes. Out: groups that follow from the names alone. Entries are sorted by
//! the hash of their name, and some hashes end a group. An entry that is added or removed therefore changes only its
//! own group. A large entry is a group by itself.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use fourply_blob::{BlobError, DigestWriter, Key, LayerPath, Meta, TRAILER, TarWriter};
use fourply_store::{Store, StoreEntry, StoreError};

use super::kinds::SHARD;
use crate::blob::{Blob, BlobContent};
use crate::descriptor::Descriptor;

/// In bytes. An entry of at least this size is a shard of its own.
const LARGE: u64 = 2 << 20;
/// One in this many names ends a shard.
const ONE_IN: u8 = 16;
/// In bytes, for one entry: the same limit as for tarballs.
const MAX_ENTRY: u64 = 1 << 30;

/// An entry and its file.
pub(super) struct ShardItem {
    entry: StoreEntry,
    path: PathBuf,
    size: u64,
}

/// Groups the entries that the store has.
pub(super) fn groups(
    store: &Store,
    entries: &BTreeSet<StoreEntry>,
) -> Result<Vec<Vec<ShardItem>>, StoreError> {
    let mut items = Vec::new();
    for entry in entries {
        // A damaged entry is not exported: the importer rebuilds it when needed.
        if let Some(path) = store.sound_entry(entry) {
            let size = fs_err::metadata(&path)?.len();
            items.push((
                Key::of(entry.to_string().as_bytes()),
                ShardItem { entry: entry.clone(), path, size },
            ));
        }
    }
    items.sort_by_key(|(key, _)| key.hex());
    let (mut groups, mut open) = (Vec::new(), Vec::new());
    for (key, item) in items {
        if item.size >= LARGE {
            groups.push(vec![item]);
            continue;
        }
        open.push(item);
        if key.as_bytes().last().is_some_and(|byte| byte % ONE_IN == 0) {
            groups.push(std::mem::take(&mut open));
        }
    }
    groups.push(open);
    groups.retain(|group| !group.is_empty());
    Ok(groups)
}

/// Writes a group as a tar into a folder. The same entries give the same bytes.
pub(super) fn write(folder: &Path, group: &[ShardItem]) -> Result<Blob, StoreError> {
    let file = tempfile::NamedTempFile::new_in(folder)?;
    let mut out = DigestWriter::new(io::BufWriter::with_capacity(1 << 17, file));
    fill(&mut out, group).map_err(|error| StoreError::Io(io::Error::other(error)))?;
    let (out, digest, size) = out.into_parts();
    let file = out.into_inner().map_err(|error| StoreError::Io(error.into_error()))?;
    // The whole folder is removed later.
    let (_, path) = file.keep().map_err(|error| StoreError::Io(error.error))?;
    let descriptor = Descriptor { media_type: SHARD.to_owned(), digest, size };
    Ok(Blob { descriptor, content: BlobContent::File(path), origin: None })
}

fn fill(out: &mut dyn io::Write, group: &[ShardItem]) -> Result<(), BlobError> {
    let mut sorted: Vec<&ShardItem> = group.iter().collect();
    sorted.sort_by(|one, other| one.entry.cmp(&other.entry));
    let mut tar = TarWriter::new(out);
    for item in sorted {
        let path = LayerPath::new(item.entry.to_string())?;
        let read = |source| BlobError::Read { path: path.clone(), source };
        let mut file = fs_err::File::open(&item.path).map_err(read)?;
        tar.file(&path, &Meta::file(false, 0, 0), item.size, &mut file)?;
    }
    tar.into_inner().write_all(&TRAILER).map_err(|source| BlobError::Write { source })
}

/// Imports the entries of a shard into the store, after its bytes are checked against its digest.
pub(super) fn read(store: &Store, blob: &Blob) -> Result<Vec<StoreEntry>, StoreError> {
    let open = || blob.open().map_err(StoreError::Io);
    let mut digest = DigestWriter::new(io::sink());
    io::copy(&mut open()?, &mut digest)?;
    let (_, found, _) = digest.into_parts();
    if found != blob.descriptor.digest {
        let (expected, found) = (blob.descriptor.digest.to_string(), found.to_string());
        return Err(StoreError::Mismatch { what: "a shard".to_owned(), expected, found });
    }
    let mut entries = Vec::new();
    let mut tar = tar::Archive::new(io::BufReader::with_capacity(1 << 16, open()?));
    for member in tar.entries()? {
        let mut member = member?;
        fourply_store::check_size_record(&mut member)?;
        let name = String::from_utf8_lossy(&member.path_bytes()).into_owned();
        let strange = || StoreError::Path { path: name.clone(), reason: "no store has that".into() };
        let entry = StoreEntry::parse(&name).ok_or_else(strange)?;
        if member.size() > MAX_ENTRY {
            return Err(strange());
        }
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes)?;
        if store.take_entry(&entry, &bytes)? {
            entries.push(entry);
        }
    }
    Ok(entries)
}
