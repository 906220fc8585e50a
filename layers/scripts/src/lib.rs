//! Running what strangers wrote, and the folders in which that happens.
//!
//! In: packs, closures, versions of tools, commands. Out: packs as scripts left them. It knows neither layers nor images, and asks the
//! network for nothing but node, package managers, git repositories, and what scripts download.
//!
//! | module | what it does |
//! |---|---|
//! | `secrets` | values that some scripts get and nothing else may hold |
//! | `process`, `access`, `environment`, `events`, `run` | one script: the command, what it finds, which there are |
//! | `sandbox` | what a script may see and do |
//! | `network` | what it reaches of the network: downloads that are locked |
//! | `turns` | what runs at once, and what after what |
//! | `twice` | two runs of the same scripts, and how they differ |
//! | `report` | what is told |
//! | `host`, `tools` | where scripts run; node, pnpm, npm, yarn, node-gyp |
//! | `build_root` | a root file system that scripts run in, in the place of the machine's |
//! | `place` | folders that one build at a time works in |
//! | `layout`, `offers` | the layout of a closure whose packs lie in the store |
//! | `materialise`, `install` | node_modules on disk, and what scripts did to it |
//! | `written` | files that scripts wrote, as the image has them |
//! | `lifecycle`, `install_scripts` | install scripts of packages, and what they leave |
//! | `repository`, `prepare` | git repositories as packages, as they stand or built |
//! | `folder`, `packed` | what npm packs of a folder |
//! | `elf` | what native modules are for |
//! | `beneath` | files below a folder that scripts wrote in; no link is followed |
//! | `files`, `atomic`, `error` | single files, files that appear whole, what can go wrong |

mod access;
pub mod atomic;
pub mod beneath;
mod build_root;
pub mod elf;
pub mod environment;
mod error;
pub mod events;
pub mod files;
mod folder;
#[doc(hidden)]
pub mod fuzz;
mod host;
pub mod install;
mod install_scripts;
mod layout;
mod lifecycle;
mod materialise;
mod network;
mod offers;
mod packed;
pub mod place;
mod prepare;
pub mod process;
mod report;
mod repository;
mod run;
pub mod sandbox;
mod secret_forms;
mod secrets;
#[cfg(test)]
mod testing;
mod tools;
mod turns;
pub mod twice;
pub mod written;

pub use build_root::{BuildRoot, RootNode, rooted};
pub use error::{Ended, InstallFailure, Result, ScriptsError, write_log};
pub use host::{Running, ScriptHost, ScriptInputs, machine};
pub use install_scripts::install_scripts;
pub use layout::layout;
pub use lifecycle::{Builds, InstallRequest, InstallResult, run_install_scripts, toolchain};
pub use materialise::{materialise, put_beside};
pub use network::{
    Attempts, DownloadLines, Downloads, Problem, ScriptNetwork, complete as complete_downloads,
};
pub use packed::{pack_folder, pack_folders};
pub use prepare::{PrepareRequest, prepare};
pub use report::{Event, NoReport, Report};
pub use repository::{GitRepository, Manager, Recipe, RepositorySource, as_it_stands};
pub use run::{check_attempts, tell_attempts};
pub use secrets::{SecretFinder, Secrets};
pub use tools::{
    BuildManager, BuildNode, BuildPnpm, NodeGyp, build_manager, build_node, build_pnpm, node_gyp,
    pnpm_version, tool_packages,
};
pub use turns::{Stoppable, in_turns, try_in_turns};
