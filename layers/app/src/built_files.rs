//! Keeps and restores files that scripts built. In: a folder before and after scripts. Out: paths and a package archive
//! of them; from an archive, the files in a folder. It must not know which scripts ran, or under which key an archive
//! is stored.
//!
//! Added and changed files are built files. Nothing can be kept if scripts did more: removed something, left an empty
//! folder, made a link out of the workspace, or wrote something that a listing cannot hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Permissions};
use std::io::{BufReader, Read, Write as _};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use fourply_blob::Key;
use fourply_pnpm::ImporterId;
use fourply_store::{Pack, PackBuilder, PackKind, Store, StoreError};

use crate::deepest::{check_depth, depth};
use crate::stat_cache::Stat;
use crate::sync::folders_of;
use crate::windows::LARGE;
use crate::{AppError, Result};
use fourply_scripts::beneath::Beneath;
use fourply_scripts::files::{is_executable, relative};
use fourply_scripts::written::find;

/// The files that a package's scripts built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BuiltFiles {
    /// The files, at their paths in the workspace.
    pub pack: Key,
    /// Whether some of them contain [`FolderStandIn::stand_in`].
    pub placed: bool,
}

/// The built files of each package.
pub(crate) type BuiltPackages = BTreeMap<ImporterId, BuiltFiles>;

/// The path of a build folder, and its placeholder in files that all build folders next to it share. Both have the same
/// length, so that it can be replaced in machine code and source maps too.
#[derive(Debug)]
pub(crate) struct FolderStandIn {
    real: Vec<u8>,
    stand_in: Vec<u8>,
}

impl FolderStandIn {
    /// The placeholder for a folder.
    pub(crate) fn of(folder: &Path) -> FolderStandIn {
        let name = folder.file_name().unwrap_or_default();
        let stand_in: PathBuf = folder.with_file_name("0".repeat(name.len()));
        let bytes = |path: &Path| path.as_os_str().as_encoded_bytes().to_vec();
        FolderStandIn { real: bytes(folder), stand_in: bytes(&stand_in) }
    }

    /// The placeholder's bytes.
    pub(crate) fn stand_in(&self) -> &[u8] {
        &self.stand_in
    }

    /// Replaces the folder's path with the placeholder. Returns whether there was any.
    fn hide(&self, bytes: &mut [u8]) -> bool {
        swap(bytes, &self.real, &self.stand_in) > 0
    }

