//! A root → everything that hangs on it. In: an origin. Out: all manifests in memory, what is named before what names it, and all blobs
//! where they are. Bounds keep a hostile index from asking for more than anything honest has.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::Digest;

use super::{Held, Origin, TransferError};
use crate::image::Content;
use crate::registry::{Manifest, Shipment};

/// How deep indexes lie within each other, and referrers upon referrers.
const MAX_DEPTH: usize = 8;
/// How many manifests are moved as one.
const MAX_MANIFESTS: usize = 5_000;

/// An image, or an index of several, with what refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freight {
    /// What is named stands before what names it; what refers to a manifest stands behind it.
    pub manifests: Vec<Manifest>,
    /// Every blob once.
    pub blobs: BTreeMap<Digest, Held>,
    /// The manifest that the name leads to.
    pub root: Digest,
    /// Manifests that are there only because they refer to others.
    pub referrers: BTreeSet<Digest>,
}

impl Freight {
    /// Gathers the documents; blobs are only looked for.
    ///
    /// # Errors
    /// Where a document is not there, not what its digest says, or no manifest.
    pub fn gather(origin: &dyn Origin, referrers: bool) -> Result<Freight, TransferError> {
        let root = origin.root()?;
        Freight::gather_from(origin, root, referrers)
    }

    /// Gathers what hangs on this manifest.
    ///
    /// # Errors
    /// As [`Freight::gather`].
    pub fn gather_from(
        origin: &dyn Origin,
        root: Manifest,
        referrers: bool,
    ) -> Result<Freight, TransferError> {
        let digest = root.content.digest;
        let freight = Freight {
            manifests: Vec::new(),
            blobs: BTreeMap::new(),
            root: digest,
            referrers: BTreeSet::new(),
        };
        let mut walk = Walk { origin, seen: BTreeSet::new(), freight };
        walk.add(root, 0)?;
        if referrers {
            walk.refer()?;
        }
        Ok(walk.freight)
    }

    /// As it is pushed.
    pub fn shipment(&self) -> Shipment<'_> {
        Shipment {
            blobs: self.blobs.values().map(Held::blob).collect(),
            manifests: self.manifests.clone(),
            root: self.root,
        }
    }

    /// The root itself.
    pub fn root_content(&self) -> Option<&Content> {
        self.manifests.iter().map(|manifest| &manifest.content).find(|content| content.digest == self.root)
    }

    /// The blobs whose bytes are not on this machine, by the registry's image that has them.
    pub fn away(&self) -> BTreeMap<String, Vec<Content>> {
        let mut away: BTreeMap<String, Vec<Content>> = BTreeMap::new();
        for held in self.blobs.values().filter(|held| !held.is_here()) {
            if let Some(origin) = &held.origin {
                away.entry(origin.clone()).or_default().push(held.content.clone());
            }
        }
        away
    }
}

struct Walk<'w> {
    origin: &'w dyn Origin,
    seen: BTreeSet<Digest>,
    freight: Freight,
}

impl Walk<'_> {
    fn add(&mut self, manifest: Manifest, depth: usize) -> Result<(), TransferError> {
        if depth > MAX_DEPTH || self.seen.len() >= MAX_MANIFESTS {
            let reason = "its indexes lie too deep within each other, or list too much".to_owned();
            return Err(TransferError::Tree { image: self.origin.name(), reason });
        }
        if !self.seen.insert(manifest.content.digest) {
            return Ok(());
        }
        let names = manifest.names(&self.origin.name())?;
        for child in &names.manifests {
            if !self.seen.contains(&child.digest) {
                self.add(self.origin.manifest(child)?, depth + 1)?;
            }
        }
        for content in &names.blobs {
            if !self.freight.blobs.contains_key(&content.digest) {
                self.freight.blobs.insert(content.digest, self.origin.blob(content)?);
            }
        }
        self.freight.manifests.push(manifest);
        Ok(())
    }

    /// What refers to any of the manifests, and to those again.
    fn refer(&mut self) -> Result<(), TransferError> {
        let mut next = 0;
        while let Some(manifest) = self.freight.manifests.get(next) {
            let subject = manifest.content.digest;
            for referrer in self.origin.referrers(&subject)? {
                if !self.seen.contains(&referrer.content.digest) {
                    self.freight.referrers.insert(referrer.content.digest);
                    self.add(self.origin.manifest(&referrer.content)?, 0)?;
                }
            }
            next += 1;
        }
        Ok(())
    }
}
