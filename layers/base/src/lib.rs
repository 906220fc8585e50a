//! The base ply: an image, Alpine or Debian packages, or a root file system; accounts; what the base already holds.
//!
//! In: a [`BaseSpec`] and a [`Platform`]. Out: a [`Base`], whose layers lie verified in the store, with OCI media types,
//! and whose [`Facts`] tell the later plies what the base holds. This crate knows neither pnpm nor the final image.
//!
//! | module | what it holds |
//! |---|---|
//! | `spec` | what was asked for: image, root file system, Alpine, Debian |
//! | `platform` | os/architecture/variant in one normalised form |
//! | `compose` | spec → base: the one entry point |
//! | `base`, `layer` | the result, and each of its layers |
//! | `image` | images: index → manifest → verified layers; layout, archive, docker archive |
//! | `apk` | Alpine packages → one layer, alone or on top of a base |
//! | `debian` | Debian packages, and npm's node on them → two layers |
//! | `node` | npm's node for Linux |
//! | `packages` | what both kinds of packages have in common on their way into a layer |
//! | `rootfs` | a tarball → one layer |
//! | `tarball` | hostile tar, read within bounds |
//! | `stream` | compressed streams: told apart, read, written |
//! | `facts` | layers → the merged tree, and what is known of it |
//! | `setup` | groups, users, folders, certificates → one layer on top |
//! | `accounts` | a user and group, added to the base's own |

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod accounts;
pub mod apk;
mod base;
mod compose;
pub mod debian;
mod error;
mod facts;
#[doc(hidden)]
pub mod fuzz;
#[cfg(test)]
#[path = "../../../tests/support/tar.rs"]
mod hostile;
mod image;
mod layer;
pub mod node;
mod notice;
mod packages;
mod platform;
mod rootfs;
mod setup;
mod spec;
mod stream;
mod tarball;
mod tools;

pub use accounts::{Account, UserSpec, accounts};
pub use base::Base;
pub use base::config::DEFAULT_PATH;
pub use compose::{Pins, compose, compose_with};
pub use error::{BaseError, Cause, Result, WayError};
pub use facts::{Bytes, FactEntry, FactKind, Facts, Libc};
pub use image::{Document, ImageSource, Registry};
pub use layer::BaseLayer;
pub use notice::Notice;
pub use platform::{Platform, PlatformError};
pub use setup::{FolderSpec, GroupSpec, Setup};
pub use spec::{Added, AlpineSpec, BaseSpec, Choice, DebianSpec, ImageRef, LocalImage, Location, RootfsSpec};
