//! The modules ply: workspace and lockfile to graph, production closure and node_modules tree.
//!
//! `Workspace` (manifests, settings, lockfile) → `closure` (what one service needs on one platform) → `origins` (where its files come
//! from) → `gather` (the files, in the store) → `layout` (where every file and link goes) → `split` (which layer it goes to), `prune`
//! (what stays away). Nothing here speaks to a network but through the store, or writes an image.

mod bins;
mod builds;
mod closure;
mod dep_path;
mod dir_name;
mod error;
#[cfg(test)]
#[path = "../../../tests/support/fixtures.rs"]
mod fixtures;
mod folder;
mod fresh;
mod gather;
mod layout;
mod lockfile;
mod manifest;
mod materialise;
mod names;
mod order;
mod origins;
mod packed;
mod packlist;
mod patch;
mod platform;
mod prune;
mod repository;
pub mod rules;
mod services;
mod settings;
mod slot_fragment;
mod split;
mod tree;
mod workspace;
mod yaml;

pub use builds::{InstallScript, Preparation, Verdict, install_scripts, reported_as};
pub use closure::{Closure, ClosurePackage, Dependency, Include, closure};
pub use dep_path::DepPath;
pub use error::ModulesError;
pub(crate) use folder::Folder;
pub use fresh::{Difference, Stale, check_fresh};
pub use gather::{Gathered, gather};
pub use layout::{LayoutError, LayoutOptions, layout, package_dirs};
pub use lockfile::{
    Bundled, Importer, ImporterDependency, Lockfile, LockfileError, LockfileFormat, LockfileSettings,
    PackageInfo, PatchEntry, Resolution, Snapshot, Variant,
};
pub use manifest::{Group, Manifest};
pub use materialise::{materialise, put_beside};
pub use order::build_order;
pub use origins::{Origin, origins};
pub use packed::pack_folder;
pub use patch::apply_patches;
pub use platform::{Libc, Target};
pub use prune::{Prune, PruneOptions, Rule};
pub use repository::{Manager, Recipe, Repository};
pub use rules::Rules;
pub use services::services;
pub use settings::{Settings, SupportedArchitectures};
pub use slot_fragment::{Owner, Site, SlotFragment, own_fragments, shared_fragments, write_packed};
pub use split::{SharedLayer, Uses, split, uses};
pub use tree::{Contents, EntryKind, Node, Removal, Slot, Tree, TreeEntry};
pub use workspace::{ImporterId, ReadOptions, Workspace};
