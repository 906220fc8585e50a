//! The dist ply: the build step, and the application's tree that it leaves.
//!
//! In: a workspace, the closures of one service, a script's name and output patterns. Out: one pack with the package.json files, the
//! service's outputs and the workspace packages that it needs at run time, at their paths in the workspace. It knows neither images nor
//! bases, and asks the network for nothing but node and package managers.
//!
//! | module | what it does |
//! |---|---|
//! | `build` | the stages in their order |
//! | `request` | what is asked for, what is given |
//! | `sources`, `hash`, `stat_cache` | what the build sees, and its contents |
//! | `key` | what decides a build |
//! | `order`, `levels` | packages in topological order, those that did not change from cache |
//! | `alone`, `made` | packages that are built once for all services, and what scripts made |
//! | `workshop` | an install, and the scripts that run in it |
//! | `scripts`, `environment`, `process` | the scripts of one level |
//! | `scratch`, `install`, `sync`, `place` | the folder that they run in |
//! | `copies` | packages of the workspace that node_modules has copies of |
//! | `tools` | node and pnpm |
//! | `turns` | what runs at once, and what after what |
//! | `lifecycle` | install scripts of packages, and what they leave |
//! | `prepare` | repositories that are built to be packages |
//! | `generated` | what a build step leaves in node_modules |
//! | `written` | files that scripts wrote, as the image has them |
//! | `elf`, `binaries` | what native modules are for |
//! | `outputs`, `patterns`, `files` | what is captured |
//! | `entry` | the program to start |
//! | `report`, `error`, `atomic` | what is told, what can go wrong, files that appear whole |

mod alone;
mod atomic;
mod binaries;
mod build;
mod copies;
mod elf;
mod entry;
mod environment;
mod error;
mod files;
mod generated;
mod hash;
mod install;
mod key;
mod levels;
mod lifecycle;
mod made;
mod order;
mod outputs;
mod patterns;
mod place;
mod prepare;
mod process;
mod report;
mod request;
mod scratch;
mod scripts;
mod sources;
mod stat_cache;
mod sync;
#[cfg(test)]
mod testing;
mod tools;
mod turns;
mod workshop;
mod written;

pub use binaries::check_binaries;
pub use build::dist;
pub use entry::{Entry, Outputs, is_program};
pub use error::{DistError, Ended, InstallFailure, Result, ScriptFailure, Supplied};
pub use hash::{Hashed, hash_sources, list_key};
pub use lifecycle::{Builds, InstallRequest, InstallTools, Installed, run_install_scripts, toolchain};
pub use order::build_levels;
pub use patterns::Patterns;
pub use prepare::{PrepareRequest, PrepareTools, prepare};
pub use report::{Event, NoReport, Report};
pub use request::{Dist, DistRequest, Supplies};
pub use sources::{Scope, Source, SourceKind, list, needed_folders};
pub use stat_cache::StatCache;
pub use tools::{
    BuildManager, BuildNode, BuildPnpm, NodeGyp, build_manager, build_node, build_pnpm, node_gyp,
    pnpm_version, tool_packages,
};
pub use turns::in_turns;
