//! The content of a root file system, and how packages are added to one.
//!
//! In: untrusted layers and package archives. Out: [`RootfsMetadata`], which tells later stages the content of a base,
//! and package layers. This crate knows neither images nor the rules of any package manager.
//!
//! | module | what it holds |
//! |---|---|
//! | `tarball` | untrusted tar, read within limits |
//! | `stream` | compressed streams: detected, read, written |
//! | `metadata` | layers → the merged tree and its metadata; the tree in a folder |
//! | `accounts` | the lines of passwd and group |
//! | `certificates` | the names by which OpenSSL finds certificates |
//! | `packages` | shared by all kinds of packages on their way into a layer |
//! | `paths` | paths that several stages must agree on |
//! | `held` | the part of an earlier resolution that a new one keeps |
//! | `tools` | shared inputs of everything that builds layers |
//! | `error` | errors |

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod accounts;
pub mod certificates;
mod error;
#[doc(hidden)]
pub mod fuzz;
mod held;
mod metadata;
pub mod packages;
mod paths;
pub mod stream;
pub mod tarball;
mod tools;

pub use error::{Result, RootfsError};
pub use held::Held;
pub use metadata::read::{LayerDigests, is_on_record};
pub use metadata::unpack::{Unpack, Unpacked, unpack};
pub use metadata::{
    Base64Bytes, ContentHash, FileDigests, RootfsMetadata, TreeEntry, TreeKind, content_hashes, file_texts,
};
pub use paths::{CERTIFICATE_BUNDLE, CERTIFICATE_LINKS, DEFAULT_PATH, LOCAL_CERTIFICATES};
pub use tools::Tools;
