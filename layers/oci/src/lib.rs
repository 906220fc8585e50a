//! Images and registries: writing an image's documents, and moving images between locations.
//!
//! In: a base, layers whose blobs are in the store, names of images. Out: images in layouts, archives and registries,
//! each complete or absent. This crate must not know how a layer was built, what a workspace is, or the command line.
//!
//! The types are the map: a [`Descriptor`] identifies bytes, a [`Blob`] has them, a [`Manifest`] names blobs and
//! manifests, an [`ImageTree`] is a whole image. Everything else is a function on them.
//!
//! | module | what comes in | what goes out |
//! |---|---|---|
//! | [`image`] | a base, layers, settings | configuration, manifest, index |
//! | [`registry`] | references | blobs and manifests, moved |
//! | [`sink`] | an image | a layout, an archive, a registry |
//! | [`transfer`] | an image in a registry or layout | the same image, unchanged, in another location |
//! | [`bundle`] | images, the other side's blobs | one archive; from it, the images on the other side |
//! | [`artifact`] | parts of the store | an OCI artifact; from it, the parts in another store |
//! | [`unfinished`] | files that are being written | their removal, if the program is interrupted |

#![warn(missing_docs)]

// The crate's tests and the program's tests share a helper that uses this name.
#[cfg(test)]
extern crate self as fourply_oci;

pub mod artifact;
mod attachment;
mod blob;
pub mod bundle;
mod companion;
mod descriptor;
mod docker_types;
mod error;
pub mod image;
mod layer;
mod manifest;
pub mod media_type;
mod reference;
mod referrer;
pub mod registry;
mod remedy;
pub mod sink;
pub mod transfer;
mod tree;
pub mod unfinished;

pub use attachment::{Attachment, document_of};
pub use blob::{Blob, BlobContent};
pub use descriptor::Descriptor;
pub use docker_types::MediaTypes;
pub use error::OciError;
pub use layer::{Layer, LayerHistory};
pub use manifest::{Document, Manifest, ManifestError, Names};
pub use reference::{Reference, ReferenceError};
pub use referrer::Referrer;
pub use remedy::Remedy;
pub use tree::ImageTree;
