//! The options of a layout: [`LayoutOptions`]. Nothing is decided here.

use std::collections::BTreeSet;

use fourply_blob::Key;

use super::hoist::WorkspaceLinks;
use crate::{DepPath, PackageContents, Rules};

/// The inputs of a layout other than workspace, closure and archives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutOptions {
    /// The workspace's root in the image, e.g. `/app`: absolute. Shims contain it.
    pub root_in_image: String,
    pub rules: &'static Rules,
    /// True for the tree of an install that may run scripts (pnpm's default), false for one with `--ignore-scripts`. By
    /// some rules, commands are linked again before scripts would run, with other paths in the shims.
    pub scripts: bool,
    /// The archives of packages whose install scripts ran, from before the scripts.
    pub published: PackageContents,
    /// The files that install scripts left next to their packages, see [`Slot::beside`](crate::Slot::beside).
    pub beside: PackageContents,
    /// The archives of patched packages from before patching. Most commands are linked before packages are patched.
    pub unpatched: PackageContents,
    /// The build's output in the workspace, as an archive with paths relative to the root. Commands of workspace
    /// packages are looked up there first, then in the workspace on disk. A production install after the build would
    /// find the same.
    pub built: Option<Key>,
    pub workspace_links: WorkspaceLinks,
    /// Packages that could not be fetched and that no link leads to, and packages that therefore lack the link to a
    /// dependency.
    pub lacking: BTreeSet<DepPath>,
}

impl LayoutOptions {
    /// A layout by `rules` at `root_in_image`, without scripts.
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
