//! Alpine's packages → one layer, on nothing or on a base that has apk's database. Nothing runs: no apk, no scripts.
//!
//! In: an [`AlpineSpec`], or names of packages and the metadata of a base. Out: a [`ApkBuild`]: which packages they are, and their layer.
//! This crate knows neither images nor other kinds of packages.
//!
//! What is verified: an index by RSA keys that were named (or that the base trusts), a package's control part by the index,
//! its data by the control part, each file by its own checksum.
//!
//! What is pinned: the packages that were found once stay until a refresh is asked for, so a build does not change by itself,
//! and with a warm store needs no network. A record keeps the list, another one the layer that was built of it.
//!
//! | module | what it holds |
//! |---|---|
//! | `spec` | which packages, from where, and who may sign them |
//! | `install` | all of the below: spec → layer |
//! | `repository` | where packages come from |
//! | `keys`, `members`, `index` | who may sign, where what is signed ends, what there is |
//! | `version`, `dependency`, `record` | versions, what one package says of another, a package in an index |
//! | `solve` | what is needed |
//! | `installed`, `files` | the package database of a base |
//! | `resolution` | all of the above → a list of packages with checksums, their files in the store |
//! | `file`, `info`, `scan` | a package's file, and what it holds |
//! | `plan`, `scripts`, `database`, `layout` | packages → the fragments of a layer |
//! | `triggers`, `certificates` | what scripts would make: links to busybox, certificates |
//! | `claim`, `protected`, `configuration` | who keeps a file; files of a base that packages do not overwrite |
//! | `departures` | packages of a base that are replaced or not needed any more |
//! | `error` | what can go wrong |

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
