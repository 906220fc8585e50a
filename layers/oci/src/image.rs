//! Base and layers → image: configuration, manifest, digests.
//!
//! In: a [`BaseImage`], [`Layer`](crate::Layer)s whose blobs are in the store, [`ImageSettings`]. Out: an [`Image`]
//! whose bytes depend on those alone, or an [`index()`] over several images. This module must not know the image's
//! target, or how a layer was built.
//!
//! | module | what it holds |
//! |---|---|
//! | `base` | the documents of a base |
//! | `settings` | the settings for an image's configuration |
//! | `config` | settings and the base's configuration → the image's |
//! | `document` | configuration and layers → the manifest's bytes |
//! | `assemble` | all of it → the image |
//! | `index` | images for several platforms → one document |
//! | `annotations` | the names of OCI's annotations, and the standard ones of an image |
//! | `time` | times in the form that documents use |
//! | `error` | errors |

mod annotations;
mod assemble;
mod base;
mod config;
mod document;
mod error;
mod index;
mod settings;
mod time;

pub use annotations::Annotations;
pub use assemble::{Image, tree_of};
pub use base::BaseImage;
pub use error::{ImageError, MAX_LAYERS};
pub use index::{index, index_over};
pub use settings::{Healthcheck, ImageSettings};

#[cfg(test)]
pub(crate) mod tests;
