//! An image's name → the manifest for the platform. In: a source and the requested platform. Out: a verified manifest
//! with its verified configuration. Indexes in indexes are followed. A configuration overrides the platform in an
//! index. A document with a digest that is in the store is not fetched.

use std::io::{self, Write};

use fourply_blob::{Cause, Digest};
use fourply_platform::Platform;
use fourply_store::Store;
use oci_spec::image::{Descriptor, ImageConfiguration, ImageIndex};
use serde_json::Value;

use crate::error::{BaseError, Result};
use crate::image::manifest::{BaseManifest, BlobReference, Shape};
use crate::image::source::{ImageSource, SourceDocument};

/// In bytes: the registries' limit for manifests and indexes (OCI distribution specification, "Pushing Manifests").
pub(super) const MAX_DOCUMENT: u64 = 4 << 20;
/// The size limit of a configuration, in bytes: long histories and labels are far smaller.
const MAX_CONFIG: u64 = 8 << 20;
/// The depth limit of nested indexes.
const MAX_DEPTH: usize = 4;

/// The chosen image.
pub(crate) struct Resolved {
    /// Digest of the document that the name leads to.
    pub top: Digest,
    /// Digest of the manifest.
    pub digest: Digest,
    pub manifest: BaseManifest,
    pub config: Value,
    pub parsed: ImageConfiguration,
}

/// Finds the manifest for `platform`; `pinned` is the digest in the image's name. If the top document is the source's
/// own (`keep`), and not built from a layout's list, the store keeps it for later builds that pin it.
pub(crate) fn resolve(
    source: &dyn ImageSource,
    pinned: Option<&Digest>,
    keep: bool,
    platform: &Platform,
    store: &Store,
) -> Result<Resolved> {
    let mut search = Search { source, platform, store, image: source.name(), found: Vec::new() };
    let document = match pinned {
        Some(digest) => search.by_digest(digest, None)?,
        None => source.document(None, MAX_DOCUMENT)?,
    };
    let top = Digest::of(&document.bytes);
    if keep && pinned.is_none() {
        search.keep(document.bytes.clone(), &top, "its manifest")?;
    }
    match search.within(document, Expect::Anything, 0)? {
        Some(resolved) => Ok(Resolved { top, ..resolved }),
        None => Err(BaseError::NoPlatform {
            image: search.image,
            wanted: Box::new(platform.clone()),
            found: search.found,
        }),
    }
}

/// The platform information about a document before it is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// The user named it, without others: another platform is a specific error.
    Anything,
    /// An index declares the platform.
    Promised,
    /// An index lists it without a platform.
    Unknown,
}

struct Search<'s> {
    source: &'s dyn ImageSource,
    platform: &'s Platform,
    store: &'s Store,
    image: String,
    found: Vec<Platform>,
}

