//! Contents of sources. In: a list of sources, and what was known of them the last time. Out: the BLAKE3 of each file. Files whose
//! size, times and inode are as they were are not read again.

use std::path::Path;
use std::time::SystemTime;

use fourply_blob::{Inputs as _, Key};
use fourply_store::open_file;
use rayon::prelude::*;

use crate::Result;
use crate::sources::{SourceFile, SourceKind};
use crate::stat_cache::{Stat, StatCache};

/// A source with the BLAKE3 of its content; of a link, of its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedSource {
    pub source: SourceFile,
    /// The BLAKE3 of its content.
    pub content: Key,
}

fourply_blob::key_value!(HashedSource { source, content });

fourply_blob::inputs! {
    /// What a build sees of the workspace.
    struct SourcesInputs<'a>: "sources", rules 2 {
        files: &'a [HashedSource],
    }
}

/// Hashes every source, on all cores of rayon's current pool.
///
/// `cache` is asked first and brought up to date; `now` is the time at which this began, by which it tells what to trust later.
///
/// # Errors
/// A file that cannot be read.
pub fn hash_sources(
    root: &Path,
    sources: Vec<SourceFile>,
    cache: &mut StatCache,
    now: SystemTime,
) -> Result<Vec<HashedSource>> {
    Ok(hash_known(root, sources, cache, now)?.0)
}

/// [`hash_sources`], and whether the cache is another one than before.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn hash_known(
    root: &Path,
    sources: Vec<SourceFile>,
    cache: &mut StatCache,
    now: SystemTime,
) -> Result<(Vec<HashedSource>, bool)> {
    let known = &*cache;
    let hashed = sources.into_par_iter().map(|source| hash_one(root, source, known));
    let hashed = hashed.collect::<Result<Vec<_>>>()?;
    let entries = hashed.iter();
    let entries =
        entries.filter_map(|(hashed, stat)| Some((&hashed.source.path, *stat.as_ref()?, hashed.content)));
    let changed = cache.replace(entries, now);
    Ok((hashed.into_iter().map(|(hashed, _)| hashed).collect(), changed))
}

/// The BLAKE3 of each source in their order, where nothing is known of them and nothing is to be remembered.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn hash_contents(root: &Path, sources: Vec<SourceFile>) -> Result<Vec<Key>> {
    let known = StatCache::default();
    let hashed = sources.into_par_iter().map(|source| Ok(hash_one(root, source, &known)?.0.content));
    hashed.collect()
}

fn hash_one(root: &Path, source: SourceFile, known: &StatCache) -> Result<(HashedSource, Option<Stat>)> {
    if let SourceKind::Symlink { target } = &source.kind {
        let content = Key::of(target.as_bytes());
        return Ok((HashedSource { source, content }, None));
    }
    let path = root.join(&source.path);
    let stat = Stat::of(&fs_err::symlink_metadata(&path)?);
    if let Some(content) = known.get(&source.path, &stat) {
        return Ok((HashedSource { source, content }, Some(stat)));
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(open_file(&path)?)?;
    let content = Key::from_bytes(*hasher.finalize().as_bytes());
    Ok((HashedSource { source, content }, Some(stat)))
}

/// The key over a list: paths, kinds, executable bits, contents.
pub fn list_key(hashed: &[HashedSource]) -> Key {
    SourcesInputs { files: hashed }.key()
}

#[cfg(test)]
mod tests;
