//! The base of an image: an image, Alpine or Debian packages, or a root file system; accounts; the base's rootfs
//! metadata.
//!
//! In: a [`BaseSpec`] and a [`fourply_platform::Platform`]. Out: a [`Base`] whose verified layers are in the store,
//! with OCI media types, and whose rootfs metadata describes its files for later stages. This crate must not know pnpm
//! or the final image.
//!
//! | module | what it holds |
//! |---|---|
//! | `spec` | the configuration: image, root file system, Alpine, Debian |
//! | `compose` | spec → base: the only entry point |
//! | `base`, `layer` | the result, and each of its layers |
//! | `image` | images: index → manifest → verified layers; layout, archive, Docker archive |
//! | `packages` | layers of Alpine's and Debian's packages → images, or more layers of one |
//! | `added` | one more layer; packages by the base's own package manager |
//! | `init` | adds a missing init |
//! | `node` | npm's Node.js for Linux |
//! | `rootfs` | a tarball → one layer |
//! | `setup` | groups, users, folders, certificates → one layer on top |
//! | `accounts` | a user and group, added to the base's own |
//! | `hidden` | the base's files at the workspace's path, and a layer that hides them |
//! | `writable` | folders of that user |
//! | `toolchain` | a base with a toolchain, and its files on disk: the environment of scripts |
//! | `notice`, `error` | notices and errors |

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod account_conflict;
mod accounts;
mod added;
mod base;
mod compose;
mod error;
mod hidden;
mod image;
mod init;
mod layer;
pub mod node;
mod notice;
mod packages;
mod refusal;
mod rootfs;
mod setup;
mod spec;
mod toolchain;
mod writable;

pub use account_conflict::AccountConflict;
pub use accounts::{Account, UserSpec, accounts};
pub use added::Pins;
pub use base::Base;
pub use compose::{compose, compose_with};
pub use error::{BaseError, Result};
pub use hidden::{hidden, is_hidden, without};
pub use image::{DockerImage, ImageSource, Registry, SourceDocument, docker_image};
pub use layer::BaseLayer;
pub use node::NodeError;
pub use notice::Notice;
pub use refusal::Refusal;
pub use setup::{FolderSpec, GroupSpec, Setup};
pub use spec::{AddedToBase, BaseSpec, DebianBase, ImageChoice, ImageRef, LocalImage, Location, RootfsSpec};
pub use toolchain::{ToolchainRequest, files_key, unpacked, with_toolchain};
