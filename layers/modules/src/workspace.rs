//! A pnpm workspace as it lies on disk: its packages, its settings, its lockfile.

mod importer;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::{Dialect, Lockfile, Manifest, Settings};

pub use importer::ImporterId;

/// All that is read of a workspace before anything is planned.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the lockfile.
    pub root: PathBuf,
    /// Every package of the workspace, the root (`.`) included where it has a package.json.
    pub manifests: BTreeMap<ImporterId, Manifest>,
    /// The globs of pnpm-workspace.yaml; none for a single project.
    pub patterns: Vec<String>,
    /// The settings in force.
    pub settings: Settings,
    /// Text of the workspace's .npmrc, which also holds registries and tokens.
    pub npmrc_text: Option<String>,
    /// The lockfile.
    pub lockfile: Lockfile,
    /// Whose rules are followed.
    pub dialect: Dialect,
}
