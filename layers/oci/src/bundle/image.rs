//! One image of a bundle.

use crate::tree::ImageTree;

/// An image tree, with its name there.
#[derive(Debug, Clone)]
pub struct BundledImage {
    /// Its name there: the reference that it had.
    pub name: String,
    /// The kind of artifact, for what is no image.
    pub artifact_type: Option<String>,
    /// All that belongs to it.
    pub tree: ImageTree,
}
