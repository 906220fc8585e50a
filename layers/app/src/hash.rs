//! Contents of sources. In: a list of sources, and the results of the last run. Out: the BLAKE3 of each file. A file
//! with unchanged size, times and inode is not read again.

use std::path::Path;
use std::time::SystemTime;

use fourply_blob::{Inputs as _, Key};
use fourply_store::open_file;
use rayon::prelude::*;

use crate::Result;
use crate::sources::{SourceFile, SourceKind};
use crate::stat_cache::{Stat, StatCache};

/// A source with the BLAKE3 of its content, or of a link's target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedSource {
    pub source: SourceFile,
    /// The BLAKE3 of its content.
    pub content: Key,
}

fourply_blob::key_value!(HashedSource { source, content });

/// The same for a borrowed source: very many sources need no second list of paths.
struct HashedRef<'a> {
    source: &'a SourceFile,
    content: &'a Key,
}

fourply_blob::key_value!(HashedRef<'a> { source, content });

fourply_blob::inputs! {
    /// The workspace files that a build sees.
    struct SourcesInputs<'a>: "sources", rules 2 {
        files: &'a [HashedRef<'a>],
    }
}

/// Hashes every source, on all cores of rayon's current pool.
///
/// `cache` is used first and then updated. `now` is the start time of the run; it decides which entries can be trusted
/// later.
///
/// # Errors
/// If a file cannot be read.
pub fn hash_sources(
    root: &Path,
    sources: Vec<SourceFile>,
    cache: &mut StatCache,
    now: SystemTime,
) -> Result<Vec<HashedSource>> {
    let (contents, _) = hash_known(root, &sources.iter().collect::<Vec<_>>(), cache, now)?;
    Ok(with_contents(sources, contents))
}

/// The BLAKE3 of each source in order, and whether the cache changed.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn hash_known(
    root: &Path,
    sources: &[&SourceFile],
    cache: &mut StatCache,
    now: SystemTime,
) -> Result<(Vec<Key>, bool)> {
    let known = &*cache;
    let hashed = sources.par_iter().map(|source| hash_one(root, source, known));
    let hashed = hashed.collect::<Result<Vec<_>>>()?;
    let entries = sources.iter().zip(&hashed);
    let entries = entries.filter_map(|(source, (content, stat))| Some((&source.path, (*stat)?, *content)));
    let changed = cache.replace(entries, now);
    Ok((hashed.into_iter().map(|(content, _)| content).collect(), changed))
}

/// The same without a cache.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn hash_contents(root: &Path, sources: &[&SourceFile]) -> Result<Vec<Key>> {
    let known = StatCache::default();
    sources.par_iter().map(|source| Ok(hash_one(root, source, &known)?.0)).collect()
}

/// Pairs each source with its content.
pub(crate) fn with_contents(sources: Vec<SourceFile>, contents: Vec<Key>) -> Vec<HashedSource> {
    let hashed = sources.into_iter().zip(contents);
    hashed.map(|(source, content)| HashedSource { source, content }).collect()
}

/// The BLAKE3 of one source, and the data that detects a change.
fn hash_one(root: &Path, source: &SourceFile, known: &StatCache) -> Result<(Key, Option<Stat>)> {
    if let SourceKind::Symlink { target } = &source.kind {
        return Ok((Key::of(target.as_bytes()), None));
    }
    let path = root.join(&source.path);
    let stat = Stat::of(&fs_err::symlink_metadata(&path)?);
    if let Some(content) = known.get(&source.path, &stat) {
        return Ok((content, Some(stat)));
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(open_file(&path)?)?;
    Ok((Key::from_bytes(*hasher.finalize().as_bytes()), Some(stat)))
}

/// The key over a list: paths, kinds, executable bits, contents.
pub fn list_key(hashed: &[HashedSource]) -> Key {
    key_over(hashed.iter().map(|HashedSource { source, content }| (source, content)))
}

/// The same over sources that are separate from their contents.
pub(crate) fn key_over<'s>(hashed: impl Iterator<Item = (&'s SourceFile, &'s Key)>) -> Key {
    let files: Vec<_> = hashed.map(|(source, content)| HashedRef { source, content }).collect();
    SourcesInputs { files: &files }.key()
}

#[cfg(test)]
mod tests;
