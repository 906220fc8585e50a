//! What can be wrong while an image is put together, and whose fault it is.

use fourply_blob::{Category, Digest};

use crate::remedy::Remedy;

/// The most layers an image can have in every engine: docker refuses more, containers/storage takes 127.
/// Source: moby, `layer/layer_store.go`, `maxLayerDepth`.
pub const MAX_LAYERS: usize = 125;

/// Why no image could be put together.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "a variant's text says what its fields hold")]
pub enum ImageError {
    /// More layers than engines mount.
    #[error(
        "the image would have {count} layers, {base} of them the base's; docker takes {MAX_LAYERS} in all"
    )]
    TooManyLayers { count: usize, base: usize },
    /// Two images for one platform.
    #[error("two images are for {platform}: {one} and {other}")]
    TwicePlatform { platform: String, one: Digest, other: Digest },
    /// A layer's blob is gone.
    #[error("the layer {digest} is not in the store")]
    MissingBlob { digest: Digest },
    /// History and layers of the base do not fit together, which engines refuse.
    #[error("the base has {layers} layers, but its configuration lists {found} as {field}")]
    Base {
        /// How many layers its manifest has.
        layers: usize,
        /// How many its configuration has.
        found: usize,
        /// Which part of the configuration.
        field: &'static str,
    },
    /// A value that an image's configuration cannot hold.
    #[error("{field} {value:?} cannot stand in an image: {reason}")]
    Value {
        /// The field, in the user's words.
        field: &'static str,
        value: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A document that could not be written as JSON.
    #[error("cannot write the image's {document} as JSON")]
    Json { document: &'static str, source: serde_json::Error },
}

impl ImageError {
    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            Self::TooManyLayers { .. } | Self::Base { .. } | Self::Value { .. } => Category::User,
            Self::TwicePlatform { .. } => Category::User,
            Self::MissingBlob { .. } => Category::Outside,
            Self::Json { .. } => Category::Internal,
        }
    }

    /// What can be done about it.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::TwicePlatform { .. } => Some(Remedy::DistinctPlatforms),
            Self::TooManyLayers { .. } => Some(Remedy::SmallerBase),
            Self::MissingBlob { .. } => Some(Remedy::BuildAgain),
            Self::Base { .. } => Some(Remedy::OtherBase),
            Self::Value { .. } | Self::Json { .. } => None,
        }
    }
}
