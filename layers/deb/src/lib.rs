//! Debian's packages → one layer, on an empty system or on a base with dpkg's database. Nothing runs: no apt, no dpkg,
//! no maintainer script.
//!
//! In: a [`DebianSpec`], or names of packages and the metadata of a base. Out: a [`DebBuild`] or [`AddedDebs`]: the
//! packages and their layer. This crate must not know images or other kinds of packages.
//!
//! Verified: the archive's InRelease by the OpenPGP keys that apt trusts for it (or by configured ones), the index by
//! the release, each package by the index.
//!
//! Pinned: the packages found for a spec stay the same until a refresh is requested ([`DebianOptions::refresh`]). A
//! build therefore does not change by itself, and needs no network with a warm store. One record has the list, another
//! one the layer built from it: with both, no package is opened.
//!
//! | module | what it holds |
//! |---|---|
//! | `spec` | which packages, from where, and who may sign them |
//! | `install` | all of the below: spec → layer |
//! | `apt`, `sources` | where packages come from: the configuration, the base's sources, or the host's |
//! | `keyring`, `release` | who may sign, and the content of an InRelease |
//! | `index` | Packages: the available packages |
//! | `version`, `relation`, `solve` | the needed packages |
//! | `installed` | the package database of a base |
//! | `resolution` | all of the above → a list of packages with checksums |
//! | `fetch`, `deb`, `scan` | a package's file and its content |
//! | `plan`, `prune`, `status`, `made`, `layout` | packages → the fragments of a layer |
//! | `conffiles` | which configuration files of a base stay |
//! | `alternatives`, `certificates` | links and files that maintainer scripts would create |
//! | `ldconfig`, `libraries` | the cache of libraries that Debian's trigger would create |
//! | `script`, `configure`, `accounts` | the understood effects of maintainer scripts: accounts, their homes, owners and modes |
//! | `shell` | the needs of programs that are scripts |
//! | `control` | the format of Debian's text files |
//! | `error` | errors |

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod accounts;
mod alternatives;
mod apt;
mod certificates;
mod closed;
mod conffiles;
mod configure;
mod control;
mod deb;
mod error;
mod fetch;
#[doc(hidden)]
pub mod fuzz;
mod index;
mod install;
mod installed;
mod keyring;
mod layout;
mod ldconfig;
mod libraries;
mod list;
mod made;
mod order;
mod overrides;
mod plan;
mod prune;
mod relation;
mod release;
mod resolution;
mod scan;
mod script;
mod shell;
mod solve;
mod sources;
mod spec;
mod status;
#[cfg(test)]
mod testing;
mod tools;
mod version;

pub use alternatives::alternatives;
pub use error::{DebianError, DebianRemedy, Result};
pub use install::{AddedDebs, DebBuild, add, build, has_database};
pub use list::installed;
pub use resolution::{DebPin, DebResolution};
pub use spec::{DebianOptions, DebianSpec};
