//! The modules ply: workspace and lockfile to graph, production closure and node_modules tree.
//!
//! `Workspace` (manifests, settings, lockfile) → `closure` (what one service needs on one platform) → `requests` (what to
//! fetch) → `layout` (where every file and link goes). Nothing here speaks to a network or writes an image.

mod closure;
mod dep_path;
mod dialect;
mod error;
mod lockfile;
mod manifest;
mod platform;
mod settings;
mod workspace;

pub use closure::{Closure, ClosurePackage, Dependency, Include};
pub use dep_path::DepPath;
pub use dialect::Dialect;
pub use error::{LockfileError, ModulesError};
pub use lockfile::{
    Bundled, Importer, ImporterDependency, Lockfile, LockfileFormat, LockfileSettings, PackageInfo, PatchEntry, Resolution,
    Snapshot, Variant,
};
pub use manifest::{Group, Manifest};
pub use platform::{Libc, Target};
pub use settings::{Settings, SupportedArchitectures};
pub use workspace::{ImporterId, Workspace};
