//! fourply builds OCI images for services of pnpm monorepos, with no Docker, no daemon and no privileges.
//!
//! The map of the whole, in the order in which data flows:
//!
//! | module | what comes in | what goes out |
//! |---|---|---|
//! | [`cli`] | arguments | commands, one file each |
//! | [`environment`] | variables, folders, the clock: read nowhere else | what a command needs of them |
//! | [`config`] | `fourply.toml` | what the user asked for |
//! | [`lock`] | `fourply.lock` | what the base is made of |
//! | [`names`] | words for services | packages of the workspace, or what was perhaps meant |
//! | [`settings`] | arguments, both files, environment | [`settings::Settings`]: nothing is left open |
//! | [`healing`] | commands | the same, run again where a damaged store heals by it |
//! | [`context`] | settings | the store, and the ways to the outside |
//! | [`build_node`] | `[build] node`, the base | the node that scripts run on |
//! | [`build_root`] | settings, the base | the base with a toolchain, which scripts run in |
//! | [`base_report`] | the base | what it holds, and where that comes from |
//! | [`pipeline`] | settings | one image: the stages on one screen |
//! | [`attest`] | what was built | what images hold and how they were made, as documents beside them |
//! | [`revision`] | a repository, words for commits | their files, and what changed since |
//! | [`affected`] | two states of a workspace | services whose images may differ, and why |
//! | [`smoke`] | images | whether they live |
//! | [`compare`] | an image, and the team's or its Dockerfile | what the image lacks |
//! | [`delivery`] | what was built | files, registries, tags |
//! | [`metadata`] | what was built, and where it went | the same for programs |
//! | [`docker_archive`] | what docker saved | an image that is moved like any other |
//! | [`downloads`] | what scripts downloaded | `fourply.lock` |
//! | [`supplies`], [`cache`] | settings | what a build needs from outside, for another store |
//! | [`timings`] | spans of all crates | a trace of where the time went |
//! | [`report`] | what happens | what the user sees |
//!
//! The stages themselves, and images and registries (`fourply_oci`), are crates of their own under `layers/`: the compiler keeps the walls.

#![cfg_attr(not(test), warn(clippy::print_stderr, clippy::print_stdout))] // they panic where nobody reads

mod affected;
mod attest;
pub mod base_image;
mod base_lock;
pub mod base_report;
mod build_node;
mod build_root;
mod cache;
pub mod cli;
mod compare;
mod compose;
pub mod config;
mod context;
mod delivery;
mod docker_archive;
mod downloads;
mod environment;
pub mod error;
mod healing;
pub mod interrupt;
mod load;
pub mod lock;
mod metadata;
mod names;
mod nearest;
mod npm;
mod pipeline;
pub mod report;
mod revision;
pub mod sandbox;
mod settings;
mod smoke;
mod supplies;
mod timings;
mod twice;

pub use error::Error;
