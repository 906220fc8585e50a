//! Packages in node_modules that are copies of the workspace's folders: injected ones, and `file:` folders. In: a closure. Out: copies that
//! are what the folders hold now.
//!
//! pnpm makes such a copy when it installs, before anything is built, and needs `syncInjectedDepsAfterScripts` to see outputs in it. Here
//! the copies follow each level, so that a service is built against what its packages were built to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_pnpm::{Closure, DepPath, ImporterId, Rules, Workspace, package_dirs};
use fourply_store::{Pack, PackKind, Store};

use crate::Result;
use crate::sync::make_folder;
use fourply_scripts::pack_folder;

/// Where each folder's copies lie.
#[derive(Debug)]
pub(crate) struct Copies {
    rules: &'static Rules,
    places: BTreeMap<ImporterId, Vec<String>>,
}

impl Copies {
    /// The copies that a closure has.
    ///
    /// # Errors
    /// A name that cannot be a path.
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

    /// Brings the copies of the `chosen` folders of the workspace at `root` up to date.
    ///
    /// # Errors
    /// A folder that is no package, files that cannot be written.
    pub(crate) fn refresh(
        &self,
        store: &Store,
        root: &Path,
        chosen: &dyn Fn(&ImporterId) -> bool,
    ) -> Result<()> {
        for (folder, places) in self.places.iter().filter(|(folder, _)| chosen(folder)) {
            let pack =
                store.open_pack(&pack_folder(store, root, folder, &self.rules.packing, &|_| false)?)?;
            for place in places {
                refresh(&root.join(place), &pack)?;
            }
        }
        Ok(())
    }
}

/// Files of the copy may be open somewhere: they are replaced, never written to.
fn refresh(copy: &Path, pack: &Pack) -> Result<()> {
    let wanted: BTreeSet<&str> = pack.entries().iter().map(|entry| entry.path.as_str()).collect();
    remove_others(copy, "", &wanted)?;
    for entry in pack.entries() {
        let path = copy.join(&entry.path);
        let PackKind::File { executable } = entry.kind else { continue };
        let wanted = pack.bytes(entry)?;
        if std::fs::read(&path).is_ok_and(|bytes| bytes == *wanted) {
            continue;
        }
        for (at, _) in entry.path.match_indices('/') {
            make_folder(&copy.join(entry.path.get(..at).unwrap_or_default()))?;
        }
        if path.symlink_metadata().is_ok() {
            fs_err::remove_file(&path)?;
        }
        fs_err::write(&path, wanted)?;
        let mode = if executable { 0o755 } else { 0o644 };
        fs_err::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    }
    Ok(())
}

/// Removes files that the folder has no more. The links of the copy, in its own node_modules, are none of the folder's.
fn remove_others(copy: &Path, folder: &str, wanted: &BTreeSet<&str>) -> Result<()> {
    for entry in fs_err::read_dir(copy.join(folder))? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
        if path == "node_modules" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            remove_others(copy, &path, wanted)?;
        } else if !wanted.contains(path.as_str()) {
            fs_err::remove_file(entry.path())?;
        }
    }
    Ok(())
}
