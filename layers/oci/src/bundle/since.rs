//! What the other side has.

use std::collections::BTreeMap;
use std::path::Path;

use fourply_blob::Digest;

use super::contents::BundleContents;
use crate::reference::Reference;
use crate::transfer::{Local, Origin as _, TransferError, gather_from};
use crate::tree::ImageTree;

/// What the other side has: each blob, with a repository that holds it.
#[derive(Debug, Clone, Default)]
pub struct Since(BTreeMap<Digest, String>);

impl Since {
    fn add(&mut self, digest: Digest, repository: &str) {
        self.0.entry(digest).or_insert_with(|| repository.to_owned());
    }

    /// Notes all blobs of an image of this name.
    pub fn add_image(&mut self, name: &str, tree: &ImageTree) {
        let repository = repository(name).unwrap_or_else(|| name.to_owned());
        tree.blobs.iter().for_each(|blob| self.add(blob.descriptor.digest, &repository));
    }

    /// Notes what the other side has once this bundle is published there: its images, and what it left out itself.
    ///
    /// # Errors
    /// Where it is no bundle.
    pub fn add_bundle(&mut self, path: &Path) -> Result<(), TransferError> {
        let local = Local::open(path)?;
        for (digest, absent) in BundleContents::of(&local, path)?.absent {
            self.add(digest, &absent.repository);
        }
        for entry in local.entries().iter().filter(|entry| entry.is_image()) {
            // What is left out is known already, and cannot be looked for.
            let known = self.0.keys().map(|digest| (*digest, (String::new(), path.to_path_buf())));
            let mut local = local.clone();
            local.leave_out(known.collect());
            let tree = gather_from(&local, local.manifest(&entry.descriptor)?, true)?;
            self.add_image(entry.name.as_deref().unwrap_or_default(), &tree);
        }
        Ok(())
    }

    /// Whether the other side has a blob.
    pub fn has(&self, digest: &Digest) -> bool {
        self.0.contains_key(digest)
    }

    pub(super) fn repository(&self, digest: &Digest) -> Option<&String> {
        self.0.get(digest)
    }
}

/// The repository that an image of this name gets below another registry; docker's own `library/` is left out, as nobody writes it.
pub(super) fn repository(name: &str) -> Option<String> {
    let reference = Reference::parse(name).ok()?;
    let repository = reference.repository();
    let implied = repository.strip_prefix("library/").filter(|_| !name.contains("library/"));
    Some(implied.unwrap_or(repository).to_owned())
}
