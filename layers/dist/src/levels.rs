//! Levels of packages, one after the other, each from cache where its inputs are those of an earlier build. In: a build folder with
//! node_modules, sources, scripts. Out: the built workspace in that folder.
//!
//! When a level's scripts run, the folder holds the sources of no package but those of this level and of earlier ones, those that are in
//! no level, and the root's own files: a script cannot see what is not in its level's key. So a changed line of a service runs the
//! scripts of the service alone, and what its workspace packages made is put back.
//!
//! What a level made is what its scripts added to or changed in the folder, node_modules included. A level is not kept if that is not all
//! it did: if it removed something, left an empty folder or a link out of the workspace, or wrote to a package's files in place. Its
//! scripts then run every time.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use fourply_blob::Key;
use fourply_modules::ImporterId;
use fourply_store::{Pack, PackBuilder, PackKind, Store, StoreError};
use fs_err::os::unix::fs::symlink;

use crate::Result;
use crate::copies::Copies;
use crate::generated::is_cache;
use crate::hash::{Hashed, list_key};
use crate::scratch::Scratch;
use crate::scripts::Run;
use crate::sources::{is_executable, owner, read_target, relative};
use crate::stat_cache::Stat;
use crate::sync::make_folder;

/// All that building levels takes.
pub(crate) struct Levels<'a> {
    /// Where results of levels are kept.
    pub store: &'a Store,
    /// The build folder, installed.
    pub scratch: &'a Scratch,
    /// Where the sources lie.
    pub from: &'a Path,
    /// All sources.
    pub sources: &'a [Hashed],
    /// Every package of the workspace.
    pub packages: BTreeSet<String>,
    /// How scripts run.
    pub run: &'a Run<'a>,
    /// The key of a level over the key of the sources that it sees.
    pub key: &'a dyn Fn(&[ImporterId], &Key) -> Key,
    /// Packages in node_modules that are copies of folders.
    pub copies: Copies,
}

impl Levels<'_> {
    /// Builds all levels in the build folder.
    ///
    /// # Errors
    /// Those of scripts, and files that cannot be read or written.
    pub(crate) fn build(&self, levels: &[Vec<ImporterId>]) -> Result<()> {
        let mut stages = self.stages(levels).into_iter();
        let mut visible = stages.next().unwrap_or_default();
        self.scratch.fill(self.from, &visible)?;
        let root = self.scratch.root();
        self.copies.refresh(self.store, &root, &|folder| !levels.iter().flatten().any(|id| id == folder))?;
        for (index, (level, sources)) in levels.iter().zip(stages).enumerate() {
            self.scratch.add(self.from, &sources)?;
            visible.extend(sources);
            if self.run.concerns(level) {
                self.scratch.empty_homes()?;
                // The last level has the service: its result is what the whole build is kept for.
                match index + 1 == levels.len() {
                    true => self.run.level(level)?,
                    false => self.kept(level, &visible)?,
                }
            }
            self.copies.refresh(self.store, &root, &|folder| level.contains(folder))?;
        }
        Ok(())
    }

    /// The sources that are there from the beginning, then those of each level.
    fn stages(&self, levels: &[Vec<ImporterId>]) -> Vec<Vec<Hashed>> {
        let places =
            levels.iter().enumerate().flat_map(|(index, level)| level.iter().map(move |id| (id, index + 1)));
        let places: BTreeMap<&str, usize> = places.map(|(id, stage)| (id.as_str(), stage)).collect();
        let mut stages = vec![Vec::new(); levels.len() + 1];
        for hashed in self.sources {
            let stage = match owner(&self.packages, &hashed.source.path, false) {
                // Every package may look at the root's files, also where the root is a package of the build.
                "." => 0,
                package => places.get(package).copied().unwrap_or(0),
            };
            if let Some(stage) = stages.get_mut(stage) {
                stage.push(hashed.clone());
            }
        }
        stages
    }

    /// Builds a level, or puts back what it made the last time.
    fn kept(&self, level: &[ImporterId], visible: &[Hashed]) -> Result<()> {
        let key = (self.key)(level, &list_key(visible));
        if let Some(pack) = self.store.derived_pack(&key)?.and_then(|id| self.store.open_pack(&id).ok()) {
            return put_back(&pack, &self.scratch.root());
        }
        let (before, modules) = (self.scratch.listing()?, self.scratch.snapshot()?);
        self.run.level(level)?;
        let made = self.scratch.listing()?.since(&before);
        let changes = self.scratch.snapshot()?.since(&modules, &self.scratch.root());
        if let Some(mut made) = made
            && changes.gone.is_empty()
            && changes.shared.is_empty()
        {
            made.extend(changes.written.into_iter().filter(|path| !is_cache(path)));
            let Some(pack) = self.packed(&made)? else { return Ok(()) };
            self.store.record_derived(&key, &pack)?;
        }
        Ok(())
    }

    /// What was made, as a pack; nothing where a pack cannot hold it.
    fn packed(&self, made: &[String]) -> Result<Option<Key>> {
        let root = self.scratch.root();
        let mut builder = PackBuilder::new();
        for path in made {
            let full = root.join(path);
            let metadata = fs_err::symlink_metadata(&full)?;
            let added = if metadata.is_symlink() {
                builder.add_symlink(path, &read_target(&full)?)
            } else {
                builder.add_file(path, is_executable(&metadata), fs_err::read(&full)?)
            };
            match added {
                Err(StoreError::Path { .. }) => return Ok(None),
                other => other?,
            }
        }
        Ok(Some(builder.finish(self.store)?.id()))
    }
}

fn put_back(pack: &Pack, root: &Path) -> Result<()> {
    for entry in pack.entries() {
        let path = root.join(&entry.path);
        let above = entry.path.match_indices('/').filter_map(|(at, _)| entry.path.get(..at));
        for folder in above {
            make_folder(&root.join(folder))?;
        }
        if path.symlink_metadata().is_ok() {
            fs_err::remove_file(&path)?;
        }
        match &entry.kind {
            PackKind::Symlink { target } => symlink(target, &path)?,
            PackKind::File { executable } => {
                fs_err::write(&path, pack.bytes(entry)?)?;
                let mode = if *executable { 0o755 } else { 0o644 };
                fs_err::set_permissions(&path, PermissionsExt::from_mode(mode))?;
            }
        }
    }
    Ok(())
}

/// What lies in a folder: enough to tell what was changed since.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    files: BTreeMap<String, (u32, Stat)>,
    folders: BTreeSet<String>,
    /// Something is there that no list can hold: a socket, a name that is no UTF-8.
    odd: bool,
}

impl Listing {
    /// Lists a folder but for `apart`.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub(crate) fn of(root: &Path, apart: &BTreeSet<String>) -> Result<Listing> {
        let mut listing = Listing::default();
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

    /// The files that are new or changed; nothing if something else happened as well.
    fn since(&self, before: &Listing) -> Option<Vec<String>> {
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
