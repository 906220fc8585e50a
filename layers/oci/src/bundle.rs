//! Images on their way to a site without a network: one archive, an OCI layout that any tool reads, with what refers to the images, and
//! without what the other side has.
//!
//! In: [`Bundled`] freights, and what is known of the other side. Out: a file, whole or not at all; or, on the other side, the images
//! in its registry with the digests, tags and referrers that they had. It must not know where the freights came from.
//!
//! | module | what it holds |
//! |---|---|
//! | `contents` | the document that says what was left out |
//! | `write` | freights → archive |
//! | `publish` | archive → registry |

mod contents;
mod publish;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use fourply_blob::Digest;

pub use contents::{Absent, Contents};
pub use publish::{Published, publish};
pub use write::{BundleReport, write};

use crate::registry::Reference;
use crate::transfer::{Freight, Local, Origin as _, TransferError};

/// One image of a bundle.
#[derive(Debug, Clone)]
pub struct Bundled {
    /// Its name there: the reference that it had.
    pub name: String,
    /// The kind of artifact, for what is no image.
    pub artifact_type: Option<String>,
    /// All that belongs to it.
    pub freight: Freight,
}

/// What the other side has: each blob, with a repository that holds it.
#[derive(Debug, Clone, Default)]
pub struct Since(BTreeMap<Digest, String>);

impl Since {
    /// Notes a blob.
    pub fn add(&mut self, digest: Digest, repository: &str) {
        self.0.entry(digest).or_insert_with(|| repository.to_owned());
    }

    /// Notes all blobs of an image of this name.
    pub fn add_freight(&mut self, name: &str, freight: &Freight) {
        let repository = repository(name).unwrap_or_else(|| name.to_owned());
        freight.blobs.keys().for_each(|digest| self.add(*digest, &repository));
    }

    /// Notes what the other side has once this bundle is published there: its images, and what it left out itself.
    ///
    /// # Errors
    /// Where it is no bundle.
    pub fn add_bundle(&mut self, path: &Path) -> Result<(), TransferError> {
        let local = Local::archive(path)?;
        for (digest, absent) in Contents::of(&local, path)?.absent {
            self.add(digest, &absent.repository);
        }
        for entry in local.entries().iter().filter(|entry| entry.is_image()) {
            // What is left out is known already, and cannot be looked for.
            let known = self.0.keys().map(|digest| (*digest, (String::new(), path.to_path_buf())));
            let mut local = local.clone();
            local.leave_out(known.collect());
            let freight = Freight::gather_from(&local, local.manifest(&entry.content)?, true)?;
            self.add_freight(entry.name.as_deref().unwrap_or_default(), &freight);
        }
        Ok(())
    }

    /// Whether the other side has a blob.
    pub fn has(&self, digest: &Digest) -> bool {
        self.0.contains_key(digest)
    }

    fn repository(&self, digest: &Digest) -> Option<&String> {
        self.0.get(digest)
    }
}

/// The repository that an image of this name gets below another registry; docker's own `library/` is left out, as nobody writes it.
pub(crate) fn repository(name: &str) -> Option<String> {
    let reference = Reference::parse(name).ok()?;
    let repository = reference.repository();
    let implied = repository.strip_prefix("library/").filter(|_| !name.contains("library/"));
    Some(implied.unwrap_or(repository).to_owned())
}
