//! A root → all of its manifests and blobs. In: an origin. Out: manifests in memory, each before the one that names it,
//! and all blobs in their original location. Limits keep a hostile index from requesting more than any real image has.

use std::collections::BTreeSet;

use fourply_blob::Digest;

use super::error::TransferError;
use super::origin::Origin;
use crate::manifest::Manifest;
use crate::tree::ImageTree;

/// The depth limit for nested indexes, and for referrers of referrers.
const MAX_DEPTH: usize = 8;
/// The most manifests in one tree.
const MAX_MANIFESTS: usize = 5_000;

/// Gathers an image. Blobs are only located. With `referrers`, referrers and cosign tags of all its manifests are
/// included.
///
/// # Errors
/// If a document does not exist, does not match its digest, or is not a manifest.
pub fn gather(origin: &dyn Origin, referrers: bool) -> Result<ImageTree, TransferError> {
    gather_from(origin, origin.root()?, referrers)
}

/// Gathers the tree below this manifest.
///
/// # Errors
/// Those of [`gather`].
pub fn gather_from(origin: &dyn Origin, root: Manifest, referrers: bool) -> Result<ImageTree, TransferError> {
    let tree = ImageTree::new(Vec::new(), root.descriptor.digest, []);
    let mut walk = Walk { origin, manifests: BTreeSet::new(), blobs: BTreeSet::new(), tree };
    walk.add(root, 0)?;
    if referrers {
        walk.refer()?;
    }
    Ok(walk.tree)
}

struct Walk<'w> {
    origin: &'w dyn Origin,
    manifests: BTreeSet<Digest>,
    blobs: BTreeSet<Digest>,
    tree: ImageTree,
}

impl Walk<'_> {
    fn add(&mut self, manifest: Manifest, depth: usize) -> Result<(), TransferError> {
        if depth > MAX_DEPTH || self.manifests.len() >= MAX_MANIFESTS {
            let reason = "its indexes lie too deep within each other, or list too much".to_owned();
            return Err(TransferError::Tree { image: self.origin.name(), reason: reason.into() });
        }
        if !self.manifests.insert(manifest.descriptor.digest) {
            return Ok(());
        }
        let names = manifest.names(&self.origin.name())?;
        for child in &names.manifests {
            if !self.manifests.contains(&child.digest) {
                self.add(self.origin.manifest(child)?, depth + 1)?;
            }
        }
        for descriptor in &names.blobs {
            if self.blobs.insert(descriptor.digest) {
                self.tree.blobs.push(self.origin.blob(descriptor)?);
            }
        }
        self.tree.manifests.push(manifest);
        Ok(())
    }

    /// Adds referrers and companion tags of the manifests, then those of the added manifests.
    fn refer(&mut self) -> Result<(), TransferError> {
        let mut next = 0;
        while let Some(manifest) = self.tree.manifests.get(next) {
            let subject = manifest.descriptor.digest;
            for referrer in self.origin.referrers(&subject)? {
                if !self.manifests.contains(&referrer.descriptor.digest) {
                    self.tree.referrers.insert(referrer.descriptor.digest);
                    self.add(self.origin.manifest(&referrer.descriptor)?, 0)?;
                }
            }
            for (tag, companion) in self.origin.companions(&subject)? {
                self.tree.companions.insert(tag, companion.descriptor.digest);
                self.add(companion, 0)?;
            }
            next += 1;
        }
        Ok(())
    }
}
