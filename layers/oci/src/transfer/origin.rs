//! A location that has an image: a registry's repository, a layout. In: a name. Out: checked documents, and the
//! locations of blobs.

use fourply_blob::Digest;

use super::error::TransferError;
use crate::blob::Blob;
use crate::descriptor::Descriptor;
use crate::manifest::Manifest;
use crate::referrer::Referrer;

/// A location that has an image.
pub trait Origin {
    /// The image's name in messages.
    fn name(&self) -> String;

    /// The manifest or index that the name leads to.
    ///
    /// # Errors
    /// If it does not exist or does not match its digest.
    fn root(&self) -> Result<Manifest, TransferError>;

    /// The manifest or index with this digest.
    ///
    /// # Errors
    /// Those of [`Origin::root`].
    fn manifest(&self, descriptor: &Descriptor) -> Result<Manifest, TransferError>;

    /// The referrers of this manifest.
    ///
    /// # Errors
    /// If the location cannot be queried.
    fn referrers(&self, subject: &Digest) -> Result<Vec<Referrer>, TransferError>;

    /// The companion tags of this manifest, such as cosign's signatures, and their manifests.
    ///
    /// # Errors
    /// Those of [`Origin::referrers`].
    fn companions(&self, subject: &Digest) -> Result<Vec<(String, Manifest)>, TransferError>;

    /// The location of a blob. It need not be checked yet.
    ///
    /// # Errors
    /// If the blob is known to be missing.
    fn blob(&self, descriptor: &Descriptor) -> Result<Blob, TransferError>;

    /// The bytes of a small blob, such as a configuration.
    ///
    /// # Errors
    /// If it does not exist, is too large, or does not match its digest.
    fn bytes(&self, descriptor: &Descriptor) -> Result<Vec<u8>, TransferError>;
}
