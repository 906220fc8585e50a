//! Workspaces without files, for the tests of this crate.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use fourply_blob::Key;
use serde_json::Map;

use crate::rules::PNPM_10;
use crate::settings::Sources;
use crate::{ImporterId, Lockfile, Manifest, PnpmSettings, Target, Workspace};
use fourply_platform::Libc;

/// A workspace at `/w` with this lockfile and an empty package.json in each importer.
pub(crate) fn workspace(lockfile: &str) -> Workspace {
    let lockfile = Lockfile::parse(lockfile).unwrap();
    let ids: Vec<ImporterId> = lockfile.importers.keys().cloned().collect();
    let manifests: BTreeMap<_, _> =
        ids.into_iter().map(|id| (id, Manifest::parse("{}", "/w").unwrap())).collect();
    let (environment, yaml) = (BTreeMap::new(), Map::new());
    let sources = Sources {
        npmrc: Vec::new(),
        environment: &environment,
        manifest: None,
        workspace: &yaml,
        root: "/w".as_ref(),
    };
    Workspace {
        root: "/w".into(),
        manifests,
        patterns: Vec::new(),
        settings: PnpmSettings::read(&sources, &PNPM_10.settings).unwrap(),
        npmrc_text: None,
        lockfile,
        lockfile_text_key: Key::of(b""),
        rules: &PNPM_10,
        notes: Vec::new(),
    }
}

/// Gives an importer this package.json.
pub(crate) fn with_manifest(workspace: &mut Workspace, folder: &str, text: &str) {
    let id = ImporterId::new(folder).unwrap();
    workspace.manifests.insert(id, Manifest::parse(text, "/w").unwrap());
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
