//! One layer of an image, from the base or from this build, with its entry in the image's history.

use fourply_blob::{Digest, LayerBlob};
use fourply_store::Store;

use crate::blob::Blob;
use crate::descriptor::Descriptor;

/// One layer of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The compressed tar: in the store, or in the base's registry.
    pub blob: Blob,
    /// The digest of the uncompressed tar.
    pub diff_id: Digest,
    /// The entry in the image's history; `None` for a layer of the base, whose configuration has the entry already.
    pub history: Option<LayerHistory>,
}

/// A layer's entry in the image's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerHistory {
    /// The creator, such as `fourply modules`.
    pub created_by: String,
    /// A description of the contents.
    pub comment: String,
}

impl Layer {
    /// A layer in the store.
    pub fn written(store: &Store, layer: &LayerBlob, history: LayerHistory) -> Layer {
        let LayerBlob { digest, diff_id, size, codec, .. } = *layer;
        let descriptor = Descriptor { media_type: codec.media_type().to_owned(), digest, size };
        Layer { blob: Blob::in_store(store, descriptor), diff_id, history: Some(history) }
    }

    /// Whether this is a layer of the base.
    pub fn is_of_base(&self) -> bool {
        self.history.is_none()
    }
}