impl Search<'_> {
    fn within(&mut self, document: SourceDocument, expect: Expect, depth: usize) -> Result<Option<Resolved>> {
        if depth > MAX_DEPTH {
            return Err(BaseError::malformed(&self.image, "its index", "too many indexes within each other"));
        }
        match document.shape(&self.image)? {
            (Shape::Index, value) => self.index(value, depth),
            (Shape::Manifest, value) => {
                let digest = Digest::of(&document.bytes);
                self.manifest(digest, value, expect)
            }
        }
    }

    fn index(&mut self, value: Value, depth: usize) -> Result<Option<Resolved>> {
        let index: ImageIndex =
            serde_json::from_value(value).map_err(|error| self.malformed("its index", error))?;
        for (descriptor, expect) in self.candidates(&index) {
            let blob = BlobReference::new(&self.image, descriptor.clone())?;
            let document = self.by_digest(&blob.digest, Some(descriptor))?;
            if let Some(resolved) = self.within(document, expect, depth + 1)? {
                return Ok(Some(resolved));
            }
        }
        Ok(None)
    }

    /// The documents to open, best first: the platform itself, then older variants of its architecture, then those
    /// without a platform. Attestations and other companions are skipped.
    fn candidates<'i>(&mut self, index: &'i ImageIndex) -> Vec<(&'i Descriptor, Expect)> {
        let mut ranked = Vec::new();
        for descriptor in index.manifests().iter().filter(|descriptor| !is_companion(descriptor)) {
            match descriptor.platform().as_ref().map(stated_platform) {
                None => ranked.push((u32::MAX, descriptor, Expect::Unknown)),
                Some(platform) => {
                    if let Some(rank) = platform.rank(self.platform) {
                        ranked.push((rank, descriptor, Expect::Promised));
                    }
                    if !self.found.contains(&platform) {
                        self.found.push(platform);
                    }
                }
            }
        }
        ranked.sort_by_key(|(rank, ..)| *rank);
        ranked.into_iter().map(|(_, descriptor, expect)| (descriptor, expect)).collect()
    }

    fn manifest(&mut self, digest: Digest, value: Value, expect: Expect) -> Result<Option<Resolved>> {
        let manifest = BaseManifest::read(&self.image, value)?;
        let config = self.config(&manifest.config)?;
        let parsed: ImageConfiguration = serde_json::from_value(config.clone())
            .map_err(|error| self.malformed("its configuration", error))?;
        match check_platform(&self.image, &parsed, self.platform) {
            Ok(()) => Ok(Some(Resolved { top: digest, digest, manifest, config, parsed })),
            Err(_) if expect == Expect::Unknown => {
                self.found.push(platform_of(&parsed));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn config(&self, blob: &BlobReference) -> Result<Value> {
        if blob.descriptor.size() > MAX_CONFIG {
            return Err(
                self.malformed("its configuration", format!("{} bytes are too many", blob.descriptor.size()))
            );
        }
        let bytes = match self.stored(&blob.digest, MAX_CONFIG)? {
            Some(bytes) => bytes,
            None => {
                let mut bytes = Limited { bytes: Vec::new(), max: blob.descriptor.size() };
                self.source.blob(&blob.descriptor, &mut bytes)?;
                self.keep(bytes.bytes, &blob.digest, "its configuration")?
            }
        };
        serde_json::from_slice(&bytes).map_err(|error| self.malformed("its configuration", error))
    }

    /// A document by its digest, verified.
    fn by_digest(&self, digest: &Digest, descriptor: Option<&Descriptor>) -> Result<SourceDocument> {
        let media_type = descriptor.map(|descriptor| descriptor.media_type().to_string());
        if let Some(bytes) = self.stored(digest, MAX_DOCUMENT)? {
            return Ok(SourceDocument { media_type, bytes });
        }
        let document = self.source.document(Some(digest), MAX_DOCUMENT)?;
        if document.bytes.len() as u64 > MAX_DOCUMENT {
            return Err(self.malformed("its manifest", "it is larger than 4 MiB"));
        }
        let bytes = self.keep(document.bytes, digest, "its manifest")?;
        Ok(SourceDocument { media_type: media_type.or(document.media_type), bytes })
    }

    /// The store's content for this digest; verified again, because it is small.
    fn stored(&self, digest: &Digest, max: u64) -> Result<Option<Vec<u8>>> {
        let Some(path) = self.store.sound_blob(digest) else { return Ok(None) };
        if fs_err::metadata(&path)?.len() > max {
            return Ok(None);
        }
        Ok(Some(fs_err::read(path)?).filter(|bytes| Digest::of(bytes) == *digest))
    }

    fn keep(&self, bytes: Vec<u8>, digest: &Digest, what: &str) -> Result<Vec<u8>> {
        let actual = Digest::of(&bytes);
        if actual != *digest {
            return Err(BaseError::mismatch(&self.image, what, digest, &actual));
        }
        let mut writer = self.store.blob_writer()?;
        writer.write_all(&bytes)?;
        writer.commit(Some(digest))?;
        Ok(bytes)
    }

    fn malformed(&self, what: &str, reason: impl Into<Cause>) -> BaseError {
        BaseError::malformed(&self.image, what, reason)
    }
}

fn platform_of(config: &ImageConfiguration) -> Platform {
    Platform::new(&config.os().to_string(), &config.architecture().to_string(), config.variant().as_deref())
}

/// Whether a configuration is for the platform. Older images omit the variant although their index has it.
pub(super) fn check_platform(image: &str, config: &ImageConfiguration, wanted: &Platform) -> Result<()> {
    let is = platform_of(config);
    let fits = match config.variant() {
        Some(_) => is.rank(wanted).is_some(),
        None => is.os == wanted.os && is.architecture == wanted.architecture,
    };
    match fits {
        true => Ok(()),
        false => Err(BaseError::OtherPlatform {
            image: image.to_owned(),
            wanted: Box::new(wanted.clone()),
            found: is.to_string(),
            evidence: "its configuration says so".into(),
        }),
    }
}

/// BuildKit's attestations are in the index next to the images (moby/buildkit,
/// docs/attestations/attestation-storage.md).
fn is_companion(descriptor: &Descriptor) -> bool {
    let annotated =
        descriptor.annotations().as_ref().is_some_and(|all| all.contains_key("vnd.docker.reference.type"));
    let nowhere =
        descriptor.platform().as_ref().is_some_and(|platform| platform.os().to_string() == "unknown");
    annotated || nowhere || descriptor.artifact_type().is_some()
}

/// A writer that rejects more bytes than announced.
pub(super) struct Limited {
    pub bytes: Vec<u8>,
    pub max: u64,
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + bytes.len()) as u64 > self.max {
            return Err(io::Error::other(format!("more than the {} bytes that were announced", self.max)));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stated_platform(stated: &oci_spec::image::Platform) -> Platform {
    Platform::new(&stated.os().to_string(), &stated.architecture().to_string(), stated.variant().as_deref())
}
