//! Errors of moving or inspecting images.

use std::path::PathBuf;

use fourply_blob::{Category, Digest, Encoder, Reason};
use fourply_delta::DeltaError;
use fourply_store::StoreError;

use crate::manifest::ManifestError;
use crate::reference::ReferenceError;
use crate::registry::RegistryError;
use crate::remedy::Remedy;
use crate::sink::SinkError;

/// Why an image could not be moved.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "a variant's text says what its fields hold")]
pub enum TransferError {
    /// A registry refused or failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// An invalid image name.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A manifest that cannot be used or moved unchanged.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file could not be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// Not a layout, or a damaged one.
    #[error("{} is no OCI layout that can be read: {reason}", path.display())]
    Layout {
        /// The folder or archive.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        reason: Reason,
    },
    /// A blob of a layout that does not match its digest.
    #[error("{} is damaged: the blob {digest} has other bytes than its digest says", path.display())]
    Damaged {
        /// The folder or archive.
        path: PathBuf,
        digest: Digest,
    },
    /// Deltas that this program cannot rebuild to the same bytes.
    #[error(
        "{} has deltas that need {} to compress again; this program has {}", path.display(), list(wanted), list(&Encoder::all())
    )]
    Encoders {
        /// The bundle.
        path: PathBuf,
        /// The missing encoders.
        wanted: Vec<Encoder>,
        /// The program that wrote the bundle.
        writer: String,
    },
    /// The target lacks blobs that a delta needs.
    #[error("{place} lacks {digest} of {image}, against which the bundle has deltas")]
    OldImage {
        /// The searched repository.
        place: String,
        /// The required image.
        image: String,
        digest: Digest,
    },
    /// A delta that does not produce its blob.
    #[error("{} is damaged: its delta for {digest} cannot be used", path.display())]
    Delta {
        /// The bundle.
        path: PathBuf,
        /// The digest of the expected blob.
        digest: Digest,
        #[source]
        source: Box<DeltaError>,
    },
    /// The delta of a blob could not be computed.
    #[error("cannot make a delta for {digest}")]
    Diff {
        digest: Digest,
        #[source]
        source: Box<DeltaError>,
    },
    /// No image, or several, where exactly one is needed.
    #[error("{} has no single image {wanted}; it has {}", path.display(), shown(found))]
    Choice {
        /// The folder or archive.
        path: PathBuf,
        /// The requested image.
        wanted: String,
        /// The available names.
        found: Vec<String>,
    },
    /// An image that does not support a requested platform.
    #[error("{image} is not for {wanted}, but for {}", shown(found))]
    Platform {
        image: String,
        /// The requested platform.
        wanted: String,
        /// The supported platforms.
        found: Vec<String>,
    },
    /// A tree of manifests beyond every limit of real images.
    #[error("cannot move {image}: {reason}")]
    Tree {
        image: String,
        /// What is wrong with the tree.
        #[source]
        reason: Reason,
    },
    /// A part of a store artifact that the store rejected: it does not match its name, or there is no space.
    #[error("cannot take {what} into the store")]
    Store {
        what: String,
        #[source]
        source: StoreError,
    },
    /// A file could not be read; the source names it.
    #[error("cannot read {what}")]
    Io {
        /// What could not be read.
        what: String,
        #[source]
        source: std::io::Error,
    },
}

fn shown(names: &[String]) -> String {
    if names.is_empty() { "none that has a name".to_owned() } else { names.join(", ") }
}

fn list(encoders: &[Encoder]) -> String {
    encoders.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl TransferError {
    /// Who can fix the error.
    pub fn category(&self) -> Category {
        match self {
            Self::Registry(error) => error.category(),
            Self::Sink(error) => error.category(),
            Self::Layout { .. } | Self::Damaged { .. } | Self::Choice { .. } | Self::Platform { .. } => {
                Category::User
            }
            Self::Encoders { .. } | Self::OldImage { .. } => Category::User,
            Self::Delta { source, .. } | Self::Diff { source, .. } => source.category(),
            Self::Tree { .. } | Self::Store { .. } | Self::Io { .. } => Category::User,
            Self::Reference(_) | Self::Manifest(_) => Category::User,
        }
    }

    /// A suggested fix.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Registry(error) => error.remedy(),
            Self::Sink(error) => error.remedy(),
            Self::Choice { .. } => Some(Remedy::ChooseImage),
            Self::Delta { source, .. } if matches!(**source, DeltaError::Io(_)) => None,
            Self::Damaged { .. } | Self::Delta { .. } => Some(Remedy::CopyAgain),
            Self::Encoders { writer, .. } => Some(Remedy::SameEncoders { writer: writer.clone() }),
            Self::OldImage { .. } => Some(Remedy::OldImage),
            Self::Platform { .. } => Some(Remedy::AllPlatforms),
            _ => None,
        }
    }
}
