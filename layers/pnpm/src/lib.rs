//! pnpm's rules: from a workspace and its lockfile to the dependency graph, the production closure and the node_modules
//! tree.
//!
//! In: the files of a workspace, and the contents of packages as values. Out: [`Closure`], [`Tree`], the split into
//! layers, verdicts. It reads only the workspace's own files: no store, no network, no image.
//!
//! `Workspace` (manifests, settings, lockfile) → `closure` (what one service needs on one platform) → `layout` (where
//! every file and link goes) → `split`, `shares`, `parts` (the layer of each package). Separate modules: `packlist`
//! (what npm packs of a folder), `patch`, `builds` (which install scripts run).

mod bins;
mod builds;
mod closure;
mod dep_path;
mod dir_name;
mod error;
mod fresh;
mod hoister;
mod layout;
mod lockfile;
mod manifest;
mod names;
mod order;
mod packlist;
mod parts;
mod patch;
mod platform;
pub mod rules;
mod script_events;
mod services;
mod settings;
mod shares;
mod split;
mod tree;
mod workspace;
mod yaml;

pub use bins::{Offers, PackOffers, PackageBins, PackageFiles, package_bins, strip_carriage_return};
pub use builds::{InstallScript, Preparation, Verdict, reported_as};
pub use closure::{Closure, ClosurePackage, Dependency, ImagePackages, Include, closure, image_closure};
pub use dep_path::DepPath;
pub use error::PnpmError;
pub use fresh::{Difference, Stale, check_fresh};
pub use layout::hoist::{HoistableNames, WorkspaceLinks, hoistable_packages};
pub use layout::paths::{join_inside, parent};
pub use layout::{Layout, LayoutError, LayoutOptions, Planned, package_dirs, slot_names};
pub use lockfile::{
    Bundled, Importer, ImporterDependency, Lockfile, LockfileError, LockfileFormat, LockfileSettings,
    PackageInfo, PatchEntry, Resolution, Snapshot, Variant,
};
pub use manifest::{DependencyGroup, Manifest};
pub use order::build_order;
pub use packlist::{PackageFolder, packlist};
pub use parts::{Part, parts};
pub use patch::{PatchFile, patch_files, patch_hash};
pub use platform::Target;
pub use rules::Rules;
pub use script_events::script_events;
pub use services::{listed_services, services};
pub use settings::{
    BinSettings, BuildScriptSettings, FolderSettings, HoistSettings, HoistingLimits, NodeLinker,
    PlatformSettings, PnpmSettings, ResolutionSettings, SupportedArchitectures,
};
pub use shares::{own_share, shares};
pub use split::{ServiceUses, SharedLayer, split, uses};
pub use tree::{Node, PackageContents, Slot, Tree};
pub use workspace::{
    AuthRoutes, DevelopmentNames, GlobalNetwork, ImporterId, JsonAuth, ReadOptions, Workspace,
    WorkspaceNetwork,
};
