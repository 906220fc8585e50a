//! An image tree: an image, or an index of several, with all that belongs to it. Whatever makes one (a build, a registry, a layout, an archive, a
//! store) makes this, and whatever takes one (a sink, a push, a bundle) takes this.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::Digest;
use fourply_platform::Platform;

use crate::blob::Blob;
use crate::descriptor::Descriptor;
use crate::manifest::Manifest;

/// Manifests in memory, and blobs where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageTree {
    /// What is named stands before what names it; what refers to a manifest stands behind it.
    pub manifests: Vec<Manifest>,
    /// Configurations and layers, each digest once.
    pub blobs: Vec<Blob>,
    /// The manifest that the tree's name leads to.
    pub root: Digest,
    /// Manifests that are there only because they refer to others.
    pub referrers: BTreeSet<Digest>,
    /// Tags that speak of one of the manifests by their name, as cosign's signatures do, and the manifests that they lead to.
    pub companions: BTreeMap<String, Digest>,
    /// The platform of a single image that was built here: a layout's index has it. `None` where the tree came from elsewhere.
    pub platform: Option<Platform>,
}

impl ImageTree {
    /// A tree without referrers. Of blobs with one digest the first counts.
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

    /// Everything, the documents too; documents come last.
    pub fn all_blobs(&self) -> Vec<Blob> {
        self.blobs.iter().cloned().chain(self.manifests.iter().map(Manifest::blob)).collect()
    }

    /// The blobs whose bytes are not on this machine, by the registry's image that has them.
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
