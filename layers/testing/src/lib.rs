//! What tests of all crates share. Product code must never depend on this crate, but by `[dev-dependencies]`.
//!
//! In: sources of the workspace, test data. Out: helpers for tests, and [`house`]: the check of the sources' structure.
//! The crate must know no product crate whose unit tests use it.
//!
//! Helpers panic where a test cannot go on: the panic is the test's report.
#![allow(clippy::unwrap_used, clippy::new_without_default, missing_docs)]

#[cfg(feature = "readers")]
pub mod cache_readers;
#[cfg(feature = "oci")]
pub mod client;
pub mod elf;
pub mod fixtures;
pub mod hostile;
pub mod house;
pub mod made;
pub mod npm_registry;
#[cfg(feature = "readers")]
pub mod parsers;
#[cfg(feature = "pnpm")]
pub mod planned;
pub mod program;
pub mod proxy;
pub mod real_pnpm;
pub mod recorded;
pub mod registry;
pub mod repacked;
pub mod rootless;
#[cfg(feature = "oci")]
pub mod sample;
#[cfg(feature = "oci")]
pub mod second_registry;
pub mod tiny;
pub mod user;
