//! The error of this crate. It covers images in every location.

use fourply_blob::Category;

use crate::image::ImageError;
use crate::manifest::ManifestError;
use crate::reference::ReferenceError;
use crate::registry::RegistryError;
use crate::remedy::Remedy;
use crate::sink::SinkError;
use crate::transfer::TransferError;

/// Why an image could not be built, read, written or moved.
#[derive(Debug, thiserror::Error)]
pub enum OciError {
    /// An invalid image name.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// An image could not be assembled.
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
    /// Who can fix the error.
    pub fn category(&self) -> Category {
        match self {
            Self::Reference(_) | Self::Manifest(_) => Category::User,
            Self::Image(error) => error.category(),
            Self::Registry(error) => error.category(),
            Self::Sink(error) => error.category(),
            Self::Transfer(error) => error.category(),
        }
    }

    /// A suggested fix, if one is known.
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
