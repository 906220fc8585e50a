//! Runs untrusted scripts, and manages the folders in which they run.
//!
//! In: package archives, closures, versions of tools, commands. Out: archives after scripts. The crate knows neither
//! layers nor images. It uses the network only for node, package managers, git repositories, and downloads by scripts.
//!
//! | module | what it does |
//! |---|---|
//! | `secrets` | values that only some scripts get, and that must not occur anywhere else |
//! | `process`, `access`, `environment`, `events`, `run` | one script: its command, its environment, which scripts exist |
//! | `sandbox` | what a script may see and do |
//! | `network` | a script's network access: locked downloads |
//! | `turns` | parallel work with dependencies |
//! | `twice` | two runs of the same scripts, and their differences |
//! | `report` | progress events |
//! | `host`, `tools` | where scripts run; node, pnpm, npm, yarn, node-gyp |
//! | `build_root` | a root file system for scripts, instead of the host's |
//! | `place` | folders that one build at a time uses |
//! | `layout`, `offers` | the layout of a closure with its archives in the store |
//! | `materialise`, `install` | node_modules on disk, and the changes of scripts to it |
//! | `written` | files that scripts wrote, in their form for the image |
//! | `lifecycle`, `install_scripts` | install scripts of packages, and their results |
//! | `repository`, `prepare` | git repositories as packages, with or without a build |
//! | `folder`, `packed` | the files that npm packs of a folder |
//! | `elf` | the platform of native modules |
//! | `beneath` | files below a folder that scripts wrote to; no link is followed |
//! | `files`, `atomic`, `error` | single files, atomic writes, errors |

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
pub use tools::{BuildNode, BuildPnpm, NodeGyp, build_node, pnpm_version, tool_packages};
pub use turns::{Stoppable, in_turns, try_in_turns};
