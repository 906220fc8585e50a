//! Builds the application's tree: the result of a build step for a service and its workspace packages.
//!
//! In: a workspace, the closures of one service, a script's name and output patterns. Out: one package archive with the
//! package.json files, the service's outputs and the workspace packages that it needs at run time, at their paths in
//! the workspace. This crate must not know images or bases.
//!
//! | module | what it does |
//! |---|---|
//! | `steps`, `kept` | the steps of a build in order, and its stored results |
//! | `request`, `values` | the request, its values, the environment of scripts |
//! | `sources`, `hash`, `stat_cache` | the files that the build sees, and their contents |
//! | `input_rules`, `left_out`, `taken_back`, `owner`, `root_inputs`, `docker_ignore`, `output_state`, `tsconfig` | which files count as inputs |
//! | `own_files` | files that this program writes to a workspace |
//! | `why` | why a build runs |
//! | `key` | the keys of builds |
//! | `build_inputs` | the inputs, computed without a build |
//! | `seen` | which packages are built, and which files they see |
//! | `tasks`, `task`, `turbo` | the scripts of each package, and the tasks that turbo.json runs before them |
//! | `order`, `levels` | packages in topological order, unchanged ones from cache |
//! | `referred` | packages that others read without depending on them |
//! | `isolated`, `built_files` | packages that are built once for all services, and files built by scripts |
//! | `workshop` | an install, and the scripts that run in it |
//! | `scripts` | the scripts of one level |
//! | `scratch`, `sync` | the build folder |
//! | `copies` | workspace packages that are copied to node_modules |
//! | `missed`, `unresolved`, `git_ignored`, `log_words` | files that a failed script could not find |
//! | `warnings`, `public_names`, `read_names` | warnings about a build |
//! | `secret_check` | ensures that kept files contain no secret |
//! | `generated` | files that a build step writes to node_modules |
//! | `outputs`, `patterns`, `listing`, `captured` | the captured files |
//! | `files`, `packing` | the files of a package that npm would pack |
//! | `included`, `included_files`, `projects` | files in addition to the outputs, and those of other projects |
//! | `sensitive`, `private_keys` | files that must be named explicitly |
//! | `links`, `writable` | links and write access in the image |
//! | `empty_folders` | folders of outputs that the image lacks |
//! | `passed_over` | services whose own script does not run |
//! | `entry`, `framework` | the program to start, and outputs of frameworks |
//! | `several` | commands that start others, and files in commands |
//! | `check` | whether the image can start |
//! | `layers` | package archives → layers |
//! | `engines` | warnings |
//! | `error` | errors |

mod build_inputs;
mod build_parts;
mod built_files;
mod captured;
mod check;
mod copies;
mod deepest;
mod docker_ignore;
mod downloaders;
mod empty_folders;
mod engines;
mod entry;
mod error;
mod excluded;
mod extended;
mod files;
mod finding;
mod framework;
mod generated;
mod git_ignored;
mod git_rules;
mod hash;
mod included;
mod included_files;
mod input_rules;
mod inside;
mod isolated;
mod kept;
mod key;
mod layers;
mod left_out;
mod levels;
mod links;
mod listing;
mod log_words;
mod missed;
mod order;
mod output_state;
mod outputs;
mod own_files;
mod owner;
mod packing;
mod passed_over;
mod patterns;
mod private_keys;
mod program;
mod projects;
mod public_names;
mod read_names;
mod referred;
mod request;
mod root_inputs;
mod scratch;
mod scripted;
mod scripts;
mod secret_check;
mod seen;
mod sensitive;
mod several;
mod source_texts;
mod sources;
mod start_script;
mod stat_cache;
mod steps;
mod sync;
mod taken_back;
mod task;
mod tasks;
#[cfg(test)]
mod testing;
mod tsconfig;
mod turbo;
mod unresolved;
mod values;
mod warnings;
mod why;
mod windows;
mod workshop;
mod writable;

pub use build_inputs::{BuildInputs, BuildInputsRequest, build_inputs};
pub use check::{BaseNode, BaseTree, CheckRequest, EarlyCheck, check, package_command};
pub use engines::{UnmetEngine, unmet_engines};
pub use entry::{BesideProgram, EntryPoint, Outputs, foresee, is_program};
pub use error::{AppError, LinkFault, Result, ScriptFailure};
pub use excluded::excluded;
pub use finding::{Asker, Finding, ResolveFault, StartOrigins};
pub use framework::{Framework, framework, framework_elsewhere};
pub use hash::{HashedSource, hash_sources, list_key};
pub use included::IncludedFiles;
pub use input_rules::Inputs;
pub use layers::layers;
pub use left_out::LeftOut;
pub use missed::{Elsewhere, GitIgnored, Unresolved, UnresolvedKind};
pub use order::build_levels;
pub use patterns::Patterns;
pub use referred::referred_packages;
pub use request::{AppRequest, BuiltApp, DEFAULT_OUTPUT, Selection, SourceRequest};
pub use root_inputs::DEFAULT_ROOT_INPUTS;
pub use scratch::forget_installs;
pub use scripted::{ScriptedEntry, scripted_entry};
pub use sensitive::Sensitive;
pub use sources::{SourceFile, SourceKind, SourceScope, list, needed_folders};
pub use start_script::{ScriptReading, ShellText};
pub use stat_cache::StatCache;
pub use steps::build;
pub use tasks::{ScriptChoice, Tasks};
pub use turbo::TurboCache;
pub use values::ScriptValues;
pub use writable::WritableFolders;
