//! What can go wrong while images are moved or looked at, and whose fault it is.

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
    /// A text that is no image's name.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A manifest that cannot be used or moved as it is.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file could not be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// Something that is no layout, or a damaged one.
    #[error("{} is no OCI layout that can be read: {reason}", path.display())]
    Layout {
        /// The folder or archive.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        reason: Reason,
    },
    /// A blob of a layout that is not what its digest says.
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
        /// The encoders that are not here.
        wanted: Vec<Encoder>,
        /// The program that wrote it.
        writer: String,
    },
    /// The target lacks the blobs against which a delta was made.
    #[error("{place} lacks {digest} of {image}, against which the bundle has deltas")]
    OldImage {
        /// The repository where it was looked for.
        place: String,
        /// The image that has to be there.
        image: String,
        digest: Digest,
    },
    /// A delta that does not lead to its blob.
    #[error("{} is damaged: its delta for {digest} cannot be used", path.display())]
    Delta {
        /// The bundle.
        path: PathBuf,
        /// The blob to which it was to lead.
        digest: Digest,
        #[source]
        source: Box<DeltaError>,
    },
    /// A blob could not be compared with what the other side has.
    #[error("cannot make a delta for {digest}")]
    Diff {
        digest: Digest,
        #[source]
        source: Box<DeltaError>,
    },
    /// No image, or several, where one is wanted.
    #[error("{} has no single image {wanted}; it has {}", path.display(), shown(found))]
    Choice {
        /// The folder or archive.
        path: PathBuf,
        /// What was asked for.
        wanted: String,
        /// The names that are there.
        found: Vec<String>,
    },
    /// An image that is not for a platform that was asked for.
    #[error("{image} is not for {wanted}, but for {}", shown(found))]
    Platform {
        image: String,
        /// The platform that was asked for.
        wanted: String,
        /// Those that it is for.
        found: Vec<String>,
    },
    /// A tree of manifests that no honest image has.
    #[error("cannot move {image}: {reason}")]
    Tree {
        image: String,
        /// What is wrong with it.
        #[source]
        reason: Reason,
    },
    /// A part of a store's artifact that the store does not take: it is not what its name promises, or there is no room for it.
    #[error("cannot take {what} into the store")]
    Store {
        what: String,
        #[source]
        source: StoreError,
    },
    /// A file could not be read; the source names it.
    #[error("cannot read {what}")]
    Io {
        /// What was to be read.
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
    /// Whose fault it is.
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

    /// What can be done about it.
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
