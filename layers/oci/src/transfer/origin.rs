//! A place that has an image: a registry's repository, a layout. In: a name. Out: documents, checked; blobs, where they are.

use fourply_blob::Digest;

use super::error::TransferError;
use crate::blob::Blob;
use crate::descriptor::Descriptor;
use crate::manifest::Manifest;
use crate::referrer::Referrer;

/// A place that has an image.
pub trait Origin {
    /// How messages name the image.
    fn name(&self) -> String;

    /// The manifest or index that the name leads to.
    ///
    /// # Errors
    /// Where it is not there or not what its digest says.
    fn root(&self) -> Result<Manifest, TransferError>;

    /// The manifest or index with this digest.
    ///
    /// # Errors
    /// As [`Origin::root`].
    fn manifest(&self, descriptor: &Descriptor) -> Result<Manifest, TransferError>;

    /// What refers to this manifest.
    ///
    /// # Errors
    /// Where the place cannot be asked.
    fn referrers(&self, subject: &Digest) -> Result<Vec<Referrer>, TransferError>;

    /// The tags that speak of this manifest by their name, as cosign's signatures do, and what they lead to.
    ///
    /// # Errors
    /// As [`Origin::referrers`].
    fn companions(&self, subject: &Digest) -> Result<Vec<(String, Manifest)>, TransferError>;

    /// Where a blob is. It need not be looked at yet.
    ///
    /// # Errors
    /// Where it is known not to be there.
    fn blob(&self, descriptor: &Descriptor) -> Result<Blob, TransferError>;

    /// The bytes of a small blob, such as a configuration.
    ///
    /// # Errors
    /// Where it is not there, too large, or not what its digest says.
    fn bytes(&self, descriptor: &Descriptor) -> Result<Vec<u8>, TransferError>;
}
