//! What a layout is told: [`LayoutOptions`]. Nothing is decided here.

use std::collections::BTreeSet;

use fourply_blob::Key;

use super::hoist::WorkspaceLinks;
use crate::{DepPath, PackageContents, Rules};

/// What a layout depends on besides workspace, closure and packs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutOptions {
    /// The folder that the workspace's root is in the image, e.g. `/app`: absolute. Shims hold it.
    pub root_in_image: String,
    pub rules: &'static Rules,
    /// The tree of an install that may run scripts (true, pnpm's default) or of one with `--ignore-scripts` (false): by some rules commands
    /// are linked again before scripts would run, with other paths in the shims.
    pub scripts: bool,
    /// The packs of those packages whose install scripts ran, as they were before.
    pub published: PackageContents,
    /// What install scripts left beside their packages, see [`Slot::beside`](crate::Slot::beside).
    pub beside: PackageContents,
    /// The packs of patched packages as they were before. Most commands are linked before packages are patched.
    pub unpatched: PackageContents,
    /// What a build left of the workspace, as a pack with paths relative to the root: the commands of workspace packages are looked for
    /// there before they are in the workspace as it lies on disk, as an install for production after the build would find them.
    pub built: Option<Key>,
    pub workspace_links: WorkspaceLinks,
    /// Packages that could not be fetched and to which no link leads, and those that have thus no link to one of their dependencies.
    pub lacking: BTreeSet<DepPath>,
}

impl LayoutOptions {
    /// The layout by `rules` at `root_in_image`, scripts not run.
    pub fn new(root_in_image: impl Into<String>, rules: &'static Rules) -> LayoutOptions {
        LayoutOptions {
            root_in_image: root_in_image.into(),
            rules,
            scripts: false,
            published: PackageContents::default(),
            beside: PackageContents::default(),
            unpatched: PackageContents::default(),
            built: None,
            workspace_links: WorkspaceLinks::All,
            lacking: BTreeSet::new(),
        }
    }
}
