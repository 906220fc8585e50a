//! Folders that a build left empty among a service's outputs. They are in the image like its files. In: the build
//! folder, the service, its patterns. Out: paths. Only names are read.

use std::collections::BTreeSet;
use std::path::Path;

use fourply_pnpm::ImporterId;
use fourply_scripts::files::folder_of;

use crate::Patterns;

/// The most folders that are checked.
const MOST: usize = 100_000;

/// Their paths, relative to the workspace's root. Folders of `packages` inside the service's folder are excluded.
pub(crate) fn empty_folders(
    root: &Path,
    service: &ImporterId,
    outputs: &Patterns,
    packages: &BTreeSet<String>,
) -> BTreeSet<String> {
    let folder = folder_of(root, service);
    let (mut found, mut seen) = (BTreeSet::new(), 0);
    // In the order of names, so that the limit selects the same folders on every host.
    let mut left = BTreeSet::from([String::new()]);
    while let Some(path) = left.pop_first().filter(|_| seen < MOST) {
        seen += 1;
        let Ok(entries) = std::fs::read_dir(folder.join(&path)) else { continue };
        let mut empty = true;
        for entry in entries.flatten() {
            empty = false;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let full = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            let passed =
                path.is_empty() && name == "node_modules" || name == ".git" || name.starts_with(".wh.");
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && !passed && !packages.contains(&service.path_of(&full)) {
                left.insert(full);
            }
        }
        if empty && !path.is_empty() && outputs.names(&path) {
            found.insert(service.path_of(&path));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn empty_folders_of_outputs_are_found() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "a/dist/uploads",
            "a/dist/public/tmp",
            "a/dist/logs",
            "a/src/uploads",
            "a/node_modules/x",
            "a/dist/.wh.x",
            "a/dist/inner/y",
        ] {
            fs_err::create_dir_all(root.path().join(path)).unwrap();
        }
        fs_err::write(root.path().join("a/dist/logs/.gitkeep"), "").unwrap();
        std::os::unix::fs::symlink("uploads", root.path().join("a/dist/link")).unwrap();
        let outputs = Patterns::new(&["dist".to_owned()]).unwrap();
        let service = ImporterId::new("a").unwrap();
        let packages = BTreeSet::from(["a".to_owned(), "a/dist/inner".to_owned()]);
        let found = empty_folders(root.path(), &service, &outputs, &packages);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a/dist/public/tmp", "a/dist/uploads"]);
    }
}
