//! The one error of this crate: what went wrong with an image, wherever it was.

use fourply_blob::Category;

use crate::image::ImageError;
use crate::manifest::ManifestError;
use crate::reference::ReferenceError;
use crate::registry::RegistryError;
use crate::remedy::Remedy;
use crate::sink::SinkError;
use crate::transfer::TransferError;

/// Why an image could not be made, read, written or moved.
#[derive(Debug, thiserror::Error)]
pub enum OciError {
    /// A text is no image's name.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// No image could be put together.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A registry refused or failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// An image could not be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// An image could not be read or moved.
    #[error(transparent)]
    Transfer(#[from] TransferError),
}

impl OciError {
    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            Self::Reference(_) | Self::Manifest(_) => Category::User,
            Self::Image(error) => error.category(),
            Self::Registry(error) => error.category(),
            Self::Sink(error) => error.category(),
            Self::Transfer(error) => error.category(),
        }
    }

    /// What can be done about it, where that is known.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Reference(_) | Self::Manifest(_) => None,
            Self::Image(error) => error.remedy(),
            Self::Registry(error) => error.remedy(),
            Self::Sink(error) => error.remedy(),
            Self::Transfer(error) => error.remedy(),
        }
    }
}
