//! Errors of assembling an image.

use fourply_blob::{Category, Digest};

use crate::remedy::Remedy;

/// The most layers that every engine accepts: Docker refuses more, containers/storage accepts 127. Source: moby,
/// `layer/layer_store.go`, `maxLayerDepth`.
pub const MAX_LAYERS: usize = 125;

/// Why an image could not be assembled.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "a variant's text says what its fields hold")]
pub enum ImageError {
    /// More layers than engines can mount.
    #[error(
        "the image would have {count} layers, {base} of them the base's; docker takes {MAX_LAYERS} in all"
    )]
    TooManyLayers { count: usize, base: usize },
    /// Two images for one platform.
    #[error("two images are for {platform}: {one} and {other}")]
    TwicePlatform { platform: String, one: Digest, other: Digest },
    /// A layer's blob was removed.
    #[error("the layer {digest} is not in the store")]
    MissingBlob { digest: Digest },
    /// The base's history and layers do not match. Engines refuse such an image.
    #[error("the base has {layers} layers, but its configuration lists {found} as {field}")]
    Base {
        /// Number of layers in its manifest.
        layers: usize,
        /// Number of layers in its configuration.
        found: usize,
        /// The field of the configuration.
        field: &'static str,
    },
    /// A value that an image's configuration cannot hold.
    #[error("{field} {value:?} cannot stand in an image: {reason}")]
    Value {
        /// The setting's name, as users write it.
        field: &'static str,
        value: String,
        /// What is wrong with the value.
        reason: &'static str,
    },
    /// A document could not be serialized as JSON.
    #[error("cannot write the image's {document} as JSON")]
    Json { document: &'static str, source: serde_json::Error },
}

impl ImageError {
    /// Who can fix the error.
    pub fn category(&self) -> Category {
        match self {
            Self::TooManyLayers { .. } | Self::Base { .. } | Self::Value { .. } => Category::User,
            Self::TwicePlatform { .. } => Category::User,
            Self::MissingBlob { .. } => Category::Outside,
            Self::Json { .. } => Category::Internal,
        }
    }

    /// A suggested fix.
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
