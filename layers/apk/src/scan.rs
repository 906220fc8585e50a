//! One package, read once. In: its file. Out: its entries, each file compared with its checksum. Contents are left out,
//! except the few that the layout needs: accounts, lists of links, certificates.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use fourply_rootfs::tarball::TarEntry;
use sha1::{Digest as _, Sha1};

use crate::error::{ApkError, Result};
use crate::file::{ApkFile, Control};
use crate::resolution::ApkPin;
pub(crate) use fourply_rootfs::tarball::What;

/// The size limit of a kept text, in bytes.
const MAX_TEXT: u64 = 4 << 20;

/// A package and all entries of its data.
#[derive(Debug, Clone)]
pub(crate) struct Scanned {
    pub pin: ApkPin,
    pub apk: ApkFile,
    pub control: Control,
    /// In the order of the data, so that an index means the same entry when it is read again.
    pub items: Vec<ApkItem>,
    /// The contents that the layout needs, by path.
    pub texts: BTreeMap<String, Vec<u8>>,
}

/// One entry of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApkItem {
    /// As in the package, relative to the root.
    pub path: String,
    pub what: What,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// The owner's and group's names; they have priority over the numbers if the image has them.
    pub user: String,
    pub group: String,
    pub mtime: i64,
    pub xattrs: BTreeMap<String, Vec<u8>>,
    /// Of the content, or of a link's target. A hard link has its file's.
    pub sha1: Option<[u8; 20]>,
}

/// Reads the package at `path` completely.
///
/// # Errors
/// If it is damaged, hostile, or not the package in the index.
pub(crate) fn scan(path: &Path, pin: &ApkPin) -> Result<Scanned> {
    let (apk, control) = ApkFile::open(path, &pin.file_name(), &pin.identity)?;
    for (field, found, expected) in
        [("pkgname", &control.info.name, &pin.name), ("pkgver", &control.info.version, &pin.version)]
    {
        if found != expected {
            let reason = format!("its {field} is {found:?}, but the index says {expected:?}");
            return Err(ApkError::package(&apk.name, ".PKGINFO", reason));
        }
    }
    let mut scanned = Scanned { pin: pin.clone(), apk, control, items: Vec::new(), texts: BTreeMap::new() };
    let mut data = scanned.apk.data()?;
    while let Some((entry, path)) = data.next()? {
        let item = scanned.item(&entry, path, &mut data.content())?;
        scanned.items.push(item);
    }
    Ok(scanned)
}

impl Scanned {
    /// `name-version`, for messages.
    pub(crate) fn shown(&self) -> String {
        format!("{}-{}", self.pin.name, self.pin.version)
    }

    fn item(&mut self, entry: &TarEntry, path: String, content: &mut dyn Read) -> Result<ApkItem> {
        let name = self.apk.name.clone();
        let refuse = |reason: String| ApkError::package(&name, &path, reason);
        let stated = match &entry.sha1 {
            Some(text) => Some(
                hex::decode(text)
                    .ok()
                    .and_then(|bytes| <[u8; 20]>::try_from(bytes).ok())
                    .ok_or_else(|| refuse(format!("its checksum {text:?} is no SHA-1")))?,
            ),
            None => None,
        };
        let what = What::of(entry).map_err(|reason| refuse(reason.into()))?;
        let found = match &what {
            What::File(size) => Some(self.content(&path, *size, content)?),
            What::Symlink(target) => Some(Sha1::digest(target.as_bytes()).into()),
            What::Directory => None,
            What::Hardlink(target) => {
                self.items.iter().find(|item| item.path == *target).and_then(|item| item.sha1)
            }
        };
        if let (Some(stated), What::File(_)) = (stated, &what)
            && found != Some(stated)
        {
            let found = found.map(hex::encode).unwrap_or_default();
            return Err(refuse(format!(
                "its content is {found}, but its header says {}",
                hex::encode(stated)
            )));
        }
        Ok(ApkItem {
            what,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            user: entry.user.clone(),
            group: entry.group.clone(),
            mtime: entry.mtime,
            xattrs: entry.xattrs.clone(),
            sha1: found,
            path,
        })
    }

    /// Hashes the content, and keeps it if it is needed.
    fn content(&mut self, path: &str, size: u64, content: &mut dyn Read) -> Result<[u8; 20]> {
        let fault = |error: std::io::Error| ApkError::package(&self.apk.name, path, error);
        let keeps = is_kept(path) && size <= MAX_TEXT;
        let mut kept = Vec::new();
        let mut hash = Sha1::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = content.read(&mut buffer).map_err(fault)?;
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            hash.update(bytes);
            if keeps {
                kept.extend_from_slice(bytes);
            }
        }
        if keeps {
            self.texts.insert(path.to_owned(), kept);
        }
        Ok(hash.finalize().into())
    }
}

/// Accounts, lists of links to busybox, and certificates with their order.
fn is_kept(path: &str) -> bool {
    matches!(path, "etc/passwd" | "etc/group" | "etc/shadow" | "etc/ca-certificates.conf")
        || path.starts_with("etc/busybox-paths.d/")
        || (path.starts_with("usr/share/ca-certificates/") && path.ends_with(".crt"))
        || path.starts_with("usr/local/share/ca-certificates/")
}
