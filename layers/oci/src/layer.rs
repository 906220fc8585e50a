//! One layer of an image: a base's, or one of this build's, with what the image's history says of it.

use fourply_blob::{Digest, LayerBlob};
use fourply_store::Store;

use crate::blob::Blob;
use crate::descriptor::Descriptor;

/// One layer of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The compressed tar: in the store, or at the registry that the base came from.
    pub blob: Blob,
    /// The digest of the plain tar.
    pub diff_id: Digest,
    /// Its entry in the image's history; `None` for a layer of the base, whose configuration has the entry already.
    pub history: Option<LayerHistory>,
}

/// What an image's history says of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerHistory {
    /// What made it, such as `fourply modules`.
    pub created_by: String,
    /// What it holds, in words.
    pub comment: String,
}

impl Layer {
    /// A layer that was written into the store.
    pub fn written(store: &Store, layer: &LayerBlob, history: LayerHistory) -> Layer {
        let LayerBlob { digest, diff_id, size, codec, .. } = *layer;
        let descriptor = Descriptor { media_type: codec.media_type().to_owned(), digest, size };
        Layer { blob: Blob::in_store(store, descriptor), diff_id, history: Some(history) }
    }

    /// Whether it is the base's.
    pub fn is_of_base(&self) -> bool {
        self.history.is_none()
    }
}
