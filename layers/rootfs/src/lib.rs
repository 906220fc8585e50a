//! What a root file system holds, and how packages get into one.
//!
//! In: layers and package archives that strangers wrote. Out: [`RootfsMetadata`], which tells later stages what a base holds, and layers
//! of packages. This crate knows neither images nor the rules of any package manager.
//!
//! | module | what it holds |
//! |---|---|
//! | `tarball` | hostile tar, read within bounds |
//! | `stream` | compressed streams: told apart, read, written |
//! | `metadata` | layers → the merged tree, and what is known of it; the tree in a folder |
//! | `accounts` | the lines of passwd and group |
//! | `certificates` | the names by which OpenSSL finds a certificate |
//! | `packages` | what all kinds of packages have in common on their way into a layer |
//! | `paths` | paths that several stages must agree on |
//! | `held` | what of an earlier resolution counts in a new one |
//! | `tools` | what whoever builds a layer works with |
//! | `error` | what can go wrong |

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
