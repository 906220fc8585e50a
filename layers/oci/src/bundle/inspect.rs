//! The contents of a bundle, for a reader before it is published. In: an archive or a layout. Out:
//! [`BundleInspection`], whose JSON form is part of the program's contract. Layers are not read. For deltas, their
//! sources are listed.

use std::path::Path;

use fourply_blob::{Digest, Encoder};
use fourply_delta::{Delta, DeltaError};
use serde::Serialize;

use super::contents::{BundleContents, BundledDelta, FILE, UNNAMED_ENCODER};
use super::deltas::content;
use crate::descriptor::Descriptor;
use crate::transfer::{Local, LocalEntry, Origin as _, TransferError, gather_from, platforms_of};

/// The contents of a bundle.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleInspection {
    /// The archive or folder, as requested.
    pub name: String,
    /// In publishing order.
    pub images: Vec<BundledInspection>,
    /// Whether the bundle includes a store for builds without a network.
    pub has_store: bool,
    /// Blobs that were left out because the other side has them.
    pub absent: Vec<AbsentInspection>,
    /// Blobs that the bundle holds as deltas.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<DeltaInspection>,
    /// The encoders that the deltas need.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub encoders: Vec<Encoder>,
}

/// One image of a bundle.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BundledInspection {
    /// The name, from which the repository on the other side follows.
    pub name: String,
    /// Digest of its manifest or index.
    pub digest: Digest,
    /// The size of its blobs in the bundle, each counted once, in bytes.
    pub size: u64,
    /// The size of its blobs that were left out, in bytes.
    pub absent_size: u64,
    /// Such as `linux/amd64`; empty if this is not an image.
    pub platforms: Vec<String>,
    /// Digests of its referrers.
    pub referrers: Vec<Digest>,
    /// cosign's tags for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub companions: Vec<String>,
}

/// A blob that was left out.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AbsentInspection {
    /// Digest of the blob.
    pub digest: Digest,
    /// In bytes.
    pub size: u64,
    /// The repository of the other side that has it.
    pub repository: String,
}

/// A blob that the bundle holds as a delta.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeltaInspection {
    /// Digest of the blob.
    pub digest: Digest,
    /// The blob's size in bytes.
    pub size: u64,
    /// The delta that replaces the blob in the bundle.
    pub delta: Descriptor,
    /// The blobs of the other side that the delta needs.
    pub from: Vec<DeltaSourceInspection>,
}

/// A blob that a delta needs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeltaSourceInspection {
    /// Digest of the blob.
    pub digest: Digest,
    /// The image of the other side that has it.
    pub image: String,
}

/// Whether a file starts like a tar of an OCI layout, even if the rest of the file is damaged.
pub fn is_layout_archive(path: &Path) -> bool {
    let Ok(file) = fourply_store::open_file(path) else { return false };
    let mut tar = tar::Archive::new(std::io::BufReader::new(file));
    let Ok(entries) = tar.entries_with_seek() else { return false };
    let names =
        entries.map_while(Result::ok).map(|entry| String::from_utf8_lossy(&entry.path_bytes()).into_owned());
    let mut found = false;
    for name in names {
        match name.trim_start_matches("./") {
            "manifest.json" => return false,
            name => found |= name == "oci-layout" || name.starts_with("blobs/sha256"),
        }
    }
    found
}

/// Inspects a bundle. Returns `None` for a layout with one image and no bundle document.
///
/// # Errors
/// If the path holds no layout, or a document of it is missing or damaged.
pub fn inspect(path: &Path) -> Result<Option<BundleInspection>, TransferError> {
    let mut local = Local::open(path)?;
    let images: Vec<LocalEntry> = local.entries().iter().filter(|entry| entry.is_image()).cloned().collect();
    if images.len() == 1 && local.file(FILE)?.is_none() {
        return Ok(None);
    }
    let contents = BundleContents::of(&local, path)?;
    let deltas = deltas(&local, path, &contents)?;
    let elsewhere = |(digest, blob): (&Digest, &super::Absent)| {
        (*digest, (Some(blob.repository.clone()), path.to_path_buf()))
    };
    let made = contents.deltas.keys().map(|digest| (*digest, (None, path.to_path_buf())));
    local.leave_out(contents.absent.iter().map(elsewhere).chain(made).collect());
    let has_store = local.entries().iter().any(LocalEntry::is_store);
    let images = images.iter().map(|entry| image(&local, entry, &contents)).collect::<Result<_, _>>()?;
    let absent = contents.absent.into_iter();
    let absent = absent.map(|(digest, blob)| AbsentInspection {
        digest,
        size: blob.size,
        repository: blob.repository,
    });
    let name = path.display().to_string();
    let (absent, encoders) = (absent.collect(), contents.encoders);
    Ok(Some(BundleInspection { name, images, has_store, absent, deltas, encoders }))
}

