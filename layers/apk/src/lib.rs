//! Alpine's packages → one layer, on an empty system or on a base with apk's database. Nothing runs: no apk, no
//! scripts.
//!
//! In: an [`AlpineSpec`], or names of packages and the metadata of a base. Out: an [`ApkBuild`]: the packages and their
//! layer. This crate must not know images or other kinds of packages.
//!
//! Verified: an index by configured RSA keys (or by those that the base trusts), a package's control part by the index,
//! its data by the control part, each file by its own checksum.
//!
//! Pinned: packages that were found once stay the same until a refresh is requested. A build therefore does not change
//! by itself, and needs no network with a warm store. One record has the list, another one the layer built from it.
//!
//! | module | what it holds |
//! |---|---|
//! | `spec` | which packages, from where, and who may sign them |
//! | `install` | all of the below: spec → layer |
//! | `repository` | where packages come from |
//! | `keys`, `members`, `index` | who may sign, where the signed part ends, the available packages |
//! | `version`, `dependency`, `record` | versions, dependencies, a package in an index |
//! | `solve` | the needed packages |
//! | `installed`, `files` | the package database of a base |
//! | `resolution` | all of the above → a list of packages with checksums, their files in the store |
//! | `file`, `info`, `scan` | a package's file and its content |
//! | `plan`, `scripts`, `database`, `layout` | packages → the fragments of a layer |
//! | `triggers`, `certificates` | entries that scripts would create: links to busybox, certificates |
//! | `claim`, `protected`, `configuration` | the owner of a file; files of a base that packages do not overwrite |
//! | `departures` | packages of a base that are replaced or no longer needed |
//! | `error` | errors |

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod certificates;
mod claim;
mod closed;
mod configuration;
mod database;
mod departures;
mod dependency;
mod error;
mod file;
mod files;
#[doc(hidden)]
pub mod fuzz;
mod index;
mod info;
mod install;
mod installed;
mod keys;
mod layout;
mod list;
mod members;
mod plan;
mod protected;
mod record;
mod repository;
mod resolution;
mod scan;
mod scripts;
mod solve;
mod spec;
mod triggers;
mod version;

pub use error::{ApkError, Result};
pub use install::{ApkBuild, add, build, has_database};
pub use list::installed;
pub use record::Identity;
pub use resolution::{ApkPin, ApkResolution};
pub use spec::{AlpineSpec, ApkSources};
