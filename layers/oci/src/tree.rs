//! An image tree: an image, or an index of several, with its manifests, blobs and referrers. Every source (a build, a
//! registry, a layout, an archive, a store) produces this type, and every target (a sink, a push, a bundle) accepts it.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::Digest;
use fourply_platform::Platform;

use crate::blob::Blob;
use crate::descriptor::Descriptor;
use crate::manifest::Manifest;

/// Manifests in memory, and blobs in their original location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageTree {
    /// A manifest comes after those that it names; a referrer comes after its subject.
    pub manifests: Vec<Manifest>,
    /// Configurations and layers, each digest once.
    pub blobs: Vec<Blob>,
    /// The digest of the manifest that the tree's name leads to.
    pub root: Digest,
    /// Manifests that are included only as referrers of others.
    pub referrers: BTreeSet<Digest>,
    /// Companion tags of the manifests, such as cosign's signatures, and the digests of their manifests.
    pub companions: BTreeMap<String, Digest>,
    /// The platform of a single image that was built here, for a layout's index. `None` if the tree came from
    /// elsewhere.
    pub platform: Option<Platform>,
}

impl ImageTree {
    /// A tree without referrers. If several blobs have the same digest, the first one is kept.
    pub fn new(manifests: Vec<Manifest>, root: Digest, blobs: impl IntoIterator<Item = Blob>) -> ImageTree {
        let mut seen = BTreeSet::new();
        let blobs = blobs.into_iter().filter(|blob| seen.insert(blob.descriptor.digest)).collect();
        let (referrers, companions) = (BTreeSet::new(), BTreeMap::new());
        ImageTree { manifests, blobs, root, referrers, companions, platform: None }
    }

    /// The manifest or index that the name leads to.
    pub fn root_manifest(&self) -> Option<&Manifest> {
        self.manifests.iter().find(|manifest| manifest.descriptor.digest == self.root)
    }

    /// All blobs and documents; documents come last.
    pub fn all_blobs(&self) -> Vec<Blob> {
        self.blobs.iter().cloned().chain(self.manifests.iter().map(Manifest::blob)).collect()
    }

    /// The blobs whose bytes are not on this host, by the registry image that has them.
    pub fn away(&self) -> BTreeMap<String, Vec<Descriptor>> {
        let mut away: BTreeMap<String, Vec<Descriptor>> = BTreeMap::new();
        for blob in self.blobs.iter().filter(|blob| !blob.is_here()) {
            if let Some(origin) = &blob.origin {
                away.entry(origin.clone()).or_default().push(blob.descriptor.clone());
            }
        }
        away
    }
}
