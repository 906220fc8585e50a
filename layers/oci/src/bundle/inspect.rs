//! What a bundle holds, for whoever wants to know before it is published. In: an archive or a layout. Out: [`BundleInspection`], whose JSON form is part
//! of the program's contract. Layers are not read.

use std::path::Path;

use fourply_blob::Digest;
use serde::Serialize;

use super::contents::{BundleContents, FILE};
use crate::transfer::{Local, LocalEntry, Origin as _, TransferError, gather_from, platforms_of};

/// What a bundle holds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleInspection {
    /// The archive or folder, as it was asked for.
    pub name: String,
    /// In the order in which they are published.
    pub images: Vec<BundledInspection>,
    /// Whether a store for builds without a network is in it.
    pub has_store: bool,
    /// What was left out, since the other side has it.
    pub absent: Vec<AbsentInspection>,
}

/// One image of a bundle.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BundledInspection {
    /// Its name, from which its place on the other side follows.
    pub name: String,
    /// Of its manifest or index.
    pub digest: Digest,
    /// What is in the bundle of it, each blob once, in bytes.
    pub size: u64,
    /// What the other side has of it, in bytes.
    pub absent_size: u64,
    /// `linux/amd64`; none for what is no image.
    pub platforms: Vec<String>,
    /// What refers to it.
    pub referrers: Vec<Digest>,
    /// The tags of cosign's that speak of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub companions: Vec<String>,
}

/// A blob that the other side has.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AbsentInspection {
    /// Of the blob.
    pub digest: Digest,
    /// In bytes.
    pub size: u64,
    /// The repository there that has it.
    pub repository: String,
}

/// Looks at a bundle; `None` of a layout with one image that no bundle's document accompanies.
///
/// # Errors
/// Where it is no layout, or a document of it is missing or damaged.
pub fn inspect(path: &Path) -> Result<Option<BundleInspection>, TransferError> {
    let mut local = Local::open(path)?;
    let images: Vec<LocalEntry> = local.entries().iter().filter(|entry| entry.is_image()).cloned().collect();
    if images.len() == 1 && local.file(FILE)?.is_none() {
        return Ok(None);
    }
    let contents = BundleContents::of(&local, path)?;
    let elsewhere =
        |(digest, blob): (&Digest, &super::Absent)| (*digest, (blob.repository.clone(), path.to_path_buf()));
    local.leave_out(contents.absent.iter().map(elsewhere).collect());
    let has_store = local.entries().iter().any(LocalEntry::is_store);
    let images = images.iter().map(|entry| image(&local, entry)).collect::<Result<_, _>>()?;
    let absent = contents.absent.into_iter();
    let absent = absent.map(|(digest, blob)| AbsentInspection {
        digest,
        size: blob.size,
        repository: blob.repository,
    });
    let name = path.display().to_string();
    Ok(Some(BundleInspection { name, images, has_store, absent: absent.collect() }))
}

fn image(local: &Local, entry: &LocalEntry) -> Result<BundledInspection, TransferError> {
    let name = entry.name.clone().unwrap_or_default();
    let local = local.clone().with_name(&name);
    let root = local.manifest(&entry.descriptor)?;
    let platforms = platforms_of(&local, &root)?;
    let tree = gather_from(&local, root, true)?;
    let sum = |here: bool| {
        let blobs = tree.blobs.iter().filter(|blob| blob.origin.is_none() == here);
        blobs.map(|blob| blob.descriptor.size).sum::<u64>()
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
