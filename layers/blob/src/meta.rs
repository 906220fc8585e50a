//! The metadata of an entry: everything except its path and content.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The modification time of every entry that fourply creates: 1985-10-26T08:15:00Z, as `npm pack` writes.
///
/// It is constant because the time of a checkout or an unpacking would differ between hosts. It is not 0 because some
/// programs refuse to start with files of 1970. Entries of a foreign package keep their own time if the package format
/// defines it. Changing this value is a format break.
pub const MTIME: i64 = 499_162_500;

/// Permissions, owner, time and extended attributes of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// The twelve permission bits, 0 to 0o7777; no file type. For a symbolic link, 0o777 is written in any case.
    pub mode: u32,
    /// The owner's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
    /// Whole seconds since 1970; fractions are cut off, never rounded.
    pub mtime: i64,
    /// Extended attributes by full name (`security.capability`). Only from foreign packages.
    pub xattrs: BTreeMap<String, Vec<u8>>,
}

impl Meta {
    /// An entry with `mode`, owned by `uid:gid`, at [`MTIME`].
    pub const fn new(mode: u32, uid: u32, gid: u32) -> Self {
        Self { mode, uid, gid, mtime: MTIME, xattrs: BTreeMap::new() }
    }

    /// A directory: 0755.
    pub const fn directory(uid: u32, gid: u32) -> Self {
        Self::new(0o755, uid, gid)
    }

    /// A file: 0755 if it is executable, otherwise 0644. Git keeps no other bits; others would depend on the umask of a
    /// checkout.
    pub const fn file(executable: bool, uid: u32, gid: u32) -> Self {
        Self::new(if executable { 0o755 } else { 0o644 }, uid, gid)
    }

    /// A symbolic link: 0777, as Linux reports it.
    pub const fn symlink(uid: u32, gid: u32) -> Self {
        Self::new(0o777, uid, gid)
    }
}

crate::key_value!(Meta { mode, uid, gid, mtime, xattrs });