fn deltas(
    local: &Local,
    path: &Path,
    contents: &BundleContents,
) -> Result<Vec<DeltaInspection>, TransferError> {
    let inspected = |(digest, one): (&Digest, &BundledDelta)| {
        let broken = |source| {
            let (path, source) = (path.to_path_buf(), Box::new(source));
            TransferError::Delta { path, digest: *digest, source }
        };
        let delta = Delta::open(content(&local.blob(&one.delta)?)?).map_err(broken)?;
        if !contents.has_encoders(&delta) {
            return Err(broken(DeltaError::Malformed(UNNAMED_ENCODER)));
        }
        let from = delta.sources().iter().map(|source| DeltaSourceInspection {
            digest: source.digest,
            image: contents.sources.get(&source.digest).map(|known| known.image.clone()).unwrap_or_default(),
        });
        let (size, from) = (one.size, from.collect());
        Ok(DeltaInspection { digest: *digest, size, delta: one.delta.clone(), from })
    };
    contents.deltas.iter().map(inspected).collect()
}

fn image(
    local: &Local,
    entry: &LocalEntry,
    contents: &BundleContents,
) -> Result<BundledInspection, TransferError> {
    let name = entry.name.clone().unwrap_or_default();
    let local = local.clone().with_name(&name);
    let root = local.manifest(&entry.descriptor)?;
    let mut platforms = platforms_of(&local, &root)?;
    if platforms.is_empty() {
        platforms.extend(entry.platform.clone());
    }
    let tree = gather_from(&local, root, true)?;
    let sum = |here: bool| {
        let blobs = tree.blobs.iter().filter(|blob| blob.origin.is_none() == here);
        let size = |blob: &Descriptor| match contents.deltas.get(&blob.digest) {
            Some(one) => one.delta.size,
            None => blob.size,
        };
        blobs.map(|blob| size(&blob.descriptor)).sum::<u64>()
    };
    let manifests: u64 = tree.manifests.iter().map(|manifest| manifest.descriptor.size).sum();
    Ok(BundledInspection {
        name,
        digest: tree.root,
        size: sum(true) + manifests,
        absent_size: sum(false),
        platforms: platforms.iter().map(ToString::to_string).collect(),
        referrers: tree.referrers.into_iter().collect(),
        companions: tree.companions.into_keys().collect(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_damaged_layout_is_told_from_what_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("b.tar");
        let is = |names: &[&str], end: usize| {
            let mut tar = tar::Builder::new(Vec::new());
            for name in names {
                let mut header = tar::Header::new_ustar();
                header.set_size(600);
                tar.append_data(&mut header, name, [b'x'; 600].as_slice()).unwrap();
            }
            let bytes = tar.into_inner().unwrap();
            std::fs::write(&path, bytes.get(..end.min(bytes.len())).unwrap()).unwrap();
            is_layout_archive(&path)
        };
        assert!(is(&["blobs/sha256/ab", "oci-layout"], usize::MAX));
        assert!(is(&["./blobs/sha256/ab", "oci-layout"], 700), "cut within its first file");
        assert!(!is(&["blobs/sha256/ab", "manifest.json"], usize::MAX), "what docker saves");
        assert!(!is(&["etc/passwd"], usize::MAX));
        assert!(!is(&["oci-layout"], 100));
        assert!(!is_layout_archive(dir.path()));
    }
}
