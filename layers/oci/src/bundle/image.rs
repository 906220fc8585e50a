//! One image of a bundle.

use crate::tree::ImageTree;

/// An image tree and its name in the bundle.
#[derive(Debug, Clone)]
pub struct BundledImage {
    /// The name in the bundle: the image's original reference.
    pub name: String,
    /// The artifact type, if this is not an image.
    pub artifact_type: Option<String>,
    /// Manifests and blobs.
    pub tree: ImageTree,
}
