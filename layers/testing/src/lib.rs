//! What tests of all crates share. Product code must never depend on this crate, but by `[dev-dependencies]`.
//!
//! In: sources of the workspace, test data. Out: helpers for tests, and [`house`]: the check of the sources' structure.
//! The crate must know no product crate whose unit tests use it.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod house;
