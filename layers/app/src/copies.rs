//! Packages in node_modules that are copies of workspace folders: injected packages and `file:` folders. In: a closure.
//! Out: copies with the folders' current content.
//!
//! pnpm copies at install time, before the build, and needs `syncInjectedDepsAfterScripts` to update outputs in the
//! copy. Here the copies are updated after each level, so that a service is built against its packages' outputs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_pnpm::{Closure, DepPath, ImporterId, Rules, Workspace, package_dirs};
use fourply_store::{Pack, PackKind, Store};

use crate::Result;
use fourply_scripts::beneath::Beneath;
use fourply_scripts::pack_folder;

/// The locations of each folder's copies.
#[derive(Debug)]
pub(crate) struct Copies {
    rules: &'static Rules,
    places: BTreeMap<ImporterId, Vec<String>>,
}

impl Copies {
    /// The copies in a closure.
    ///
    /// # Errors
    /// If a name cannot be a path.
    pub(crate) fn new(workspace: &Workspace, closure: &Closure) -> Result<Copies> {
        let folders = closure.copied_folders();
        let mut places = BTreeMap::new();
        if !folders.is_empty() {
            let dirs = package_dirs(workspace, closure)?;
            let of = |packages: Vec<DepPath>| {
                packages.iter().filter_map(|path| dirs.get(path)).flatten().cloned().collect()
            };
            places = folders.into_iter().map(|(folder, packages)| (folder, of(packages))).collect();
        }
        Ok(Copies { rules: workspace.rules, places })
    }

    /// Updates the copies of the `chosen` folders in the workspace at `root`.
    ///
    /// # Errors
    /// If a folder is not a package, or a file cannot be written.
    pub(crate) fn refresh(
        &self,
        store: &Store,
        root: &Path,
        chosen: &dyn Fn(&ImporterId) -> bool,
    ) -> Result<()> {
        for (folder, places) in self.places.iter().filter(|(folder, _)| chosen(folder)) {
            let pack =
                store.open_pack(&pack_folder(store, root, folder, &self.rules.packing, &|_| false)?)?;
            let root = Beneath::open(root)?;
            places.iter().try_for_each(|place| refresh(&root, place, &pack))?;
        }
        Ok(())
    }
}

/// Files of the copy may be open: they are replaced, never written to.
fn refresh(root: &Beneath, copy: &str, pack: &Pack) -> Result<()> {
    let wanted: BTreeSet<&str> = pack.entries().iter().map(|entry| entry.path.as_str()).collect();
    remove_others(root, copy, "", &wanted)?;
    for entry in pack.entries() {
        let path = format!("{copy}/{}", entry.path);
        let PackKind::File { executable } = entry.kind else { continue };
        let wanted = pack.bytes(entry)?;
        let is_file = root.found(&path)?.is_some_and(|found| found.is_file());
        if is_file && root.read(&path).is_ok_and(|bytes| bytes == *wanted) {
            continue;
        }
        for (at, _) in entry.path.match_indices('/') {
            root.make_folder(&format!("{copy}/{}", entry.path.get(..at).unwrap_or_default()))?;
        }
        root.write(&path, executable, &wanted)?;
    }
    Ok(())
}

/// Removes files that the folder no longer has. Links in the copy's own node_modules do not belong to the folder and
/// stay.
fn remove_others(root: &Beneath, copy: &str, folder: &str, wanted: &BTreeSet<&str>) -> Result<()> {
    let place = |path: &str| format!("{copy}/{path}");
    let there = if folder.is_empty() { copy.to_owned() } else { place(folder) };
    for (name, found) in root.entries(&there)? {
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if path == "node_modules" {
            continue;
        }
        if found.is_folder() {
            remove_others(root, copy, &path, wanted)?;
        } else if !wanted.contains(path.as_str()) {
            root.remove(&place(&path))?;
        }
    }
    Ok(())
}
