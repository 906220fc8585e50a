//! Verifies the content of a store. In: files by kind and name. Out: the number of valid ones; the others are removed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::prune::{FILES, RECORDS};
use crate::sound::is_sound;
use crate::{Damage, Progress, Result, Store, Watch};

/// Kinds of folders with recorded content, and the changes that count.
const STAMPED: [(&str, Watch); 4] = [
    ("build/roots", Watch::Everything),
    ("build/tools", Watch::Everything),
    ("unfolded", Watch::Everything),
    ("unpacked", Watch::Contents),
];

/// The result of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// The number of valid files and folders, by kind.
    pub sound: BTreeMap<String, u64>,
    /// The damaged ones, which were removed.
    pub damaged: BTreeMap<String, Damage>,
    /// The number of folders that were not read, by kind.
    pub unread: BTreeMap<String, u64>,
}

/// Folders that their users compare with the original content.
const COMPARED: [&str; 1] = ["build/installs"];

impl Store {
    /// Reads every file of the store. Damaged files are removed. Installs are not read: each build compares its own
    /// install.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn verify(&self, progress: &dyn Progress) -> Result<Verified> {
        let before = self.damages();
        let mut kinds: Vec<String> = FILES.map(str::to_owned).to_vec();
        kinds.extend(self.folders_of(RECORDS)?.iter().filter_map(|path| kind_of_records(path)));
        let mut found = Vec::new();
        for kind in &kinds {
            for shard in self.folders_of(kind)? {
                for entry in fs_err::read_dir(shard)? {
                    found.push((kind.as_str(), entry?.path()));
                }
            }
        }
        progress.begin("verify", Some(found.len() as u64));
        let sound: Vec<&str> =
            found.par_iter().filter_map(|(kind, path)| self.verify_one(kind, path, progress)).collect();
        progress.end();
        let mut verified = Verified::default();
        sound.iter().for_each(|kind| *verified.sound.entry((*kind).to_owned()).or_default() += 1);
        for (kind, watch) in STAMPED {
            let folders = self.folders_of(kind)?;
            let whole = folders.iter().filter(|folder| self.has_folder(folder, watch)).count() as u64;
            if whole > 0 {
                verified.sound.insert(kind.to_owned(), whole);
            }
        }
        for kind in COMPARED {
            // Locks are next to them.
            let entries = std::fs::read_dir(self.root().join(kind)).into_iter().flatten().flatten();
            let count = entries.filter(|entry| entry.path().is_dir()).count() as u64;
            if count > 0 {
                verified.unread.insert(kind.to_owned(), count);
            }
        }
        verified.damaged = self.damages();
        for (kind, damage) in before {
            if let Some(found) = verified.damaged.get_mut(&kind) {
                found.count -= damage.count;
            }
        }
        verified.damaged.retain(|_, damage| damage.count > 0);
        Ok(verified)
    }

    /// Reads every file that this process requested, and returns whether one was damaged. A damaged file is removed.
    pub fn verify_asked(&self) -> bool {
        let asked = self.asked();
        let damaged = |(kind, name): &&(String, String)| {
            let path = self.place_of(kind, name);
            let damaged = std::fs::symlink_metadata(&path).is_ok() && !is_sound(kind, &path);
            if damaged {
                self.damaged(kind, &path);
            }
            damaged
        };
        asked.par_iter().filter(damaged).count() > 0
    }

    fn verify_one<'k>(&self, kind: &'k str, path: &Path, progress: &dyn Progress) -> Option<&'k str> {
        let sound = is_sound(kind, path);
        progress.advance(1);
        // Another process may have removed it.
        if !sound && std::fs::symlink_metadata(path).is_ok() {
            self.damaged(kind, path);
        }
        sound.then_some(kind)
    }

    /// The folders in a folder of the store. Other content there is removed.
    fn folders_of(&self, kind: &str) -> Result<Vec<PathBuf>> {
        let folder = self.root().join(kind);
        let mut found = Vec::new();
        let Ok(entries) = std::fs::read_dir(&folder) else {
            self.make_way(&folder.join("x"));
            return Ok(found);
        };
        for entry in entries {
            let path = entry?.path();
            match path.is_dir() {
                true => found.push(path),
                false => self.damaged(kind, &path),
            }
        }
        Ok(found)
    }
}

/// The kind of a records folder, such as `records/bins`.
fn kind_of_records(path: &Path) -> Option<String> {
    Some(format!("{RECORDS}/{}", path.file_name()?.to_str()?))
}

#[cfg(test)]
mod tests;
