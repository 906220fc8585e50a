//! The modules stage: from a closure to layers with node_modules.
//!
//! `origins` (where each package's files come from) → `gather` (the files, in the store) → `patch` → install scripts →
//! layout → `binaries` (whether native modules can run in the image) → `prune` (which files are left out) → `divided`
//! (the layer of each package) → `slot_fragment` (fragments of layers). An `inventory` lists the layers' content. This
//! crate uses the network only through the store, and knows neither services' outputs nor images.

mod binaries;
mod contents;
mod difference;
mod divided;
mod entries;
mod error;
mod gather;
mod image_root;
mod install_scripts;
mod inventory;
mod layers;
mod layers_key;
mod manifests;
mod missing;
mod origins;
mod patch;
mod plan;
mod prune;
mod removals;
mod repositories;
mod request;
mod settings;
mod shared;
mod slot_fragment;
#[cfg(test)]
mod testing;
mod weights;

pub(crate) use binaries::check_binaries;
pub use binaries::{NativeFile, native_files};
pub use difference::{
    DifferenceKind, DifferenceReason, FoundEntry, FoundKind, KnownWorkspace, PathDifference, differences,
};
pub use entries::{EntryKind, PlannedEntry, entries};
pub use error::ModulesError;
pub use gather::{GatherRequest, Gathered, gather};
pub use image_root::ImageRoot;
pub use inventory::{InstalledNode, InstalledPackage, Inventory};
pub use layers::{ModuleLayers, layers};
pub use manifests::{PackageManifest, Placement, manifest_folder, manifests, manifests_in, read_manifest};
pub use origins::{PackageOrigin, origins};
pub use patch::apply_patches;
pub use plan::{PlannedTree, plan, plan_build};
pub use prune::{Prune, PruneOptions, PruneRule};
pub use removals::{Removal, removals};
pub use request::{LayersRequest, PlanRequest};
pub use settings::InstallSettings;
pub use shared::SharedLayers;
pub use slot_fragment::write_packed;
pub(crate) use slot_fragment::{ImagePlacement, Owner, SlotFragment, own_fragments, shared_fragments};
pub use weights::{PackageWeight, Weights};
