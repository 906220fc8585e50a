//! The entries of a store that a workspace used. In: a workspace's folder. Out: kinds and names, kept between commands
//! for listings of the store. Only listings use them: a prune depends on times.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Result, Store};

/// The number of digits that identify a name.
const DIGITS: usize = 16;

/// The entries that a workspace used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedBy {
    /// Its folder.
    pub workspace: String,
    /// The beginnings of names, by kind.
    pub names: BTreeMap<String, BTreeSet<String>>,
}

crate::record! {
    /// The entries that a workspace used, by its folder.
    struct UsesOf<'a> in UsedBy, rules 1 => UsedBy {
        workspace: &'a Path,
    }
}

impl UsedBy {
    /// Whether the workspace used an entry.
    pub fn has(&self, kind: &str, name: &str) -> bool {
        self.names.get(kind).is_some_and(|names| names.contains(beginning(name)))
    }
}

impl Store {
    /// Marks a folder of the store as used, for [`Store::remember_uses`].
    pub fn note_folder(&self, folder: &Path) {
        let name = folder.strip_prefix(self.root()).unwrap_or(folder).to_string_lossy();
        if let Some((kind, name)) = name.rsplit_once('/') {
            self.note_asked(kind, name);
        }
    }

    /// Adds the requests since the store was opened to the workspace's earlier ones. Removed entries are left out.
    ///
    /// # Errors
    /// If the record cannot be written.
    pub fn remember_uses(&self, workspace: &Path) -> Result<()> {
        let record = UsesOf { workspace };
        let known = self.get(&record);
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (kind, name) in self.asked() {
            if self.place_of(&kind, &name).exists() || self.root().join(&kind).join(&name).exists() {
                names.entry(kind).or_default().insert(beginning(&name).to_owned());
            }
        }
        let before = known.as_ref().map(|known| known.names.clone()).unwrap_or_default();
        for (kind, before) in before {
            names.entry(kind).or_default().extend(before);
        }
        let workspace = workspace.to_string_lossy().into_owned();
        let now = UsedBy { workspace, names };
        if known.as_ref() == Some(&now) { Ok(()) } else { self.put(&record, &now) }
    }

    /// The entries used by each workspace that was built with this store.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn used_by(&self) -> Result<Vec<UsedBy>> {
        let mut found: Vec<UsedBy> = self.all_of::<UsesOf<'_>>()?;
        found.sort_by(|one, other| one.workspace.cmp(&other.workspace));
        Ok(found)
    }
}

fn beginning(name: &str) -> &str {
    name.get(..DIGITS).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn uses_are_kept_by_workspace_and_added_up() {
        let dir = tempfile::tempdir().unwrap();
        let use_it = |workspace: &str, text: &str| {
            let store = Store::open(dir.path()).unwrap();
            let digest = store.put_blob(text.as_bytes()).unwrap();
            store.remember_uses(Path::new(workspace)).unwrap();
            digest.hex()
        };
        let (one, two) = (use_it("/a", "1"), use_it("/a", "2"));
        let other = use_it("/b", "2");
        let store = Store::open(dir.path()).unwrap();
        let uses = store.used_by().unwrap();
        let has = |at: usize, name: &str| uses[at].has("blobs/sha256", name);
        assert_eq!(uses.iter().map(|uses| uses.workspace.as_str()).collect::<Vec<_>>(), ["/a", "/b"]);
        assert_eq!((has(0, &one), has(0, &two), has(1, &one), has(1, &other)), (true, true, false, true));
        assert!(!uses[0].has("packs", &one));
    }
}
