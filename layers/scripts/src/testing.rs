//! Shared by the unit tests of several modules: real workspaces in temporary folders.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use fourply_pnpm::{ImporterId, Manifest, PnpmSettings, Workspace};

pub(crate) fn id(folder: &str) -> ImporterId {
    ImporterId::new(folder).unwrap()
}

pub(crate) fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
}

/// The settings of a workspace without settings of its own.
pub(crate) fn settings() -> PnpmSettings {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[("package.json", "{}"), ("pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters:\n  .: {}\n")],
    );
    Workspace::read(folder.path(), None).unwrap().settings
}

pub(crate) fn manifest(text: &str) -> Manifest {
    Manifest::parse(text, "/nowhere").unwrap()
}
