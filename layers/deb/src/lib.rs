//! Debian's packages → one layer, on nothing or on a base that has dpkg's database. Nothing runs: no apt, no dpkg, no maintainer script.
//!
//! In: a [`DebianSpec`], or names of packages and the metadata of a base. Out: a [`DebBuild`] or [`AddedDebs`]: which packages they are, and their layer.
//! This crate knows neither images nor other kinds of packages.
//!
//! What is verified: the archive's InRelease by the OpenPGP keys that apt trusts for it (or those that were named), the
//! index by the release, each package by the index.
//!
//! What is pinned: the packages that were found once for a spec stay until a refresh is asked for
//! ([`DebianOptions::refresh`]), so a build does not change by itself, and with a warm store needs no network. A record keeps
//! the list, another one the layer that was built of it: with both, no package is opened.
//!
//! | module | what it holds |
//! |---|---|
//! | `spec` | which packages, from where, and who may sign them |
//! | `install` | all of the below: spec → layer |
//! | `apt`, `sources` | where packages come from: what was named, the base's sources, or the machine's |
//! | `keyring`, `release` | who may sign, and what an InRelease says |
//! | `index` | Packages: what there is |
//! | `version`, `relation`, `solve` | what is needed |
//! | `installed` | the package database of a base |
//! | `resolution` | all of the above → a list of packages with checksums |
//! | `fetch`, `deb`, `scan` | a package's file, and what it holds |
//! | `plan`, `prune`, `status`, `made`, `layout` | packages → the fragments of a layer |
//! | `conffiles` | which configuration of a base stays |
//! | `alternatives`, `certificates` | links and files that maintainer scripts would make |
//! | `ldconfig`, `libraries` | the cache of libraries that Debian's trigger would make |
//! | `script`, `configure`, `accounts` | what maintainer scripts do that are understood: accounts, their homes, owners and modes |
//! | `shell` | what scripts among the programs need |
//! | `control` | the form of all of Debian's text files |
//! | `error` | what can go wrong |

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
