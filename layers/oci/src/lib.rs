//! Images and registries: how an image's documents are written, and how images get from one place to another.
//!
//! In: a base, layers whose blobs lie in the store, names of images. Out: images in layouts, archives and registries, each there whole or not at
//! all. It must not know how a layer came about, what a workspace is, nor the command line.
//!
//! | module | what comes in | what goes out |
//! |---|---|---|
//! | [`image`] | a base, layers, settings | configuration, manifest, index |
//! | [`registry`] | references | blobs and manifests, moved |
//! | [`sink`] | an image | a layout, an archive, a registry |
//! | [`transfer`] | an image in a registry or layout | the same elsewhere, as it is |
//! | [`bundle`] | images, what the other side has | one archive, and from it the images there |
//! | [`artifact`] | parts of the store | an OCI artifact, and from it the parts in another store |
//! | [`unfinished`] | files that are being written | their removal, if the program is interrupted |

pub mod artifact;
pub mod bundle;
pub mod image;
pub mod registry;
pub mod sink;
pub mod transfer;
pub mod unfinished;
