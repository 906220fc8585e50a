//! Makes the build folder equal to the sources. In: hashed sources and the result of the last sync. Out: a folder with
//! only these files and node_modules, so that no output of an earlier build is visible.
//!
//! Files are 0644 or 0755 and folders 0755 whatever the user's umask. All have the same time, so that nothing depends
//! on when they were saved.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fourply_blob::{Key, MTIME};
use fourply_store::open_file;
use rayon::prelude::*;

use crate::hash::HashedSource;
use crate::sources::SourceKind;
use crate::stat_cache::{Stat, StatCache};
use crate::{AppError, Result};
use fourply_scripts::beneath::Beneath;
use fourply_scripts::files::relative;

/// Makes `build` equal to `sources`, which are below `from`.
///
/// `modules` are folders of `build` that are not touched; `last` is the result of the last sync of this folder.
///
/// # Errors
/// [`AppError::Changed`] for a file that no longer matches its hash; or a file cannot be read or written.
pub(crate) fn sync(
    root: &Path,
    sources: &[HashedSource],
    build: &Path,
    modules: &BTreeSet<String>,
    last: &StatCache,
) -> Result<StatCache> {
    let wanted: BTreeMap<&str, &HashedSource> =
        sources.iter().map(|hashed| (hashed.source.path.as_str(), hashed)).collect();
    let kept = folders_of(wanted.keys().copied().chain(modules.iter().map(String::as_str)));
    remove_stale(build, build, &wanted, &kept, modules)?;
    add(root, sources, build, last)
}

/// Adds `sources` to the existing files; `last` and the result are those of [`sync`].
///
/// # Errors
/// Those of [`sync`].
pub(crate) fn add(
    root: &Path,
    sources: &[HashedSource],
    build: &Path,
    last: &StatCache,
) -> Result<StatCache> {
    let build = Beneath::open(build)?;
    for folder in folders_of(sources.iter().map(|hashed| hashed.source.path.as_str())) {
        build.make_folder(folder)?;
    }
    let placed =
        sources.par_iter().map(|hashed| place(root, &build, hashed, last)).collect::<Result<Vec<_>>>()?;
    let mut synced = StatCache::default();
    for (hashed, stat) in sources.iter().zip(placed) {
        if let Some(stat) = stat {
            synced.insert(&hashed.source.path, stat, hashed.content);
        }
    }
    Ok(synced)
}

pub(crate) fn folders_of<'a>(paths: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    paths.flat_map(|path| path.match_indices('/').filter_map(|(at, _)| path.get(..at))).collect()
}

fn remove_stale(
    build: &Path,
    folder: &Path,
    wanted: &BTreeMap<&str, &HashedSource>,
    folders: &BTreeSet<&str>,
    modules: &BTreeSet<String>,
) -> Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let full = entry.path();
        let is_dir = entry.file_type()?.is_dir();
        let path = relative(build, &full).ok();
        let path = path.as_deref();
        if path.is_some_and(|path| is_dir && modules.contains(path)) {
            continue;
        }
        if path.is_some_and(|path| is_dir && folders.contains(path)) {
            remove_stale(build, &full, wanted, folders, modules)?;
        } else if is_dir {
            fs_err::remove_dir_all(&full)?;
        } else if !path.is_some_and(|path| wanted.contains_key(path)) {
            fs_err::remove_file(&full)?;
        }
    }
    Ok(())
}

/// Copies one source to its path, unless it exists. Returns the `stat` data of a file.
fn place(root: &Path, build: &Beneath, hashed: &HashedSource, last: &StatCache) -> Result<Option<Stat>> {
    let path = &hashed.source.path;
    match &hashed.source.kind {
        SourceKind::Symlink { target } => {
            build.link(path, target)?;
            Ok(None)
        }
        SourceKind::File { executable } => {
            let mode = if *executable { 0o755 } else { 0o644 };
            if let Some(found) = build.found(path)? {
                let stat = Stat::found(&found);
                let same_mode = found.is_file() && found.mode() == mode;
                if same_mode && last.get(path, &stat) == Some(hashed.content) {
                    return Ok(Some(stat));
                }
            }
            let output = build.create(path)?;
            copy(&root.join(path), &output, mode, &hashed.content)?;
            Ok(Some(Stat::of(&output.metadata()?)))
        }
    }
}

fn copy(from: &Path, mut output: &File, mode: u32, expected: &Key) -> Result<()> {
    let mut input = fs_err::File::from_parts(open_file(from)?, from);
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = input.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
        output.write_all(bytes)?;
    }
    if hasher.finalize().as_bytes() != expected.as_bytes() {
        return Err(AppError::Changed { path: from.to_path_buf() });
    }
    output.set_permissions(Permissions::from_mode(mode))?;
    output.set_modified(source_time())?;
    Ok(())
}

fn source_time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(MTIME.unsigned_abs())
}

#[cfg(test)]
mod tests;
