//! The blobs that the other side has. In: images and earlier bundles. Out: for each digest, a repository that holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_blob::Digest;
use fourply_store::Store;

use super::contents::BundleContents;
use crate::blob::Blob;
use crate::descriptor::Descriptor;
use crate::reference::Reference;
use crate::transfer::{Local, Origin as _, TransferError, gather_from};
use crate::tree::ImageTree;

/// The blobs of the other side, each with a repository that holds it.
#[derive(Debug, Clone, Default)]
pub struct Since {
    known: BTreeMap<Digest, String>,
    /// Those whose bytes are available on this side too.
    old: BTreeMap<Digest, OldBlob>,
}

/// A blob that both sides have.
#[derive(Debug, Clone)]
pub(super) struct OldBlob {
    /// The blob on this side.
    pub(super) blob: Blob,
    /// The repository of the other side.
    pub(super) repository: String,
    /// The image there: repository and tag.
    pub(super) image: String,
}

impl Since {
    fn add(&mut self, digest: Digest, repository: &str) {
        self.known.entry(digest).or_insert_with(|| repository.to_owned());
    }

    /// Adds all blobs of an image with this name.
    pub fn add_image(&mut self, name: &str, tree: &ImageTree) {
        let repository = repository(name).unwrap_or_else(|| name.to_owned());
        let tag = Reference::parse(name).ok().and_then(|name| name.tag().map(str::to_owned));
        let image = tag.map_or_else(|| repository.clone(), |tag| format!("{repository}:{tag}"));
        for blob in &tree.blobs {
            self.add(blob.descriptor.digest, &repository);
            let (blob, repository, image) = (blob.clone(), repository.clone(), image.clone());
            self.old.entry(blob.descriptor.digest).or_insert(OldBlob { blob, repository, image });
        }
    }

    /// Adds the blobs that the other side has after this bundle is published: those of its images, and those that it
    /// left out.
    ///
    /// # Errors
    /// If the path holds no bundle.
    pub fn add_bundle(&mut self, path: &Path, store: &Store) -> Result<(), TransferError> {
        let local = Local::open(path)?;
        let contents = BundleContents::of(&local, path)?;
        for (digest, absent) in &contents.absent {
            self.add(*digest, &absent.repository);
        }
        for entry in local.entries().iter().filter(|entry| entry.is_image()) {
            let name = entry.name.as_deref().unwrap_or_default();
            // Blobs outside the file are known already. They may be in the store or in the registry that the image came
            // from.
            let away = self.known.keys().chain(contents.deltas.keys());
            let origin = registry_image(name);
            let away = away.map(|digest| (*digest, (origin.clone(), store.blob_place(digest))));
            let mut local = local.clone();
            local.leave_out(away.collect());
            let tree = gather_from(&local, local.manifest(&entry.descriptor)?, true)?;
            self.add_image(name, &tree);
        }
        Ok(())
    }

    /// Blobs of both sides whose bytes are not on this host, by the registry image that has them. Blobs in `new` are
    /// left out: they did not change.
    pub fn away(&self, new: &BTreeSet<Digest>) -> BTreeMap<String, Vec<Descriptor>> {
        let mut away: BTreeMap<String, Vec<Descriptor>> = BTreeMap::new();
        for old in self.changed(new).filter(|old| !old.blob.is_here()) {
            if let Some(origin) = &old.blob.origin {
                away.entry(origin.clone()).or_default().push(old.blob.descriptor.clone());
            }
        }
        away
    }

    /// Images with changed blobs that are not available on this side: no delta can be computed against them.
    pub fn nowhere<'s>(&'s self, new: &'s BTreeSet<Digest>) -> BTreeSet<&'s str> {
        let lost = |old: &&OldBlob| !old.blob.is_here() && old.blob.origin.is_none();
        self.changed(new).filter(lost).map(|old| old.image.as_str()).collect()
    }

    /// The blobs of both sides that are not in `new`.
    pub(super) fn changed<'s>(&'s self, new: &'s BTreeSet<Digest>) -> impl Iterator<Item = &'s OldBlob> {
        self.old.values().filter(|old| !new.contains(&old.blob.descriptor.digest))
    }

    /// Whether the other side has a blob.
    pub fn has(&self, digest: &Digest) -> bool {
        self.known.contains_key(digest)
    }

    pub(super) fn repository(&self, digest: &Digest) -> Option<&String> {
        self.known.get(digest)
    }
}

/// The registry image that a name in a bundle refers to, if the name contains a registry.
fn registry_image(name: &str) -> Option<String> {
    let reference = Reference::parse(name).ok()?;
    name.starts_with(&format!("{}/", reference.registry())).then(|| reference.name())
}

/// The repository for this image below another registry. Docker's `library/` is dropped, because users do not write it.
pub(super) fn repository(name: &str) -> Option<String> {
    let reference = Reference::parse(name).ok()?;
    let repository = reference.repository();
    let implied = repository.strip_prefix("library/").filter(|_| !name.contains("library/"));
    Some(implied.unwrap_or(repository).to_owned())
}
