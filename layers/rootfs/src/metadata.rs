//! The content of a base, read once from its layers. In: layers in the store. Out: [`RootfsMetadata`]: the merged tree
//! with every whiteout applied, accounts, C library, node's version. Later stages look up paths in it, and repeat its
//! metadata for parent directories.

use std::collections::BTreeMap;

mod budget;
mod detect;
mod digests;
mod file_texts;
pub(crate) mod fuzz;
mod hashes;
mod layer;
mod linked;
mod lookup;
pub(crate) mod read;
mod texts;
mod tree;
pub(crate) mod unpack;
mod walk;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fourply_blob::{Feed, KeyValue, MTIME, Meta, Raw};
use fourply_platform::elf::Program;
use fourply_platform::{Architecture, Libc};
use serde::{Deserialize, Serialize};

pub use digests::FileDigests;
pub use file_texts::file_texts;
pub use hashes::{ContentHash, content_hashes};

/// The content of merged layers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootfsMetadata {
    /// The C library; `None` if the base has none, or has both and nothing decides between them.
    pub libc: Option<Libc>,
    /// The version of the base's node, as `20.20.2`.
    pub node: Option<String>,
    /// The architecture of the base's programs, in OCI's names, from an ELF header.
    pub architecture: Option<Architecture>,
    /// The text of `/etc/passwd`; empty if missing.
    pub passwd: String,
    /// The text of `/etc/group`; empty if missing.
    pub group: String,
    /// Files of package managers and their configuration, by real path: apk's and dpkg's databases, apk's keys and
    /// repositories, apt's sources and keys; certificates and the list of trusted ones.
    #[serde(default)]
    pub databases: BTreeMap<String, Base64Bytes>,
    /// The checksums of files below `/etc`, by real path. Package managers use them to detect files that changed after
    /// installation.
    #[serde(default)]
    pub digests: BTreeMap<String, FileDigests>,
    /// The text of `/etc/shadow`.
    pub shadow: Option<String>,
    /// The text of `/etc/gshadow`.
    pub gshadow: Option<String>,
    /// `/etc/os-release`, or `/usr/lib/os-release`, unquoted.
    pub os_release: BTreeMap<String, String>,
    /// The merged tree, by path relative to the root, without the root itself. Paths are real paths (`usr/bin/sh` if
    /// `/bin` is a link to `usr/bin`).
    pub entries: BTreeMap<String, TreeEntry>,
}

/// Feeds every field, for keys of results that depend on a base.
impl KeyValue for RootfsMetadata {
    fn feed(&self, feed: &mut Feed<'_>) {
        let Self {
            libc,
            node,
            architecture,
            passwd,
            group,
            databases,
            digests,
            shadow,
            gshadow,
            os_release,
            entries,
        } = self;
        let built_for = (libc.map(Libc::as_str), architecture.as_ref().map(Architecture::as_str), node);
        let accounts = ((passwd, group), (shadow, gshadow));
        (built_for, accounts, ((databases, digests), os_release, entries)).feed(feed);
    }
}

/// One entry of the merged tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeEntry {
    #[serde(rename = "k")]
    pub kind: TreeKind,
    /// The twelve permission bits.
    #[serde(rename = "m")]
    pub mode: u32,
    #[serde(rename = "u", default, skip_serializing_if = "is_zero")]
    pub uid: u32,
    #[serde(rename = "g", default, skip_serializing_if = "is_zero")]
    pub gid: u32,
    /// Whole seconds since 1970.
    #[serde(rename = "t")]
    pub mtime: i64,
    /// Extended attributes of a directory. Those of a file stay in its layer.
    #[serde(rename = "x", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub xattrs: BTreeMap<String, Vec<u8>>,
    /// Facts from an ELF header.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Box<Program>>,
}

// A program's requirements follow from its bytes, which no layer repeats.
fourply_blob::key_value!(TreeEntry { kind, mode, uid, gid, mtime, xattrs } without { program });

/// Bytes, stored as base64 in records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Base64Bytes(pub Vec<u8>);

impl KeyValue for Base64Bytes {
    fn feed(&self, feed: &mut Feed<'_>) {
        Raw(&self.0).feed(feed);
    }
}

impl From<Base64Bytes> for String {
    fn from(bytes: Base64Bytes) -> Self {
        STANDARD.encode(bytes.0)
    }
}

impl TryFrom<String> for Base64Bytes {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self)
    }
}

/// The kinds of entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TreeKind {
    /// A directory, from a layer or implied by its content.
    #[serde(rename = "d")]
    Directory,
    /// A file, or a hard link to one, with its size in bytes.
    #[serde(rename = "f")]
    File(u64),
    /// A symbolic link with its unresolved target.
    #[serde(rename = "l")]
    Symlink(String),
    /// A device, fifo or anything else.
    #[serde(rename = "o")]
    Other,
}

impl KeyValue for TreeKind {
    fn feed(&self, feed: &mut Feed<'_>) {
        match self {
            Self::Directory => "directory".feed(feed),
            Self::File(size) => ("file", size).feed(feed),
            Self::Symlink(target) => ("symlink", target).feed(feed),
            Self::Other => "other".feed(feed),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl TreeEntry {
    /// The metadata of a tar entry that repeats this one.
    pub fn meta(&self) -> Meta {
        Meta { mode: self.mode, uid: self.uid, gid: self.gid, mtime: self.mtime, xattrs: self.xattrs.clone() }
    }

    /// A directory without a layer entry: 0755, root's, at [`MTIME`].
    pub fn implied_directory() -> Self {
        Self {
            kind: TreeKind::Directory,
            mode: 0o755,
            uid: 0,
            gid: 0,
            mtime: MTIME,
            xattrs: BTreeMap::new(),
            program: None,
        }
    }
}

#[cfg(test)]
mod tests;
