//! Shared by the unit tests of several modules.
#![allow(clippy::unwrap_used)]

use fourply_platform::Libc;
use fourply_pnpm::rules::PNPM_10;
use fourply_pnpm::{Lockfile, Target, Workspace};

/// A workspace with this lockfile, pnpm 10 and an empty package.json in each importer. Its folder no longer exists.
pub(crate) fn workspace(lockfile: &str) -> Workspace {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("pnpm-lock.yaml"), lockfile).unwrap();
    fs_err::write(folder.path().join("package.json"), "{}").unwrap();
    for id in Lockfile::parse(lockfile).unwrap().importers.keys() {
        let dir = folder.path().join(id.as_str());
        fs_err::create_dir_all(&dir).unwrap();
        fs_err::write(dir.join("package.json"), "{}").unwrap();
    }
    let mut workspace = Workspace::read(folder.path(), Some(&PNPM_10)).unwrap();
    workspace.root = "/w".into();
    workspace
}

/// linux, x64, glibc, node 20.
pub(crate) fn target() -> Target {
    Target {
        os: "linux".to_owned(),
        cpu: "x64".to_owned(),
        libc: Libc::Glibc,
        node: Some("20.20.2".parse().unwrap()),
    }
}