    /// The same for a file that is never in memory as a whole.
    fn copy_hidden(&self, input: &mut dyn Read, out: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<bool> {
        copy_swapped(input, &self.real, &self.stand_in, out)
    }

    /// Copies a file and replaces the placeholder with the folder's path.
    fn copy_shown(&self, input: &mut dyn Read, out: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<bool> {
        copy_swapped(input, &self.stand_in, &self.real, out)
    }
}

/// Writes `to`, of the same length, over each `from`. Returns the end of the last one; 0 if there was none.
fn swap(bytes: &mut [u8], from: &[u8], to: &[u8]) -> usize {
    let mut at = 0;
    let mut last = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| find(rest, from)) {
        let begin = at + found;
        at = begin + from.len();
        if let Some(place) = bytes.get_mut(begin..at).filter(|place| place.len() == to.len()) {
            place.copy_from_slice(to);
            last = at;
        }
    }
    last
}

/// The bytes of a large file that are read at once.
const PART: u64 = 1 << 20;

/// Copies all bytes and replaces each `from` with `to`. Returns whether there was any. A possible beginning of `from`
/// at the end of a part waits for the next part.
fn copy_swapped(
    input: &mut dyn Read,
    from: &[u8],
    to: &[u8],
    out: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<bool> {
    let (mut part, mut any) = (Vec::new(), false);
    loop {
        let count = (&mut *input).take(PART).read_to_end(&mut part)?;
        let last = swap(&mut part, from, to);
        any |= last > 0;
        let waits = if count == 0 { 0 } else { from.len().saturating_sub(1) };
        let ready = part.len().saturating_sub(waits).max(last);
        out(part.get(..ready).unwrap_or_default())?;
        part.drain(..ready);
        if count == 0 {
            return Ok(any);
        }
    }
}

/// Keeps the files at these paths below `root`, with the placeholder for the folder's path; `None` if an archive cannot
/// hold them.
///
/// # Errors
/// If a file cannot be read or the archive cannot be written.
pub(crate) fn keep(
    store: &Store,
    root: &Path,
    paths: &[String],
    place: Option<&FolderStandIn>,
) -> Result<Option<BuiltFiles>> {
    let root = Beneath::open(root)?;
    let mut builder = PackBuilder::spooling(store);
    let mut placed = false;
    for path in paths {
        let found = root.found(path)?;
        let added = if found.is_some_and(|found| found.is_link()) {
            builder.add_symlink(path, &root.target(path)?).map_err(AppError::from)
        } else if found.is_some_and(|found| found.size() > LARGE) {
            keep_large(&mut builder, path, root.file(path)?, place).map(|any| placed |= any)
        } else {
            let mut bytes = root.read(path)?;
            placed |= place.is_some_and(|place| place.hide(&mut bytes));
            Ok(builder.add_file(path, found.is_some_and(|found| found.is_executable()), bytes)?)
        };
        match added {
            Err(AppError::Store(StoreError::Path { .. })) => return Ok(None),
            other => other?,
        }
    }
    Ok(Some(BuiltFiles { pack: builder.finish(store)?.id(), placed }))
}

fn keep_large(
    builder: &mut PackBuilder,
    path: &str,
    mut input: File,
    place: Option<&FolderStandIn>,
) -> Result<bool> {
    let executable = is_executable(&input.metadata()?);
    let Some(place) = place else {
        builder.copy_file(path, executable, &mut input)?;
        return Ok(false);
    };
    let mut file = builder.begin_file(path, executable)?;
    place.copy_hidden(&mut input, &mut |part| Ok(file.write(part)?))
}

/// Writes an archive's files below `root`. The placeholder is replaced with `place`, if given.
///
/// # Errors
/// If a file cannot be written.
pub(crate) fn put_back(pack: &Pack, root: &Path, place: Option<&FolderStandIn>) -> Result<()> {
    let root = Beneath::open(root)?;
    for folder in folders_of(pack.entries().iter().map(|entry| entry.path.as_str())) {
        root.make_folder(folder)?;
    }
    for entry in pack.entries() {
        match &entry.kind {
            PackKind::Symlink { target } => root.link(&entry.path, target)?,
            PackKind::File { executable } => {
                let mut out = root.create(&entry.path)?;
                let mut input = pack.reader(entry);
                match place {
                    None => drop(std::io::copy(&mut BufReader::with_capacity(1 << 18, input), &mut out)?),
                    Some(place) => {
                        place.copy_shown(&mut input, &mut |part| Ok(out.write_all(part)?))?;
                    }
                }
                let mode = if *executable { 0o755 } else { 0o644 };
                out.set_permissions(Permissions::from_mode(mode))?;
            }
        }
    }
    Ok(())
}

/// The entries of a folder, with enough data to detect changes.
#[derive(Debug, Default)]
pub(crate) struct FolderListing {
    files: BTreeMap<String, (u32, Stat)>,
    folders: BTreeSet<String>,
    /// Whether there is an entry that a listing cannot hold: a socket, a name that is not UTF-8.
    odd: bool,
}

impl FolderListing {
    /// Lists a folder, except for `apart`.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub(crate) fn of(root: &Path, apart: &BTreeSet<String>) -> Result<FolderListing> {
        let mut listing = FolderListing::default();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs_err::read_dir(folder)? {
                let entry = entry?;
                let (full, kind) = (entry.path(), entry.file_type()?);
                let Ok(path) = relative(root, &full) else {
                    listing.odd = true;
                    continue;
                };
                if kind.is_dir() {
                    if !apart.contains(&path) {
                        check_depth(&full, depth(&path))?;
                        listing.folders.insert(path);
                        folders.push(full);
                    }
                } else if kind.is_file() || kind.is_symlink() {
                    let metadata = entry.metadata()?;
                    listing.files.insert(path, (metadata.mode(), Stat::of(&metadata)));
                } else {
                    listing.odd = true;
                }
            }
        }
        Ok(listing)
    }

    /// The new and changed files; `None` if anything else changed.
    pub(crate) fn since(&self, before: &FolderListing) -> Option<Vec<String>> {
        let removed = before.files.keys().any(|path| !self.files.contains_key(path));
        let lost = before.folders.iter().any(|path| !self.folders.contains(path));
        let empty = self.folders.iter().filter(|path| !before.folders.contains(*path)).any(|path| {
            let below = format!("{path}/");
            !self.files.range(below.clone()..).next().is_some_and(|(file, _)| file.starts_with(&below))
        });
        if self.odd || removed || lost || empty {
            return None;
        }
        let changed = self.files.iter().filter(|(path, stat)| before.files.get(*path) != Some(*stat));
        Some(changed.map(|(path, _)| path.clone()).collect())
    }
}

#[cfg(test)]
mod tests;
